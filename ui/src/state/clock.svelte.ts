const TICK_MS = 20_000;

/** The time for relative words. One for the window, so that all rows agree. */
export class Clock {
  now = $state(Date.now());

  /** Begins to tick; gives what stops it. */
  start(): () => void {
    const timer = setInterval(() => (this.now = Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }
}
