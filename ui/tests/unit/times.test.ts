import { describe, expect, test } from "vitest";
import { dateField, day, endOfDay, exact, expiresSoon, locale, relative, since } from "../../src/words/times";

const NOW = Date.parse("2026-11-22T12:00:00Z");
const at = (ms: number) => new Date(NOW + ms).toISOString();
const MIN = 60_000;
const HOUR = 60 * MIN;
const DAY = 24 * HOUR;

test.each([
  [-10_000, "just now"],
  [10_000, "in a moment"],
  [-2 * MIN, "2 min ago"],
  [-59 * MIN, "59 min ago"],
  [-HOUR, "1 hour ago"],
  [-23 * HOUR, "23 hours ago"],
  [-30 * HOUR, "yesterday"],
  [-3 * DAY, "3 days ago"],
  [-365 * DAY, "365 days ago"],
  [-366 * DAY, "1 year ago"],
  [-730 * DAY, "1 year ago"],
  [-731 * DAY, "2 years ago"],
  [-900 * DAY, "2 years ago"],
  [21 * HOUR, "in 21 hours"],
  [DAY, "in 24 hours"],
  [5 * DAY + HOUR, "in 5 days"],
  [64 * DAY, "in 64 days"],
  [800 * DAY, "in 2 years"],
])("%i ms from now is %s", (ms, words) => expect(relative(at(ms), NOW)).toBe(words));

describe("what lies ahead", () => {
  // As a person reads it: in the zone of the computer.
  const noon = new Date(2026, 10, 22, 12).getTime();
  const made = (days: number) => new Date(noon + days * DAY).toISOString();

  test.each([
    [90, "in 90 days"],
    [7, "in 7 days"],
    [30, "in 30 days"],
  ])("what was made for %i days says so all day, and one less on the next", (days, words) => {
    for (const later of [0, 1, MIN, HOUR, 12 * HOUR - 1]) expect(relative(made(days), noon + later)).toBe(words);
    expect(relative(made(days), noon + 12 * HOUR)).toBe(`in ${days - 1} days`);
  });

  test("a day that was picked lies as many days ahead as the calendar says", () => {
    expect(relative(endOfDay("2026-11-27") as string, noon)).toBe("in 5 days");
  });

  test.each([
    [24 * HOUR - 1, "in 24 hours"],
    [2 * HOUR - 1, "in 2 hours"],
    [10 * MIN - 1, "in 10 min"],
    [48 * HOUR - 1, "in 48 hours"],
    [3 * 365.25 * DAY - 1, "in 3 years"],
  ])("%i ms of it are %s, not one less", (ms, words) => expect(relative(new Date(noon + ms).toISOString(), noon)).toBe(words));
});

test("what has happened is never in the future", () => {
  expect(since(at(20_000), NOW)).toBe("just now");
  expect(since(at(-3 * DAY), NOW)).toBe("3 days ago");
});

test("what can't be read is said to be unknown", () => {
  expect(relative("soon", NOW)).toBe("unknown");
  expect(day("soon", NOW)).toBe("unknown");
  expect(exact("soon")).toBe("unknown");
});

describe("the language of dates", () => {
  test.each([
    ["C", "en-GB"],
    ["de-DE", "en-GB"],
    ["", "en-GB"],
    [undefined, expect.stringMatching(/^en/)],
    ["en-US", "en-US"],
    ["en_US.UTF-8", "en-GB"],
  ])("%s gives %s", (given, expected) => expect(locale(given)).toEqual(expected));

  test("every one of them can be used", () => {
    for (const language of ["C", "POSIX", "en-x-private-toolongtobevalid", "en-US", "en_US"]) {
      expect(day(NOW, NOW, locale(language))).toContain("22");
    }
  });
});

test("the year stands only where it is another one", () => {
  expect(day("2026-05-12T10:00:00Z", NOW, "en-GB")).toBe("12 May");
  expect(day("2027-01-24T10:00:00Z", NOW, "en-GB")).toBe("24 January 2027");
});

test("the exact time has its zone", () => {
  expect(exact("2026-11-22T12:00:00Z", "en-GB")).toMatch(/22 November 2026.*\d\d:\d\d:\d\d\s\S+/);
});

test("seven days are soon, eight are not, and what is over is not soon either", () => {
  expect(expiresSoon(at(7 * DAY), NOW)).toBe(true);
  expect(expiresSoon(at(7 * DAY + 1), NOW)).toBe(false);
  expect(expiresSoon(at(-1), NOW)).toBe(false);
  expect(expiresSoon(null, NOW)).toBe(false);
});

test("a picked day lasts to its end, and comes back as it was picked", () => {
  const end = endOfDay("2027-01-24");
  expect(end).not.toBeNull();
  expect(dateField(end as string)).toBe("2027-01-24");
  expect(new Date(end as string).getSeconds()).toBe(59);
  expect(endOfDay("")).toBeNull();
  expect(endOfDay("24.1.2027")).toBeNull();
});
