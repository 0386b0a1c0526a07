// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Outcome } from "../../src/bindings/console";
import { fakeBackend, type FakeBackend } from "../../src/backend/fake";
import { scenario } from "../../src/backend/fake/scenarios";
import { figures, type Figures } from "../../src/state/figures";
import { makeWindowState, takeEvent, takeOverview, type WindowState } from "../../src/state/window.svelte";

let backend: FakeBackend;
let win: WindowState;
let parts: Figures;

async function begin(name: string) {
  const world = scenario(name);
  world.latency = 0;
  backend = fakeBackend(world);
  win = makeWindowState(backend);
  await backend.listen((event) => takeEvent(win, event));
  takeOverview(win, await backend.overview());
  parts = figures(win);
  parts.usage.zone = "UTC";
}
beforeEach(() => begin("keys"));
afterEach(() => vi.useRealTimers());

const place = (at = 0) => {
  const connection = win.connections.all[0]!;
  return { connection: connection.id, organization: connection.organizations[at]!.id };
};
const keys = () => backend.world.keys.get(place().organization)!;
const settled = () => expect.poll(() => parts.usage.task.busy || parts.usage.totalsTask.busy || parts.usage.keysTask.busy, { timeout: 5_000 }).toBe(false);
const count = (name: string) => backend.calls.filter((call) => call === name).length;

describe("the board", () => {
  test("shows figures that add up: chart, tiles and table", async () => {
    await parts.usage.show(place());
    const { shown, totals, rows } = parts.usage;
    const sum = (values: number[]) => values.reduce((all, value) => all + value, 0);
    expect(shown?.chart.series.map(({ total }) => total).reduce((a, b) => a + b, 0)).toBe(shown?.chart.total);
    for (const { values, total } of shown!.chart.series) expect(sum(values)).toBe(total);
    expect(totals).toBe(shown?.chart);
    expect([shown?.step, shown?.group, shown?.chart.times.length]).toEqual(["day", "outcome", 30]);
    // Asked one after the other while time goes on: a little may have come in between.
    const table = sum(rows!.map(({ total }) => total));
    expect(Math.abs(table - shown!.chart.total)).toBeLessThan(200);
    expect(rows!.map(({ group }) => group.kind).at(-1)).toBe("unattributed");
  });

  test("has tiles and a table of the same range as the chart, whatever is told apart", { timeout: 30_000 }, async () => {
    for (const group of ["outcome", "key", "environment", "route"] as const) {
      for (const range of ["day", "month"] as const) {
        Object.assign(parts.usage, { group, range });
        await parts.usage.show(place());
        const { shown, totals, rows } = parts.usage;
        const found = [totals?.times[0], totals!.total - shown!.chart.total, rows!.reduce((sum, { total }) => sum + total, 0) - shown!.chart.total];
        expect(found[0], `${group} ${range}`).toBe(shown?.chart.times[0]);
        // Asked one after the other while time goes on.
        for (const apart of found.slice(1)) expect(Math.abs(apart as number), `${group} ${range}`).toBeLessThan(shown!.chart.total * 0.001);
      }
    }
  });

  test("counts in the table as limited what was over a rate limit or a quota, and asks for no outcome that there was none of", async () => {
    const real = backend.usage.bind(backend);
    const asked: (string | undefined)[] = [];
    const ended: Outcome[] = ["accepted", "rate_limited"];
    const group = { kind: "key" as const, id: keys()[0]!.key.id, name: "Production server", environment: "live" as const, revoked: false };
    const spy = vi.spyOn(backend, "usage").mockImplementation(async (operation, connection, organization, query, width, before) => {
      asked.push(query.outcome);
      const answer = await real(operation, connection, organization, query, width, before);
      if (query.group === "outcome") return { ...answer, series: ended.map((outcome) => ({ group: { kind: "outcome", outcome }, values: [], total: 9 })) };
      const each = query.outcome === "rate_limited" ? 3 : query.outcome === "quota_exhausted" ? 2 : query.outcome ? 0 : 9;
      return { ...answer, series: [{ group, values: [], total: each }] };
    });
    await parts.usage.show(place());
    expect([asked.filter(Boolean), parts.usage.rows?.map(({ limited }) => limited)]).toEqual([["accepted", "rate_limited"], [3]]);
    ended.push("quota_exhausted");
    asked.length = 0;
    await parts.usage.load();
    expect(asked.filter(Boolean).sort()).toEqual(["accepted", "quota_exhausted", "rate_limited"]);
    expect(parts.usage.rows?.map(({ limited, refused }) => [limited, refused])).toEqual([[5, 4]]);
    spy.mockRestore();
  });

  test("goes into what was drawn, step by step, and back", async () => {
    await parts.usage.show(place());
    const [, second, , fourth] = parts.usage.shown!.chart.times as [number, number, number, number];
    expect(parts.usage.zoom(second * 1_000 + 5, fourth * 1_000 - 5)).toBe(true);
    await settled();
    expect([parts.usage.shown?.span, parts.usage.shown?.step, parts.usage.live]).toEqual([{ from: second * 1_000, to: fourth * 1_000 }, "hour", false]);
    const { times } = parts.usage.shown!.chart;
    expect(parts.usage.zoom((times[2] as number) * 1_000, (times[5] as number) * 1_000)).toBe(true);
    await settled();
    expect(parts.usage.zooms).toHaveLength(2);
    parts.usage.unzoom();
    await settled();
    expect(parts.usage.shown?.span.from).toBe(second * 1_000);
    parts.usage.unzoom(true);
    await settled();
    expect([parts.usage.zooms.length, parts.usage.shown?.step]).toEqual([0, "day"]);
    expect(parts.usage.zoom(0, 1)).toBe(false);
  });

  test("another range is looked at as a whole, with the step that fits", async () => {
    await parts.usage.show(place());
    parts.usage.change({ chosen: "hour" });
    await settled();
    expect(parts.usage.shown?.step).toBe("hour");
    parts.usage.change({ range: "year" });
    await settled();
    expect([parts.usage.shown?.step, parts.usage.chosen]).toEqual(["day", null]);
    parts.usage.change({ range: "own" });
    expect(parts.usage.days.from).not.toBe("");
  });

  test("keys are taken into the chart, as many as can be told apart, and out of it", async () => {
    await parts.usage.show(place());
    const [a, b] = keys().map(({ key }) => key.id) as [string, string];
    parts.usage.pick(a);
    parts.usage.pick(b);
    await settled();
    expect([parts.usage.shown?.group, parts.usage.shown?.chart.series.map(({ group }) => (group.kind === "key" ? group.id : group.kind))]).toEqual(["key", [a, b]]);
    expect(parts.usage.totals?.total).toBeGreaterThan(parts.usage.shown!.chart.total);
    parts.usage.pick(a);
    await settled();
    expect(parts.usage.shown?.chart.series).toHaveLength(1);
    for (const { key } of keys()) if (!parts.usage.picked.includes(key.id)) parts.usage.pick(key.id);
    expect(parts.usage.picked).toHaveLength(6);
    parts.usage.change({ group: "outcome" });
    expect(parts.usage.picked).toEqual([]);
  });

  test("an environment is shown alone: nothing of the other, nothing that names no key", async () => {
    parts.usage.environment = "test";
    await parts.usage.show(place());
    expect(parts.usage.rows?.every(({ group }) => group.kind === "key" && group.environment === "test")).toBe(true);
  });

  test("what fails keeps what was there; another organization has its own", async () => {
    await parts.usage.show(place());
    const before = parts.usage.shown;
    backend.world.fails.set("usage", "timeout");
    await parts.usage.load();
    expect([parts.usage.task.error?.code, parts.usage.shown === before, win.reach.isOut(place().connection)]).toEqual(["timeout", true, true]);
    backend.world.fails.clear();
    await parts.usage.show(place(1));
    expect([parts.usage.shown?.chart.total, parts.usage.shown?.chart.since]).toEqual([0, null]);
  });

  test("a part of the time that was wanted before the view came is what it shows", async () => {
    const to = Date.now();
    parts.usage.look(place(), { from: to - 24 * 3_600_000, to });
    await parts.usage.show(place());
    expect([parts.usage.shown?.span, parts.usage.shown?.step]).toEqual([{ from: to - 24 * 3_600_000, to }, "quarter"]);
  });

  test("asks again by itself as long as figures still come and somebody looks", async () => {
    await parts.usage.show(place());
    vi.useFakeTimers({ now: Date.now() });
    const page = Object.assign(new EventTarget(), { hidden: false });
    const stop = parts.usage.watch(page as unknown as Document);
    const before = count("usage");
    await vi.advanceTimersByTimeAsync(9_000);
    expect(count("usage")).toBe(before);
    await vi.advanceTimersByTimeAsync(2_500);
    const once = count("usage");
    expect(once).toBeGreaterThan(before);
    page.hidden = true;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(count("usage")).toBe(once);
    page.hidden = false;
    page.dispatchEvent(new Event("visibilitychange"));
    await vi.advanceTimersByTimeAsync(500);
    const looked = count("usage");
    expect(looked).toBeGreaterThan(once);
    parts.usage.zooms = [{ from: Date.now() - 9 * 3_600_000, to: Date.now() - 3_600_000 }];
    await vi.advanceTimersByTimeAsync(60_000);
    expect(count("usage")).toBe(looked);
    stop();
  });

  test("an export tells how far it is; a closed dialog is no failure", async () => {
    await parts.usage.show(place());
    Object.assign(backend.world.traffic, { slowly: 40 });
    const written = parts.usage.export("csv");
    await expect.poll(() => parts.usage.bytes).toBeGreaterThan(0);
    await written;
    expect(parts.usage.written).toMatchObject({ what: "CSV", file: { path: "/home/ada/Documents/northwind-usage.csv" } });
    backend.world.traffic.closes = true;
    await parts.usage.savePicture("usage", "aGVsbG8=");
    expect([parts.usage.written, parts.usage.exportTask.error]).toEqual([{ what: "The picture", file: null }, null]);
  });
});

describe("sparklines", () => {
  test("are asked for in one call, and again after a minute", async () => {
    vi.useFakeTimers({ now: Date.now() });
    const ids = keys().map(({ key }) => key.id);
    const want = async () => {
      const asked = win.sparklines.want(place(), ids);
      await vi.advanceTimersByTimeAsync(10);
      await asked;
    };
    await want();
    expect([count("sparklines"), win.sparklines.hours.get(ids[0]!)?.length, win.sparklines.hours.has(ids[4]!)]).toEqual([1, 24, false]);
    await want();
    expect(count("sparklines")).toBe(1);
    await vi.advanceTimersByTimeAsync(61_000);
    await want();
    expect(count("sparklines")).toBe(2);
  });
  test("what failed is asked for again at once", async () => {
    backend.world.fails.set("sparklines", "timeout");
    await win.sparklines.want(place(), [keys()[0]!.key.id]);
    backend.world.fails.clear();
    await win.sparklines.want(place(), [keys()[0]!.key.id]);
    expect(win.sparklines.hours.size).toBe(1);
  });
});

describe("unused keys", () => {
  test("are paged; those that were never used stop where others begin", { timeout: 20_000 }, async () => {
    await begin("many");
    await parts.stale.show(place());
    expect([parts.stale.all?.length, parts.stale.hasMore]).toEqual([50, true]);
    await parts.stale.more();
    expect(new Set(parts.stale.all?.map(({ key }) => key)).size).toBe(100);
    parts.stale.choose("never");
    await expect.poll(() => parts.stale.task.busy).toBe(false);
    expect(parts.stale.all?.every(({ last_used_at }) => last_used_at === null)).toBe(true);
    while (parts.stale.hasMore) await parts.stale.more();
    expect(parts.stale.total).toBe(parts.stale.all?.length);
    const [first] = parts.stale.all!;
    parts.stale.gone(first!.key);
    expect(parts.stale.all?.some(({ key }) => key === first!.key)).toBe(false);
  });
});

describe("alerts", () => {
  const alert = (sequence: number) => ({ sequence, at: new Date().toISOString(), notice: { kind: "awake" as const, before: null }, key: keys()[0]!.key.id, key_name: keys()[0]!.key.name, until: new Date().toISOString() });
  test("that came are new until somebody looked, each once, at their place alone", async () => {
    backend.emit({ event: "alerts_wait", ...place(), sequences: [48, 50] });
    expect([win.alerts.freshAt(place()), win.notices.all]).toEqual([[48, 50], []]);
    win.alerts.looked(place());
    backend.emit({ event: "alerted", ...place(), alerts: [alert(50), alert(51)] });
    backend.emit({ event: "alerted", ...place(), alerts: [alert(51)] });
    expect([win.alerts.freshAt(place()), win.alerts.freshAt(place(1))]).toEqual([[50, 51], []]);
    expect(win.notices.all.map(({ text }) => text)).toEqual(["2 new alerts in Northwind: see Usage.", "Production server was used again."]);
    win.alerts.looked(place());
    expect(win.alerts.freshAt(place())).toEqual([]);
    await win.alerts.show(place());
    expect(win.alerts.all?.[0]?.notice.kind).toBe("new_network");
  });
  test("a notice of the system leads to its place: a key's details, or the alerts", async () => {
    win.connections.show(win.connections.all[1]!.id);
    backend.emit({ event: "go", ...place(), view: "keys", key: keys()[1]! });
    expect([win.connections.shown, win.route.view, win.route.drawer, win.keys.selected, win.keys.search]).toEqual([place().connection, "keys", true, keys()[1]!.key.id, "Analytics"]);
    backend.emit({ event: "go", ...place(1), view: "usage", key: null });
    expect([win.connections.organization?.id, win.route.view, win.route.tab]).toEqual([place(1).organization, "usage", "alerts"]);
    backend.emit({ event: "go", connection: "gone", organization: "gone", view: "keys", key: null });
    expect(win.route.view).toBe("usage");
  });
});

describe("webhooks", () => {
  test("one is made, handed over and tested, and says how that ended", async () => {
    const hooks = parts.webhooks;
    await hooks.show(place());
    const made = await backend.makeWebhook("1", place().connection, place().organization, { name: "Room", url: "https://chat.example/1" });
    hooks.made(made);
    await expect.poll(() => hooks.all?.[0]?.name).toBe("Room");
    expect(await win.clipboard.take(() => hooks.copy(made.id))).toBe(true);
    await hooks.handedOver(made.id);
    expect([hooks.held.has(made.id), await win.clipboard.take(() => hooks.copy(made.id))]).toEqual([false, false]);
    backend.world.traffic.hooks.answers = 503;
    await hooks.test(made.id);
    expect(hooks.all?.[0]?.last).toMatchObject({ taken: false, status: 503 });
    backend.world.fails.set("testWebhook", "timeout");
    await hooks.test(made.id);
    expect([hooks.testTask.error?.code, hooks.testing]).toEqual(["timeout", made.id]);
  });
});

test("whoever signs in next sees nothing of the one before", async () => {
  await parts.usage.show(place());
  await parts.stale.show(place());
  for (const late of win.late) late.leave();
  expect([parts.usage.shown, parts.usage.rows, parts.stale.all, parts.webhooks.all]).toEqual([null, null, null, null]);
});
