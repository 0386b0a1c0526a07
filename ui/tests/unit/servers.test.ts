// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Connection, Organization } from "../../src/bindings/console";
import { fakeBackend, failure, type FakeBackend } from "../../src/backend/fake";
import { scenario } from "../../src/backend/fake/scenarios";
import { keepTrying, pause } from "../../src/state/retry";
import { makeWindowState, takeEvent, takeOverview, type WindowState } from "../../src/state/window.svelte";
import { invitationHost } from "../../src/words/links";
import { viewsOf } from "../../src/words/nav";
import { peopleFieldOf, refusalAt } from "../../src/words/refusals";

let backend: FakeBackend;
let win: WindowState;

async function begin(name: string) {
  const world = scenario(name);
  world.latency = 0;
  backend = fakeBackend(world);
  win = makeWindowState(backend);
  await backend.listen((event) => takeEvent(win, event));
  takeOverview(win, await backend.overview());
}
const current = () => win.connections.current as Connection;
const organization = () => win.connections.organization as Organization;
const place = () => ({ connection: current().id, organization: organization().id });

describe("a list of before", () => {
  test("is shown and says of when it is; a current one takes its place", async () => {
    await begin("cached");
    await win.keys.show(place());
    expect(win.keys.rows).toHaveLength(10);
    expect(win.reach.failureOf(current().id)).toBeNull();
    expect(Date.parse(win.keys.asOf ?? "")).toBeLessThan(Date.now() - 3_600_000);
    expect(win.reach.isOut(current().id)).toBe(true);
    backend.world.down.clear();
    await win.keys.load();
    expect(Date.parse(win.keys.asOf ?? "")).toBeGreaterThan(Date.now() - 60_000);
    expect(win.reach.isOut(current().id)).toBe(false);
    expect(current().state).toBe("signed_in");
  });

  test("stays marked while it is asked for again, and when that is cancelled", async () => {
    await begin("keys");
    await win.keys.show(place());
    backend.world.fails.set("listKeys", "unreachable");
    await win.keys.load();
    expect(win.reach.isOut(current().id)).toBe(true);
    backend.world.fails.clear();
    backend.world.latency = 60_000;
    const asked = win.keys.load();
    expect(win.keys.task.busy).toBe(true);
    expect(win.reach.isOut(current().id)).toBe(true);
    win.keys.task.cancel();
    await asked;
    expect(win.reach.isOut(current().id)).toBe(true);
  });

  test("that never came is waited for, but a refusal is not", async () => {
    await begin("keys");
    backend.world.fails.set("listKeys", "unreachable");
    await win.keys.show(place());
    expect(win.reach.isOut(current().id)).toBe(true);
    expect(win.keys.asOf).toBeNull();
    win.keys.leave();
    backend.world.fails.set("listKeys", "forbidden");
    await win.keys.show(place());
    expect(win.reach.isOut(current().id)).toBe(false);
  });
});

describe("trying again", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const page = () => Object.assign(new EventTarget(), { hidden: false }) as unknown as Document & { hidden: boolean };

  test("comes soon, then ever more rarely, and never before the server's own time", () => {
    expect([0, 1, 2, 3, 4, 5, 6].map((tries) => pause(tries) / 1_000)).toEqual([2, 4, 8, 16, 32, 60, 60]);
    expect(pause(0, 90)).toBe(90_000);
  });

  test("goes on until it is stopped", async () => {
    const attempt = vi.fn().mockRejectedValue(failure("unreachable", "no"));
    const stop = keepTrying(attempt, () => null, page());
    await vi.advanceTimersByTimeAsync(2_000);
    expect(attempt).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(3_999);
    expect(attempt).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(attempt).toHaveBeenCalledTimes(2);
    stop();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(attempt).toHaveBeenCalledTimes(2);
  });

  test("does not ask while nobody looks, and asks at once when somebody does", async () => {
    const attempt = vi.fn().mockResolvedValue(undefined);
    const shown = page();
    shown.hidden = true;
    const stop = keepTrying(attempt, () => null, shown);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(attempt).not.toHaveBeenCalled();
    shown.hidden = false;
    shown.dispatchEvent(new Event("visibilitychange"));
    await vi.advanceTimersByTimeAsync(0);
    expect(attempt).toHaveBeenCalledTimes(1);
    stop();
  });
});

describe("a person who is removed from an organization", () => {
  test("is told which, and is shown another", async () => {
    await begin("team");
    backend.removeFrom(current().id, organization().id);
    win.connections.put(await backend.refreshConnection("o", current().id));
    expect(win.connections.noticeOf(current())).toBe("You are not a member of Northwind any more.");
    expect(organization().name).toBe("Contoso");
  });

  test("from the last one is shown none", async () => {
    await begin("keys");
    for (const { id } of current().organizations) backend.removeFrom(current().id, id);
    win.connections.put(await backend.refreshConnection("o", current().id));
    expect(win.connections.organization).toBeNull();
  });
});

test("the servers that are not shown are asked how they are", async () => {
  await begin("team");
  const other = backend.world.connections[1] as Connection;
  Object.assign(other, { state: "signed_in" });
  takeOverview(win, await backend.overview());
  backend.calls.length = 0;
  await win.connections.lookAround();
  expect(win.connections.all.find(({ id }) => id === other.id)?.state).toBe("unreachable");
  // Those that nobody is signed in to, and the one that is shown, are not.
  expect(backend.calls).toEqual(["refreshConnection"]);
  expect(win.connections.interrupted).toBeNull();
});

test("one more server gets the colour that the fewest have", async () => {
  await begin("keys");
  const colours = win.connections.all.map(({ colour }) => colour);
  expect(colours).toEqual(["blue", "green", "violet"]);
  expect(win.connections.freeColour).toBe("orange");
  await begin("team");
  // Two are blue, and each of the others is taken once.
  expect(win.connections.freeColour).toBe("green");
  win.connections.set([], null);
  expect(win.connections.freeColour).toBe("blue");
});

test("the keys of another organization are not counted for this one", async () => {
  await begin("team");
  const [one, other] = current().organizations as [Organization, Organization];
  await win.keys.show({ connection: current().id, organization: one.id });
  expect([win.keys.isAt(current().id), win.keys.isAt(current().id, one.id), win.keys.isAt(current().id, other.id)]).toEqual([true, true, false]);
});

describe("which views there are", () => {
  test("as the permissions say", async () => {
    await begin("viewer");
    expect(viewsOf(current(), organization()).map(({ view }) => view)).not.toContain("audit");
    expect(viewsOf(null, null).map(({ view }) => view)).toEqual(["keys"]);
  });
});

test("an invitation's link is told from an address", () => {
  const check = (text: string, host: string | null) => expect(invitationHost(text), text).toBe(host);
  check("https://keys.example.org/join#kdi_abc", "keys.example.org");
  check(" keys.example.org:8443/join#kdi_abc\n", "keys.example.org:8443");
  check("https://keys.example.org/join#kdi_", null);
  check("https://keys.example.org/join", null);
  check("keys.example.org", null);
  check("", null);
});

test("a refusal finds its field", () => {
  const check = (message: string, field: string | null, text = "") => {
    const refused = failure("invalid", message);
    expect(peopleFieldOf(refused), message).toBe(field);
    if (field) expect(refusalAt(refused, field as "name")).toBe(text);
  };
  check("a password must have at least 10 characters", "password", "A password must have at least 10 characters.");
  check("`name`: must not be empty", "name", "Must not be empty.");
  check("a prefix is 2 to 16 of a-z and 0-9, beginning with a letter", "prefix", "A prefix is 2 to 16 of a-z and 0-9, beginning with a letter.");
  check("must be an e-mail address, such as ada@example.org", "email", "Must be an e-mail address, such as ada@example.org.");
  check("Your name: must not be empty.", "name", "Must not be empty.");
  check("The prefix: a prefix is 2 to 16 of a-z and 0-9, beginning with a letter.", "prefix", "A prefix is 2 to 16 of a-z and 0-9, beginning with a letter.");
  check("The organization's name: must have at most 100 characters.", "organization", "Must have at most 100 characters.");
  check("something else", null);
  expect(peopleFieldOf(failure("conflict", "`name`: taken"))).toBeNull();
});
