import { describe, expect, test } from "vitest";
import { drawn, fitting, spanOf, stepFor, stepsFor } from "../../src/state/usagespan";
import { axisTimes, spanWords, stepTime } from "../../src/words/usage";
import { allZones, dateIn, dayIn, findZones, instantOf, isZone, startOf, zoneWords } from "../../src/words/zones";

const at = (text: string) => Date.parse(text);
const NOW = at("2026-11-22T09:10:30Z");
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const none = { from: "", to: "" };

describe("a day begins where the person's does", () => {
  test.each([
    ["UTC", "2026-11-22T00:00:00Z"],
    ["Europe/Berlin", "2026-11-21T23:00:00Z"],
    ["Asia/Kathmandu", "2026-11-21T18:15:00Z"],
    ["Asia/Kolkata", "2026-11-21T18:30:00Z"],
    ["Pacific/Apia", "2026-11-21T11:00:00Z"],
    ["America/St_Johns", "2026-11-22T03:30:00Z"],
  ])("in %s", (zone, begins) => expect(new Date(startOf("day", NOW, zone)).toISOString()).toBe(new Date(begins).toISOString()));

  test("also where clocks change, at midnight too", () => {
    expect(startOf("day", at("2026-03-29T12:00:00Z"), "Europe/Berlin", 1) - startOf("day", at("2026-03-29T12:00:00Z"), "Europe/Berlin")).toBe(23 * HOUR);
    expect(startOf("day", at("2026-10-25T12:00:00Z"), "Europe/Berlin", 1) - startOf("day", at("2026-10-25T12:00:00Z"), "Europe/Berlin")).toBe(25 * HOUR);
    // In Beirut the clocks go from midnight to one: the day begins at one.
    expect(new Date(instantOf("Asia/Beirut", 2026, 3, 29)).toISOString()).toBe("2026-03-28T22:00:00.000Z");
  });

  test("and so does an hour, where hours begin at half past", () => {
    expect(new Date(startOf("hour", NOW, "Asia/Kathmandu")).toISOString()).toBe("2026-11-22T08:15:00.000Z");
    expect(new Date(startOf("month", NOW, "Asia/Kolkata", -11)).toISOString()).toBe("2025-11-30T18:30:00.000Z");
  });

  test("a date field's day is one of that zone, and back", () => {
    const day = dayIn("America/New_York", "2026-11-01") as number;
    expect(new Date(day).toISOString()).toBe("2026-11-01T04:00:00.000Z");
    expect([dateIn("America/New_York", day), dateIn("UTC", day - 5 * HOUR), dayIn("UTC", "1.2.2026")]).toEqual(["2026-11-01", "2026-10-31", null]);
  });
});

describe("zones", () => {
  test("are found by parts of their names", () => {
    const zones = ["UTC", "America/New_York", "Asia/Kathmandu", "Europe/Berlin"];
    expect([findZones("new york", zones), findZones("asia", zones), findZones("  ", zones).length, findZones("nowhere", zones)]).toEqual([["America/New_York"], ["Asia/Kathmandu"], 4, []]);
    expect([isZone("Asia/Kathmandu"), isZone("Asia/Atlantis")]).toEqual([true, false]);
  });
  test("have the names that they have now", () => {
    const all = allZones();
    expect([all[0], findZones("kathmandu", all), findZones("kolkata", all), findZones("calcutta", all), new Set(all).size]).toEqual(["UTC", ["Asia/Kathmandu"], ["Asia/Kolkata"], [], all.length]);
  });
  test("say how far they are ahead", () => {
    expect([zoneWords("UTC", NOW), zoneWords("Asia/Kathmandu", NOW), zoneWords("America/New_York", NOW), zoneWords("Europe/Berlin", at("2026-07-01T00:00:00Z"))]).toEqual(["UTC", "Asia/Kathmandu (UTC+5:45)", "America/New York (UTC−5)", "Europe/Berlin (UTC+2)"]);
  });
});

describe("ranges", () => {
  test.each([
    ["day", "2026-11-21T10:00:00.000Z"],
    ["week", "2026-11-15T23:00:00.000Z"],
    ["month", "2026-10-23T22:00:00.000Z"],
    ["year", "2025-11-30T23:00:00.000Z"],
  ] as const)("%s begins with a whole step", (range, from) => expect(new Date(spanOf(range, none, "Europe/Berlin", NOW)?.from ?? 0).toISOString()).toBe(from));

  test("own takes in both days, and nothing that lies ahead", () => {
    const span = spanOf("own", { from: "2026-11-01", to: "2026-11-02" }, "UTC", NOW);
    expect(span).toEqual({ from: at("2026-11-01T00:00:00Z"), to: at("2026-11-03T00:00:00Z") });
    expect(spanOf("own", { from: "2026-11-20", to: "2026-12-30" }, "UTC", NOW)?.to).toBe(NOW);
    for (const days of [none, { from: "2026-11-03", to: "2026-11-01" }, { from: "2026-12-01", to: "2026-12-02" }, { from: "x", to: "2026-11-01" }]) {
      expect(spanOf("own", days, "UTC", NOW)).toBeNull();
    }
  });
});

describe("steps", () => {
  const span = (range: "day" | "week" | "month" | "year") => spanOf(range, none, "UTC", NOW) as { from: number; to: number };
  test.each([
    ["day", "outcome", "quarter"],
    ["day", "key", "hour"],
    ["week", "outcome", "hour"],
    ["month", "outcome", "day"],
    ["year", "route", "day"],
  ] as const)("%s by %s is shown per %s", (range, group, step) => expect(fitting(span(range), group, NOW)).toBe(step));

  test("only those that make sense can be chosen", () => {
    expect(stepsFor(span("day"), "outcome", NOW)).toEqual(["minute", "quarter", "hour"]);
    expect(stepsFor(span("day"), "key", NOW)).toEqual(["hour"]);
    expect(stepsFor(span("month"), "outcome", NOW)).toEqual(["quarter", "hour", "day"]);
    expect(stepsFor(span("year"), "outcome", NOW)).toEqual(["day", "month"]);
    // Keys' hours of last summer are not kept.
    const summer = { from: at("2026-06-01T00:00:00Z"), to: at("2026-06-20T00:00:00Z") };
    expect([stepsFor(summer, "key", NOW), stepsFor(summer, "outcome", NOW)]).toEqual([["day"], ["quarter", "hour", "day"]]);
  });

  test("a choice stands as long as it makes sense", () => {
    expect([stepFor("month", span("year"), "outcome", NOW), stepFor("month", span("day"), "outcome", NOW), stepFor(null, span("month"), "outcome", NOW)]).toEqual(["month", "quarter", "day"]);
    const old = { from: at("2026-11-01T10:00:00Z"), to: at("2026-11-01T11:00:00Z") };
    expect(stepFor("minute", old, "outcome", NOW)).toBe("quarter");
  });
});

describe("what is drawn over a chart", () => {
  const times = Array.from({ length: 10 }, (_, day) => (at("2026-11-01T00:00:00Z") + day * DAY) / 1_000);
  const end = at("2026-11-11T00:00:00Z") / 1_000;
  test("is widened to whole steps, from either side", () => {
    const wanted = { from: at("2026-11-03T00:00:00Z"), to: at("2026-11-06T00:00:00Z") };
    expect(drawn(at("2026-11-03T09:00:00Z"), at("2026-11-05T20:00:00Z"), times, end)).toEqual(wanted);
    expect(drawn(at("2026-11-05T20:00:00Z"), at("2026-11-03T09:00:00Z"), times, end)).toEqual(wanted);
    expect(drawn(at("2026-11-10T01:00:00Z"), at("2026-11-10T23:00:00Z"), times, end)?.to).toBe(end * 1_000);
  });
  test("means nothing where it is all there is, or nothing", () => {
    expect([drawn(at("2026-11-01T00:00:00Z"), at("2026-11-10T23:00:00Z"), times, end), drawn(0, 1, [], end)]).toEqual([null, null]);
  });
});

describe("times in words", () => {
  test("of a figure", () => {
    const from = at("2026-11-21T14:00:00Z");
    expect(stepTime(from, from + 900_000, "quarter", "UTC")).toMatch(/^Sat,? 21 Nov, 14:00 to 14:15$/);
    expect(stepTime(from, from + DAY, "day", "Asia/Kathmandu")).toMatch(/^Sat,? 21 November 2026$/);
    expect(stepTime(from, from + 30 * DAY, "month", "UTC")).toBe("November 2026");
  });
  test("of a range", () => {
    expect(spanWords(at("2026-10-24T00:00:00Z"), at("2026-11-23T00:00:00Z"), "UTC")).toBe("24 October 2026 to 22 November 2026");
    expect(spanWords(at("2026-11-22T04:00:00Z"), at("2026-11-22T09:15:00Z"), "UTC")).toBe("22 November 2026, 04:00 to 09:15");
    expect(spanWords(at("2026-11-21T00:00:00Z"), at("2026-11-22T00:00:00Z"), "UTC")).toBe("21 November 2026");
  });
  test("beneath a chart the day is said where it changes, once", () => {
    const hours = [20, 22, 24, 26].map((hour) => at("2026-11-21T00:00:00Z") + hour * HOUR);
    expect(axisTimes(hours, 2 * HOUR, "UTC")).toEqual(["20:00\n21 Nov", "22:00", "00:00\n22 Nov", "02:00"]);
    const eights = [0, 8, 16, 24, 32].map((hour) => at("2026-11-21T00:00:00Z") + hour * HOUR);
    expect(axisTimes(eights, 8 * HOUR, "UTC")).toEqual(["21 Nov", "08:00", "16:00", "22 Nov", "08:00"]);
    expect(axisTimes([at("2026-12-01T00:00:00Z"), at("2027-01-01T00:00:00Z"), at("2027-02-01T00:00:00Z")], 30 * DAY, "UTC")).toEqual(["Dec\n2026", "Jan\n2027", "Feb"]);
  });
});
