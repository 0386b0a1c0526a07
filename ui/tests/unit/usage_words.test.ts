import { describe, expect, test } from "vitest";
import type { Alert, Chart, Group, Outcome } from "../../src/bindings/console";
import { lone } from "../../src/components/plot";
import { ceiling, familyTotals, linesOf } from "../../src/state/usagelines";
import { sortRows, trafficRows } from "../../src/state/usagerows";
import { alertLine, alertWords, deliveryWords } from "../../src/words/alerts";
import { change, groupName, share, short, tick } from "../../src/words/usage";

const chart = (series: [Group, number[]][], part: Partial<Chart> = {}): Chart => {
  const all = series.map(([group, values]) => ({ group, values, total: values.reduce((sum, value) => sum + value, 0) }));
  return {
    times: [0, 60, 120],
    end: 180,
    series: all,
    total: all.reduce((sum, { total }) => sum + total, 0),
    others: 0,
    bounds: "exact",
    as_of: new Date(180_000).toISOString(),
    since: new Date(0).toISOString(),
    reduced: false,
    before: null,
    ...part,
  };
};
const outcome = (outcome: Outcome): Group => ({ kind: "outcome", outcome });
const key = (id: string, name: string | null = id): Group => ({ kind: "key", id, name, environment: "live", revoked: false });

describe("lines", () => {
  const counted = chart([
    [outcome("accepted"), [10, 20, 30]],
    [outcome("revoked"), [1, 0, 2]],
    [outcome("expired"), [1, 1, 1]],
    [outcome("unknown"), [5, 5, 5]],
  ]);
  test("of outcomes lie on each other, those that belong together as one", () => {
    const lines = linesOf(counted, "outcome");
    expect(lines.map(({ id, values, drawn, total }) => [id, values, drawn, total])).toEqual([
      ["accepted", [10, 20, 30], [10, 20, 30], 60],
      ["refused", [2, 1, 3], [12, 21, 33], 6],
      ["nokey", [5, 5, 5], [17, 26, 38], 15],
    ]);
    expect(lines.reduce((sum, { total }) => sum + total, 0)).toBe(counted.total);
    expect(familyTotals(counted)).toEqual({ accepted: 60, limited: 0, refused: 6, nokey: 15 });
  });
  test("what is hidden lifts nothing", () => {
    expect(linesOf(counted, "outcome", new Set(["accepted"])).map(({ drawn }) => drawn)).toEqual([[0, 0, 0], [2, 1, 3], [7, 6, 8]]);
  });
  test("before the counting began, and after it came so far, nothing is drawn", () => {
    const begun = chart([[outcome("accepted"), [0, 4, 0]]], { since: new Date(70_000).toISOString(), as_of: new Date(100_000).toISOString() });
    expect(linesOf(begun, "outcome")[0]?.values).toEqual([null, 4, null]);
    expect(linesOf(chart([[key("a"), [1, 2, 3]]], { since: null }), "key")[0]?.values).toEqual([null, null, null]);
  });
  test("of keys each look like no other", () => {
    const lines = linesOf(chart([[key("a"), [1, 1, 1]], [key("b"), [1, 1, 1]], [{ kind: "unattributed" }, [1, 1, 1]], [{ kind: "other" }, [1, 1, 1]]], { others: 3 }), "key");
    expect(lines.map(({ look, name }) => [look, name])).toEqual([["line1", "a"], ["line2", "b"], ["nokey", "unattributed"], ["other", "3 others"]]);
  });
});

test("the scale grows as it must, and shrinks only where much is empty", () => {
  expect([ceiling(0, null), ceiling(3, null), ceiling(95, null), ceiling(481_000, null)]).toEqual([4, 4, 120, 600_000]);
  expect([ceiling(96, 120), ceiling(121, 120), ceiling(60, 120), ceiling(40, 120)]).toEqual([120, 150, 120, 50]);
});

describe("the table", () => {
  const keys = chart([[key("b", "Beta"), [70, 0, 0]], [key("a", "Alpha"), [30, 0, 0]], [{ kind: "unattributed" }, [5, 0, 0]], [{ kind: "other" }, [20, 0, 0]]], { others: 4 });
  const accepted = chart([[key("b", "Beta"), [35, 0, 0]], [key("a", "Alpha"), [30, 0, 0]]]);
  const limited = [chart([[key("b", "Beta"), [3, 0, 0]]]), chart([[key("b", "Beta"), [2, 0, 0]]])];
  const rows = trafficRows(keys, accepted, limited, { accepted: 80, limited: 7 });
  test("adds up, also what stands for the rest", () => {
    expect(rows.map(({ total, accepted, limited, refused }) => [total, accepted, limited, refused])).toEqual([
      [70, 35, 5, 30],
      [30, 30, 0, 0],
      [5, 0, 0, 5],
      [20, 15, 2, 3],
    ]);
    for (const row of rows) expect((row.accepted ?? 0) + (row.limited ?? 0) + (row.refused ?? 0)).toBe(row.total);
  });
  test("says nothing that it does not know", () => {
    expect(trafficRows(keys, null, null, null).map(({ accepted }) => accepted)).toEqual([null, null, 0, null]);
  });
  test.each([
    ["total", true, ["Beta", "Alpha"]],
    ["total", false, ["Alpha", "Beta"]],
    ["name", false, ["Alpha", "Beta"]],
    ["accepted", true, ["Alpha", "Beta"]],
    ["refused", true, ["Beta", "Alpha"]],
  ] as const)("sorted by %s, descending %s; the rest stays last", (sort, descending, names) => {
    expect(sortRows(rows, sort, descending).map(({ group }) => groupName(group))).toEqual([...names, "unattributed", "other"]);
  });
});

describe("figures in words", () => {
  test("short, and never wrongly round", () => {
    expect([short(999_999), short(18_421_007), short(2_500_000_000), tick(200_000), tick(1_500), tick(1_500_000)]).toEqual(["999,999", "18.42 M", "2.5 bn", "200k", "1,500", "1.5M"]);
    expect([share(1, 0), share(10, 10), share(999_999, 1_000_000), share(1, 1_000_000), share(9_987, 10_000)]).toEqual(["–", "100 %", "> 99.99 %", "< 0.01 %", "99.87 %"]);
  });
  test("against the period before", () => {
    expect([change(106.1, 100), change(90, 100), change(100, 100), change(5, 0), change(5, null), change(2_500, 100)]).toEqual(["+6.1 %", "−10 %", "as before", null, null, "25 times as many"]);
  });
  test("a key that is gone has a name all the same", () => expect(groupName(key("0193eeee-7000-7000-8000-000000000001", null))).toBe("a key that is gone (0193eeee)"));
});

describe("alerts", () => {
  const NOW = Date.parse("2026-11-22T09:00:00Z");
  const alert = (notice: Alert["notice"], key_name: string | null = "Billing"): Alert => ({ sequence: 1, at: "2026-11-22T08:00:00Z", notice, key: "k", key_name, until: "2026-11-23T08:00:00Z" });
  test("say what was noticed", () => {
    expect(alertWords(alert({ kind: "jump", count: 4_000, usual: 900 }, null), NOW)).toEqual({ title: "Far more verifications than usual", text: "4,000 in an hour; in the same hours of earlier weeks about 900." });
    expect(alertWords(alert({ kind: "awake", before: "2026-07-14T09:00:00Z" }), NOW)).toEqual({ title: "Billing was used again", text: "It had not been used for 131 days." });
    expect(alertWords(alert({ kind: "awake", before: "2026-11-21T05:00:00Z" }), NOW).text).toBe("It had not been used since yesterday.");
    expect(alertWords(alert({ kind: "new_network", address: "198.51.100.7" }, null), NOW).title).toBe("A key that is gone was used from a new network");
    expect(alertLine([alert({ kind: "new_network", address: "198.51.100.7" })], "Northwind", NOW)).toBe("Billing was used from a new network.");
    expect(alertLine([alert({ kind: "awake", before: null }), alert({ kind: "awake", before: null })], "Northwind", NOW)).toBe("2 new alerts in Northwind: see Usage.");
  });
  test("and how a webhook's last message ended", () => {
    expect(deliveryWords(null, 0)).toEqual({ text: "Nothing was sent yet.", good: null });
    expect(deliveryWords({ at: "", status: 200, taken: true, error: null }, 0)).toEqual({ text: "Taken (200).", good: true });
    expect(deliveryWords({ at: "", status: 503, taken: false, error: "It answered 503." }, 2)).toEqual({ text: "It answered 503. 2 messages wait.", good: false });
  });
});

test("a figure without a neighbour gets a dot, because no line leads there", () => {
  const of = (values: (number | null)[]) => lone({ id: "a", name: "a", look: "accepted", total: 0, values, drawn: values });
  expect(of([null, 3, null, 4, 5, null, 6])).toEqual([1, 6]);
  expect(of([null, 0, null])).toBe(null);
  expect(of([1, 2, 3])).toBe(null);
  expect(lone(undefined)).toBe(null);
});
