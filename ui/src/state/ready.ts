const waiting: (() => void)[] = [];

/** Does something once the first view is drawn: what nobody waits for must not hold it up. */
export function afterReady(work: () => void): void {
  if (document.documentElement.dataset.ready) work();
  else waiting.push(work);
}

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
      for (const work of waiting.splice(0)) work();
    }),
  );
}
