// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { renewed, watch } from "../../src/state/fresh.svelte";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("asks every 20 seconds and with another look, never twice at a time, until it ends", async () => {
  let answer = () => {};
  const ask = vi.fn(() => new Promise<void>((done) => (answer = done)));
  const stop = watch(ask);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(ask).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(60_000);
  window.dispatchEvent(new Event("focus"));
  expect(ask).toHaveBeenCalledTimes(1);
  answer();
  await vi.advanceTimersByTimeAsync(0);
  window.dispatchEvent(new Event("focus"));
  expect(ask).toHaveBeenCalledTimes(2);
  answer();
  stop();
  window.dispatchEvent(new Event("focus"));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(ask).toHaveBeenCalledTimes(2);
});

test("a window that nobody can see asks nothing", async () => {
  const ask = vi.fn(() => Promise.reject(new Error("never mind")));
  const page = Object.assign(new EventTarget(), { hidden: true });
  const stop = watch(ask, page as unknown as Document);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(ask).not.toHaveBeenCalled();
  page.hidden = false;
  await vi.advanceTimersByTimeAsync(40_000);
  expect(ask).toHaveBeenCalledTimes(2);
  stop();
});

test("what did not change stays the very same", () => {
  const old = [{ id: "a", n: 1 }, { id: "b", n: 2 }];
  const id = (one: { id: string }) => one.id;
  expect(renewed(old, structuredClone(old), id)).toBe(old);
  const now = renewed(old, [{ id: "b", n: 3 }, { id: "a", n: 1 }], id);
  expect(now.map((one) => old.includes(one))).toEqual([false, true]);
  expect(renewed(old, old.slice(1), id)).toEqual([old[1]]);
});
