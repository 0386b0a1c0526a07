// @vitest-environment jsdom
import { flushSync } from "svelte";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Connection, Organization } from "../../src/bindings/console";
import { fakeBackend, failure, type FakeBackend } from "../../src/backend/fake";
import { scenario } from "../../src/backend/fake/scenarios";
import { keepCurrent, WHY_ID } from "../../src/state/reach.svelte";
import { makeWindowState, takeEvent, takeOverview, type WindowState } from "../../src/state/window.svelte";
import { clock } from "../../src/words/times";

let backend: FakeBackend;
let win: WindowState;
const current = () => win.connections.current as Connection;
const place = () => ({ connection: current().id, organization: (win.connections.organization as Organization).id });
const OPEN = { disabled: false, title: undefined, "aria-describedby": undefined };

beforeEach(async () => {
  const world = scenario("keys");
  world.latency = 0;
  backend = fakeBackend(world);
  win = makeWindowState(backend);
  await backend.listen((event) => takeEvent(win, event));
  takeOverview(win, await backend.overview());
});

describe("a connection takes changes", () => {
  test("until its server is not reached, and says since when it was not; the others go on", () => {
    expect(win.reach.control(current().id)).toEqual(OPEN);
    win.clock.now = Date.parse("2027-03-04T15:00:00");
    win.connections.put({ ...current(), state: "unreachable", answered_at: "2027-03-04T14:02:00" });
    const why = `Not reachable since ${clock("2027-03-04T14:02:00", win.clock.now)}; changes can't be made until the server answers.`;
    expect(win.reach.control(current().id)).toEqual({ disabled: true, title: why, "aria-describedby": WHY_ID });
    const other = win.connections.all[1] as Connection;
    expect(win.reach.control(other.id)).toEqual(OPEN);
    win.connections.put({ ...current(), state: "signed_in" });
    expect(win.reach.whyNot(current().id)).toBe("");
  });

  test("not before a control has what it needs", () => {
    expect(win.reach.control(current().id, true)).toEqual({ ...OPEN, disabled: true });
    expect(win.reach.control(undefined)).toEqual(OPEN);
  });

  test("until a list of whatever kind does not come, and again when one does", async () => {
    const lists = {
      listKeys: () => win.keys.show(place()),
      members: () => win.people.show(place()),
      verifiers: () => win.verifiers.show(place()),
      audit: () => win.audit.show(place()),
      sessions: () => win.sessions.show(current().id, current().user?.id as string),
    };
    for (const [name, show] of Object.entries(lists)) {
      await show();
      backend.world.fails.set(name, "server_failed");
      await show();
      expect(win.reach.whyNot(current().id), name).toBe("The server failed; changes can't be made until the server answers.");
      // A refusal is an answer.
      backend.world.fails.set(name, "forbidden");
      await show();
      expect(win.reach.isOut(current().id), name).toBe(false);
      backend.world.fails.clear();
    }
    expect([win.keys.rows.length, win.people.members.length, win.verifiers.all?.length, win.sessions.all?.length]).toEqual([10, 4, 3, 3]);
    expect(win.audit.known).toBe(true);
  });

  test("what was loaded stays when it can't be loaded again, and says of when it is", async () => {
    await win.people.show(place());
    await win.sessions.show(current().id, current().user?.id as string);
    const [people, sessions] = [win.people.asOf, win.sessions.asOf];
    backend.world.down.add(current().id);
    await win.people.load();
    await win.sessions.load();
    expect(current().state).toBe("unreachable");
    expect(win.people.members).toHaveLength(4);
    expect(win.sessions.all).toHaveLength(3);
    expect([win.people.asOf, win.sessions.asOf]).toEqual([people, sessions]);
    // Of nobody else.
    await win.sessions.show(current().id, "somebody else");
    expect(win.sessions.all).toBeNull();
  });

  test("what was cancelled says nothing of the server", async () => {
    win.reach.asked(current().id, failure("cancelled", ""));
    expect(win.reach.isOut(current().id)).toBe(false);
    win.reach.asked(current().id, failure("timeout", ""));
    win.reach.asked(current().id, failure("cancelled", ""));
    expect(win.reach.isOut(current().id)).toBe(true);
  });
});

describe("a view asks again by itself", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("ever more rarely while nobody answers, at once when somebody else heard an answer, and not while all is well", async () => {
    const load = vi.fn(() => Promise.resolve());
    const end = $effect.root(() => keepCurrent(win.reach, current, load));
    flushSync();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(load).not.toHaveBeenCalled();
    win.connections.put({ ...current(), state: "unreachable" });
    flushSync();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(load).toHaveBeenCalledTimes(1);
    // What is told meanwhile begins nothing anew.
    win.connections.put({ ...current(), notice: "Still nothing." });
    flushSync();
    await vi.advanceTimersByTimeAsync(3_999);
    expect(load).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(load).toHaveBeenCalledTimes(2);
    win.connections.put({ ...current(), state: "signed_in" });
    flushSync();
    expect(load).toHaveBeenCalledTimes(3);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(load).toHaveBeenCalledTimes(3);
    end();
  });
});
