/**
 * The first view is drawn and can be used: benchmarks and end-to-end tests wait for this. The second
 * frame after the first, so that what it speaks of has been painted.
 */
export function markReady(): void {
  if (document.documentElement.dataset.ready) return;
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      performance.mark("interactive");
      document.documentElement.dataset.ready = "true";
    }),
  );
}
