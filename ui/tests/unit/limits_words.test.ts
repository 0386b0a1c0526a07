import { expect, test } from "vitest";
import type { Limit } from "../../src/bindings/console";
import { alertWords } from "../../src/words/alerts";
import { asLimit, FRESH, limitOf, limitText, typed, windowText } from "../../src/words/limits";

const NONE: Limit = { of: "key", environment: null, burst: null, per_day: null, at_once: null, on_failure: "closed" };

test("a window is said in the largest unit that fits", () => {
  expect([1, 60, 90, 300, 3_600, 86_400].map(windowText)).toEqual(["a second", "a minute", "90 seconds", "5 minutes", "an hour", "a day"]);
});

test("a limit is said in words", () => {
  expect(limitOf(NONE)).toBe("Each key");
  expect(limitOf({ of: "organization", environment: "test" })).toBe("All keys together, test alone");
  expect(limitText({ ...NONE, burst: { requests: 600, window_seconds: 60 }, per_day: 5_000, at_once: 5 })).toBe("600 requests in a minute; 5,000 a day (UTC); 5 at once");
  expect(limitText({ ...NONE, per_day: 1, on_failure: "open" })).toContain("counted from nothing");
});

test("what is typed is what was there", () => {
  for (const limit of [
    { ...NONE, per_day: 10 },
    { ...NONE, environment: "live" as const, burst: { requests: 1, window_seconds: 5 }, at_once: 2, on_failure: "open" as const },
  ]) {
    expect(asLimit(typed(limit))).toEqual(limit);
  }
});

test("an empty field limits nothing, and what is no number is left to the server", () => {
  expect(asLimit({ ...FRESH, requests: " ", perDay: "7" })).toEqual({ ...NONE, per_day: 7 });
  expect(asLimit({ ...FRESH, requests: "many", window: "-1" }).burst).toEqual({ requests: 0, window_seconds: 0 });
});

test("a quota that is nearly used up names whose it is", () => {
  const alert = { sequence: 1, at: "2026-03-04T12:00:00Z", until: "2026-03-05T00:00:00Z", key: null, key_name: null };
  const near = { kind: "limit_near" as const, percent: 80, quota: 5_000, environment: null };
  expect(alertWords({ ...alert, notice: near }, 0)).toEqual({
    title: "The organization used 80 % of its daily quota",
    text: "A day has 5,000 requests; what is over that is refused until midnight UTC.",
  });
  const of = alertWords({ ...alert, key: "k", key_name: "Worker", notice: { ...near, environment: "test" } }, 0);
  expect(of.title).toBe("Worker used 80 % of its daily quota");
  expect(of.text).toContain("with test keys");
});
