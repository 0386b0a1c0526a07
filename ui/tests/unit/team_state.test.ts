// @vitest-environment jsdom
import { beforeEach, describe, expect, test } from "vitest";
import type { Organization } from "../../src/bindings/console";
import { fakeBackend, type FakeBackend } from "../../src/backend/fake";
import { GRACE, LINUS, VERA } from "../../src/backend/fake/data";
import { scenario } from "../../src/backend/fake/scenarios";
import { makeWindowState, takeEvent, takeOverview, type WindowState } from "../../src/state/window.svelte";

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
const organization = () => win.connections.organization as Organization;
const place = () => ({ connection: win.connections.current?.id as string, organization: organization().id });

describe("people", () => {
  beforeEach(() => begin("keys"));

  test("a role is changed; who makes keys is known from it too", async () => {
    await win.people.show(place());
    expect(win.makers.all).toHaveLength(4);
    expect(await win.people.changeRole(LINUS.id, "admin")).toBe(true);
    expect(win.people.members.find(({ user }) => user.id === LINUS.id)?.role).toBe("admin");
    win.people.remove(VERA.id);
    expect(win.makers.all).toHaveLength(3);
  });

  test("a refusal says whose it is, and is over with the next visit", async () => {
    await win.people.show(place());
    backend.world.fails.set("changeMember", "conflict");
    expect(await win.people.changeRole(GRACE.id, "member")).toBe(false);
    expect([win.people.changed, win.people.roleTask.error?.code]).toEqual([GRACE.id, "conflict"]);
    await win.people.show(place());
    expect(win.people.roleTask.error).toBeNull();
  });

  test("only links that this start made can be copied", async () => {
    await win.people.show(place());
    await win.people.loadInvitations();
    expect(win.people.invitations.some(({ id }) => win.people.held.has(id))).toBe(false);
    const made = await backend.invite("1", place().connection, place().organization, { email: "margaret@northwind.example", role: "viewer" });
    win.people.invited(made);
    // The one for the same address is gone.
    expect(win.people.invitations.filter(({ email }) => email === made.email)).toHaveLength(1);
    expect(await win.clipboard.take(() => win.people.copyLink(made.id))).toBe(true);
    expect(win.clipboard.state.hint).toContain("margaret");
    backend.world.teams.forEach((team) => team.links.clear());
    expect(await win.clipboard.take(() => win.people.copyLink(made.id))).toBe(false);
    expect(win.people.held.has(made.id)).toBe(false);
  });

  test("what others changed is taken over without a word, and only that is new", async () => {
    await win.people.show(place());
    await win.people.loadInvitations();
    const before = [...win.people.members];
    const same = win.people.members;
    await win.people.refresh(true);
    expect(win.people.members).toBe(same);
    const team = backend.world.teams.get(place().organization);
    if (!team) throw new Error("no team");
    team.invitations = team.invitations.slice(1);
    team.members = team.members.map((one) => (one.user.id === LINUS.id ? { ...one, role: "admin" } : { ...one }));
    const asked = win.people.refresh(true);
    expect([win.people.task.busy, win.people.invitationsTask.busy]).toEqual([false, false]);
    await asked;
    expect(win.people.invitations).toHaveLength(team.invitations.length);
    expect(win.people.members.filter((one) => !before.includes(one)).map(({ user, role }) => [user.id, role])).toEqual([[LINUS.id, "admin"]]);
  });

  test("an answer from before a change made here is not taken over", async () => {
    await win.people.show(place());
    const asked = win.people.refresh(false);
    win.people.remove(VERA.id);
    await asked;
    expect(win.people.members.some(({ user }) => user.id === VERA.id)).toBe(false);
  });

  test("what can't be asked again says so, and is left to be tried", async () => {
    await win.people.show(place());
    backend.world.fails.set("members", "not_found");
    await win.people.refresh(true);
    expect(win.people.task.error?.code).toBe("not_found");
    backend.calls.length = 0;
    await win.people.refresh(true);
    expect(backend.calls).toEqual([]);
  });

  test("who signs out leaves nothing", async () => {
    await win.people.show(place());
    win.people.leave();
    expect([win.people.known, win.people.members]).toEqual([false, []]);
  });
});

describe("an organization that is edited", () => {
  const draft = () => win.draft;
  const row = (scope: string) => {
    const found = draft().scopes.find((one) => one.scope === scope);
    if (!found) throw new Error(`no ${scope}`);
    return found;
  };
  const saved = () => backend.world.connections[0]?.organizations[0] as Organization;

  test("sends what differs, and begins anew from what is there then", async () => {
    await begin("keys");
    draft().show(place(), organization());
    expect(draft().changes).toEqual([]);
    draft().name = " Northwind Traders ";
    row("read").description = "Looks.";
    draft().addScope();
    expect(draft().incomplete).toBe(false);
    draft().scopes.at(-1)!.description = "something";
    expect(draft().incomplete).toBe(true);
    draft().scopes.at(-1)!.scope = "payouts:write";
    expect((await draft().save())?.name).toBe("Northwind Traders");
    expect(saved().scopes.at(-1)).toEqual({ scope: "payouts:write", description: "something" });
    expect(draft().changes).toEqual([]);
    expect(draft().base?.version).toBe(saved().version);
  });

  test("a scope is moved over one that goes, and put back", async () => {
    await begin("keys");
    draft().show(place(), organization());
    draft().removeScope(row("write"));
    expect(draft().move(row("delete"), -1)).toBe(1);
    expect(draft().wanted.scopes.map(({ scope }) => scope).slice(0, 2)).toEqual(["delete", "read"]);
    draft().undo();
    expect(draft().changes).toEqual([]);
  });

  test("a scope that keys have is refused at its row", async () => {
    await begin("keys");
    draft().show(place(), organization());
    draft().removeScope(row("invoices:write"));
    expect(await draft().save()).toBeNull();
    expect(draft().refusedRow?.scope).toBe("invoices:write");
    expect(draft().changes).toHaveLength(1);
  });

  test("a scope that can't be is refused at its row", async () => {
    await begin("keys");
    draft().show(place(), organization());
    draft().addScope();
    draft().scopes.at(-1)!.scope = "No!";
    backend.changeOrganization = () => Promise.reject({ code: "invalid", message: `\`scopes[${draft().kept.length - 1}].scope\`: this scope is in the catalogue twice`, retry_after: null });
    await draft().save();
    expect(draft().refusedRow?.scope).toBe("No!");
  });

  test("nothing is saved over somebody else's change; mine goes on top", async () => {
    await begin("rival");
    draft().show(place(), organization());
    draft().prefix = "nwt";
    draft().removeScope(row("delete"));
    backend.world.keys.clear();
    expect(await draft().save()).toBeNull();
    expect(draft().theirs.map(({ to }) => to)).toEqual(["Northwind Group"]);
    expect(draft().changes.map(({ field }) => field)).toEqual(["prefix", "scope delete"]);
    expect(row("delete").removed).toBe(true);
    expect((await draft().save())?.name).toBe("Northwind Group");
    expect(saved().prefix).toBe("nwt");
  });

  test("a newer version is taken over as long as nothing was edited", async () => {
    await begin("keys");
    draft().show(place(), organization());
    draft().show(place(), { ...organization(), name: "New", version: 9 });
    expect(draft().name).toBe("New");
    draft().name = "Mine";
    draft().show(place(), { ...organization(), name: "Newer", version: 10 });
    expect(draft().name).toBe("Mine");
    const other = win.connections.current?.organizations[1] as Organization;
    expect(draft().show({ ...place(), organization: other.id }, other)).toBe("New");
  });
});

describe("the audit log", () => {
  const list = () => win.audit;
  beforeEach(() => begin("many"));

  test("filters at the server, by day too, and is cleared", async () => {
    await begin("keys");
    await list().show(place());
    const all = list().total;
    expect(list().rows[0]?.sequence).toBe(all);
    list().action = "key_revoked";
    await list().load();
    expect(list().rows.map(({ action }) => action)).toEqual(["key_revoked"]);
    expect(list().filtered).toBe(true);
    list().clearFilters();
    expect(list().filtered).toBe(false);
    list().to = "2001-01-01";
    await list().load();
    expect(list().total).toBe(0);
    list().to = "no day";
    expect(list().query()).toEqual({});
  });

  test("pages to the oldest without an entry twice", async () => {
    const team = backend.world.teams.get(place().organization)!;
    team.audit = Array.from({ length: 150 }, (_, index) => ({ ...team.audit[0]!, sequence: index + 1 }));
    await list().show(place());
    expect([list().rows.length, list().hasMore]).toEqual([60, true]);
    await list().more();
    await list().more();
    expect(list().rows.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 150 }, (_, index) => 150 - index));
    expect(list().hasMore).toBe(false);
  });

  test("the history of one thing, prepared before the view comes", async () => {
    await begin("keys");
    await list().show(place());
    const target = list().rows.find(({ action }) => action === "key_revoked")!;
    list().search = "something";
    list().historyOf(place(), { id: target.target, name: "it" });
    await list().show(place());
    expect(new Set(list().rows.map((entry) => entry.target))).toEqual(new Set([target.target]));
    expect(list().search).toBe("");
  });

  test("another organization begins without the filters and findings of the one before", async () => {
    await begin("keys");
    await list().show(place());
    await list().check();
    await list().export("csv");
    expect([list().report?.check.broken, list().exported?.file?.path.endsWith(".csv")]).toEqual([null, true]);
    backend.world.traffic.closes = true;
    await list().export("csv");
    expect([list().exported, list().exportTask.error]).toEqual([{ file: null }, null]);
    backend.world.traffic.closes = false;
    await list().export("csv");
    list().search = "x";
    const other = win.connections.current?.organizations[1] as Organization;
    await list().show({ ...place(), organization: other.id });
    expect([list().report, list().exported, list().search]).toEqual([null, null, ""]);
  });
});

test("the keys of one person, and one key by its name", async () => {
  await begin("keys");
  win.keys.madeBy(place(), LINUS.id);
  await win.keys.show(place());
  expect(win.keys.rows.map(({ key }) => key.name)).toEqual(["Invoice export"]);
  const key = win.keys.rows[0]!.key;
  win.keys.lookFor(place(), key.id, key.name);
  await win.keys.show(place());
  expect(win.keys.selectedRow?.key.id).toBe(key.id);
  expect(win.keys.person).toBeNull();
});
