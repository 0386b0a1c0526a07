// @vitest-environment jsdom
import { beforeEach, describe, expect, test, vi } from "vitest";
import { flushSync } from "svelte";
import type { KeyRow } from "../../src/bindings/console";
import { fakeBackend, failure, type FakeBackend } from "../../src/backend/fake";
import { scenario } from "../../src/backend/fake/scenarios";
import { KeyList } from "../../src/state/keylist.svelte";
import { Task, type TaskHost } from "../../src/state/task.svelte";
import { makeWindowState, takeEvent, takeOverview, type WindowState } from "../../src/state/window.svelte";
import { windowOf } from "../../src/state/windowing";

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

const place = () => {
  const connection = win.connections.current;
  const organization = win.connections.organization;
  if (!connection || !organization) throw new Error("nothing is shown");
  return { connection: connection.id, organization: organization.id };
};
const first = () => win.connections.current?.id as string;

describe("a task", () => {
  const host = (): TaskHost & { ended: number; again: number } => {
    const made = { backend, ended: 0, again: 0, sessionEnded: () => void made.ended++, resumed: () => made.again };
    return made;
  };
  beforeEach(() => begin("keys"));

  test("gives its value, or its failure", async () => {
    const task = new Task(host());
    const got: number[] = [];
    expect(await task.run(() => Promise.resolve(7), (value) => got.push(value))).toBe(true);
    expect(await task.run(() => Promise.reject(failure("timeout", "slow")))).toBe(false);
    expect(got).toEqual([7]);
    expect(task.error?.code).toBe("timeout");
    expect(task.busy).toBe(false);
  });

  test("that is cancelled ends at once, tells the program, and ignores the answer", async () => {
    const cancelled = vi.spyOn(backend, "cancel");
    const task = new Task(host());
    let answer: (value: number) => void = () => undefined;
    const done = vi.fn();
    const running = task.run(() => new Promise<number>((resolve) => (answer = resolve)), done);
    expect(task.busy).toBe(true);
    task.cancel();
    expect(task.busy).toBe(false);
    expect(cancelled).toHaveBeenCalledOnce();
    answer(1);
    expect(await running).toBe(false);
    expect(done).not.toHaveBeenCalled();
    expect(task.error?.code).toBe("cancelled");
  });

  test("offers to cancel only what takes long", async () => {
    vi.useFakeTimers();
    try {
      const task = new Task(host());
      void task.run(() => new Promise(() => undefined));
      vi.advanceTimersByTime(999);
      expect(task.slow).toBe(false);
      vi.advanceTimersByTime(1);
      expect(task.slow).toBe(true);
    } finally {
      vi.useRealTimers();
    }
  });

  test("tells that the session is over; taken up again, the failure has lost its reason", async () => {
    const owner = host();
    const task = new Task(owner);
    await task.run(() => Promise.reject(failure("signed_out", "over")));
    expect(owner.ended).toBe(1);
    expect(task.error?.code).toBe("signed_out");
    owner.again++;
    expect(task.error).toBeNull();
  });
});

describe("the list of keys", () => {
  const list = (): KeyList => win.keys;

  test("pages to the end without a row twice", async () => {
    await begin("many");
    await list().show(place());
    expect(list().rows).toHaveLength(100);
    expect(list().total).toBe(10_000);
    expect(list().count).toBe(10_000);
    for (let page = 0; page < 4; page++) await list().more();
    expect(new Set(list().rows.map((row) => row.key.id)).size).toBe(500);
  });

  test("searches and filters at the server, and keeps the count of all", async () => {
    await begin("keys");
    await list().show(place());
    list().search = "analytics";
    await list().load();
    expect(list().rows.map((row) => row.key.name)).toEqual(["Analytics"]);
    expect(list().count).toBe(10);
    list().search = "";
    list().status = "revoked";
    await list().load();
    expect(list().rows.map((row) => row.key.status)).toEqual(["revoked"]);
  });

  test("a header sorts up, then down, then newest first again", async () => {
    await begin("keys");
    await list().show(place());
    const seen: string[] = [];
    for (let click = 0; click < 3; click++) {
      list().sortBy("name");
      seen.push(`${list().sort} ${list().direction}`);
    }
    expect(seen).toEqual(["name ascending", "name descending", "created_at descending"]);
  });

  test("stays when the server can't be reached, marked as old", async () => {
    await begin("keys");
    await list().show(place());
    backend.world.fails.set("listKeys", "unreachable");
    await list().load();
    expect(list().rows).toHaveLength(10);
    expect(win.reach.whyNot(first())).toMatch(/^Not reachable since .*; changes can't be made/);
    backend.world.fails.clear();
    await list().load();
    expect(win.reach.whyNot(first())).toBe("");
  });

  test("another organization begins anew", async () => {
    await begin("keys");
    await list().show(place());
    list().search = "analytics";
    list().selected = list().rows[0]?.key.id ?? null;
    const other = win.connections.current?.organizations[1]?.id as string;
    await list().show({ ...place(), organization: other });
    expect(list().rows).toEqual([]);
    expect(list().search).toBe("");
    expect(list().selected).toBeNull();
  });

  test("the selection moves within the rows", async () => {
    await begin("keys");
    await list().show(place());
    expect(list().move(1)).toBe(0);
    expect(list().move(-1)).toBe(0);
    expect(list().move(1_000)).toBe(9);
    expect(list().selectedRow?.key.id).toBe(list().rows[9]?.key.id);
  });

  test("a changed row takes the place of the old one", async () => {
    await begin("keys");
    await list().show(place());
    const row = list().rows[3] as KeyRow;
    list().put({ ...row, key: { ...row.key, name: "Renamed" } });
    expect(list().rows[3]?.key.name).toBe("Renamed");
  });
});

describe("a session", () => {
  beforeEach(() => begin("keys"));

  test("that the server ends is asked for in place, with its organizations still there", () => {
    backend.expireSession(first());
    expect(win.connections.interrupted).toBe(first());
    expect(win.connections.current?.state).toBe("signed_out");
    expect(win.connections.organization?.name).toBe("Northwind");
  });

  test("that is taken up again interrupts no more", async () => {
    backend.expireSession(first());
    win.connections.put(await backend.signIn("o", first(), "ada@northwind.example", "correct horse"));
    expect(win.connections.interrupted).toBeNull();
    expect(win.connections.resumed).toBe(1);
  });

  test("that is ended on purpose interrupts nothing", async () => {
    await win.connections.leave(() => backend.signOut("o", first()));
    expect(win.connections.interrupted).toBeNull();
    expect(win.connections.current?.state).toBe("signed_out");
    expect(win.connections.organization).toBeNull();
  });

  test("that ends with another address interrupts nothing either", async () => {
    const { name, colour, ca_file } = win.connections.current as { name: string; colour: "blue"; ca_file: null };
    await win.connections.leave(() => backend.editConnection("o", first(), { name, colour, ca_file, address: "https://other.example" }));
    expect(win.connections.interrupted).toBeNull();
  });

  test("of a connection that is not shown is not asked for", () => {
    const other = win.connections.all[1]?.id as string;
    backend.expireSession(other);
    expect(win.connections.interrupted).toBeNull();
  });
});

test("the clipboard counts down by the program's seconds, whatever the clock says", async () => {
  await begin("keys");
  vi.useFakeTimers();
  try {
    // The program's clock is a day off.
    win.clipboard.set({ holds_secret: true, hint: "nw_test_a…b", clears_at: "2020-01-01T00:00:00Z", seconds_left: 30, ended: null });
    expect(win.clipboard.left).toBe(30);
    vi.advanceTimersByTime(2_000);
    expect(win.clipboard.left).toBe(28);
    vi.advanceTimersByTime(60_000);
    expect(win.clipboard.left).toBe(0);
    win.clipboard.set({ holds_secret: false, hint: null, clears_at: null, seconds_left: null, ended: "cleared" });
    expect(win.clipboard.left).toBeNull();
  } finally {
    vi.useRealTimers();
  }
});

test("a notice of success goes, one of failure stays", async () => {
  await begin("keys");
  vi.useFakeTimers();
  try {
    win.notices.done("Saved.");
    win.notices.failed(failure("settings", "The disk is full."));
    win.notices.failed(failure("cancelled", "Cancelled."));
    vi.advanceTimersByTime(60_000);
    expect(win.notices.all.map((notice) => notice.text)).toEqual(["The settings can't be read or written: The disk is full."]);
    // Three are in sight; what failed before is counted, not lost.
    for (const text of ["a", "b", "c"]) win.notices.warn(text);
    win.notices.say("d");
    expect(win.notices.shown.map((notice) => notice.text)).toEqual(["a", "b", "c"]);
    expect(win.notices.waiting).toBe(1);
    win.notices.close(win.notices.shown[0]?.id as number);
    expect(win.notices.shown[0]?.text).toMatch(/The disk is full/);
    win.notices.closeAll();
    expect(win.notices.all).toEqual([]);
  } finally {
    vi.useRealTimers();
  }
});

test("what is to be known of a server that is not shown is said at once, and once", async () => {
  await begin("keys");
  const other = win.connections.all.find(({ id }) => id !== first())!;
  const told = { ...other, notice: "You are not a member of Eliza any more." };
  backend.emit({ event: "connection", connection: told });
  backend.emit({ event: "connection", connection: told });
  expect(win.notices.all.map(({ text }) => text)).toEqual([`${other.name}: You are not a member of Eliza any more.`]);
  // Of the one that is shown, the view says it.
  backend.emit({ event: "connection", connection: { ...win.connections.current!, notice: "You are not a member of Northwind any more." } });
  expect(win.notices.all).toHaveLength(1);
});

test("how the keychain does is taken from the program as it finds out", async () => {
  await begin("keys");
  expect(win.preferences.keychain).toBe("working");
  backend.emit({ event: "keychain", state: "locked" });
  expect(win.preferences.keychain).toBe("locked");
});

test("a preference that is refused is put back", async () => {
  await begin("keys");
  backend.world.fails.set("setPreferences", "settings");
  await win.preferences.change({ keep_new_secrets: false });
  expect(win.preferences.values.keep_new_secrets).toBe(true);
  expect(win.notices.all[0]?.bad).toBe(true);
});

test("dialogs give the focus back to where the first was opened", async () => {
  await begin("keys");
  const button = document.body.appendChild(document.createElement("button"));
  button.focus();
  win.route.open({ kind: "create" });
  (document.activeElement as HTMLElement).blur();
  win.route.open({ kind: "handoffs" });
  win.route.close();
  await vi.waitFor(() => expect(document.activeElement).toBe(button));
  flushSync();
});

describe("windowed rows", () => {
  test.each([
    [0, 0, { first: 0, end: 0, before: 0, after: 0 }],
    [5, 0, { first: 0, end: 5, before: 0, after: 0 }],
    [10_000, 0, { first: 0, end: 28, before: 0, after: 9_972 * 44 }],
    [10_000, 44 * 5_000, { first: 4_992, end: 5_028, before: 4_992 * 44, after: 4_972 * 44 }],
    [10_000, 44 * 99_999, { first: 9_972, end: 10_000, before: 9_972 * 44, after: 0 }],
  ])("%i rows at %i px", (count, top, expected) => expect(windowOf(count, 44, top, 880)).toEqual(expected));
});
