/** The first view is drawn and can be used: benchmarks and end-to-end tests wait for this. */
export function markReady(): void {
  document.documentElement.dataset.ready = "true";
}
