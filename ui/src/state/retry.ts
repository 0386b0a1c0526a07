/** Tries again by itself, while somebody can see it: soon at first, then ever more rarely. */

const FIRST_MS = 2_000;
const LONGEST_MS = 60_000;

/** How long to wait before a try, counted from 0; what the server asked for is kept. */
export function pause(tries: number, retryAfterSeconds: number | null = null): number {
  return Math.max(Math.min(FIRST_MS * 2 ** tries, LONGEST_MS), (retryAfterSeconds ?? 0) * 1_000);
}

/**
 * Calls `attempt` again and again until the returned function is called. A hidden window does not
 * ask; one that is looked at again asks at once.
 */
export function keepTrying(attempt: () => Promise<unknown>, retryAfter: () => number | null = () => null, page: Document = document): () => void {
  let tries = 0;
  let over = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking = false;

  const wait = () => {
    clearTimeout(timer);
    if (!over && !page.hidden) timer = setTimeout(() => void ask(), pause(tries, retryAfter()));
  };
  const ask = async () => {
    if (over || asking || page.hidden) return;
    asking = true;
    tries++;
    await attempt().catch(() => undefined);
    asking = false;
    wait();
  };
  const looked = () => {
    clearTimeout(timer);
    tries = 0;
    if (!page.hidden) void ask();
  };

  page.addEventListener("visibilitychange", looked);
  wait();
  return () => {
    over = true;
    clearTimeout(timer);
    page.removeEventListener("visibilitychange", looked);
  };
}
