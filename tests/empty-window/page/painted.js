// The second frame after the first: what stands here has been painted.
requestAnimationFrame(() => requestAnimationFrame(() => {
  performance.mark("interactive");
  document.documentElement.dataset.ready = "true";
  document.documentElement.dataset.read = "true";
}));
