import { untrack } from "svelte";

/** How often what others may have changed is asked for again. */
const EVERY_MS = 20_000;

/**
 * Calls `ask` from time to time while the window can be seen, and when it is looked at again, until
 * the returned function is called. Never twice at a time.
 */
export function watch(ask: () => Promise<unknown>, page: Document = document, frame: Window = window): () => void {
  let asking = false;
  const again = async () => {
    if (asking || page.hidden) return;
    asking = true;
    await ask().catch(() => undefined);
    asking = false;
  };
  const heard = () => void again();
  const timer = setInterval(heard, EVERY_MS);
  frame.addEventListener("focus", heard);
  return () => {
    clearInterval(timer);
    frame.removeEventListener("focus", heard);
  };
}

/** For a view, while it is made: shows what others changed meanwhile. */
export function keepFresh(ask: () => Promise<unknown>): void {
  $effect(() => untrack(() => watch(ask)));
}

/** The newer list, with what did not change as it was, so that nothing on screen is drawn anew for it. */
export function renewed<T>(old: T[], now: T[], id: (one: T) => string): T[] {
  const before = new Map(old.map((one) => [id(one), one]));
  const list = now.map((one) => {
    const there = before.get(id(one));
    return there && JSON.stringify(there) === JSON.stringify(one) ? there : one;
  });
  return list.length === old.length && list.every((one, index) => one === old[index]) ? old : list;
}
