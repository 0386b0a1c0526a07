import { StaleKeys } from "./stalekeys.svelte";
import { UsageBoard } from "./usage.svelte";
import { Webhooks } from "./webhooks.svelte";
import type { WindowState } from "./window.svelte";

/** What the window starts without: made when a view of it is first wanted, and kept. */
export interface Figures {
  usage: UsageBoard;
  stale: StaleKeys;
  webhooks: Webhooks;
}

const made = new WeakMap<WindowState, Figures>();

export function figures(win: WindowState): Figures {
  const there = made.get(win);
  if (there) return there;
  const { host } = win;
  const parts: Figures = { usage: new UsageBoard(host), stale: new StaleKeys(host), webhooks: new Webhooks(host) };
  win.late.push({
    leave: () => Object.values(parts).forEach((part: { leave(): void }) => part.leave()),
    progress: (operation, bytes) => parts.usage.progress(operation, bytes),
  });
  made.set(win, parts);
  return parts;
}
