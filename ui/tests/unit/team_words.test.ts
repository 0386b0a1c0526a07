import { describe, expect, test } from "vitest";
import { readFileSync } from "node:fs";
import { LEAST_ROLE, ROLES, type Action, type AuditEntry } from "../../src/bindings/console";
import { ADA, GRACE, LINUS, organization } from "../../src/backend/fake/data";
import { member } from "../../src/backend/fake/people";
import { ACTION, changesOf, deedOf, glance, reportWords, size, whoOf } from "../../src/words/audit";
import { changeOf, diff, indexOf, rebase, speaksOf, type Editable } from "../../src/words/organization";
import { aRole, givable, grave, LAST_OWNER, lost, PERMISSION, ROLE_IS, roleMay, whyFixed } from "../../src/words/people";
import { stamp, startOfDay } from "../../src/words/times";

const BINDINGS = readFileSync("src/bindings/console.ts", "utf8");
const union = (name: string) => [...(new RegExp(`export type ${name} = ([^;]+);`).exec(BINDINGS)?.[1] ?? "").matchAll(/"(\w+)"/g)].map(([, word]) => word);

describe("roles", () => {
  test("every permission and role has its words", () => {
    expect(Object.keys(PERMISSION).sort()).toEqual(union("Permission").sort());
    expect(Object.keys(LEAST_ROLE).sort()).toEqual(union("Permission").sort());
    expect(Object.keys(ROLE_IS).sort()).toEqual(union("Role").sort());
    expect([...ROLES]).toEqual(union("Role"));
  });

  test("the words are those of the documentation", () => {
    const rows = [...readFileSync("../docs/roles.md", "utf8").matchAll(/^\| `(\w+)` \| ([^|]+) \|/gm)].map(([, permission, words]) => [permission, words]);
    expect(Object.fromEntries(rows)).toEqual(PERMISSION);
  });

  test("the matrix is that of the program", () => {
    const cells = (permission: keyof typeof LEAST_ROLE) => ROLES.map((role) => roleMay(role, permission));
    expect(cells("see")).toEqual([true, true, true, true]);
    expect(cells("create_keys")).toEqual([false, true, true, true]);
    expect(cells("manage_members")).toEqual([false, false, true, true]);
    expect(cells("manage_owners")).toEqual([false, false, false, true]);
  });

  test("only what one manages is offered", () => {
    expect(givable(organization("N", "nw", "owner"))).toEqual(["viewer", "member", "admin", "owner"]);
    expect(givable(organization("N", "nw", "admin"))).toEqual(["viewer", "member", "admin"]);
    expect(givable(organization("N", "nw", "member"))).toEqual([]);
  });

  test("what is asked about first", () => {
    expect(grave("member", "admin")).toBe(false);
    expect(grave("admin", "owner")).toBe(true);
    expect(grave("admin", "member")).toBe(true);
    expect(lost("member", "viewer")).toEqual(["create_keys", "change_own_keys"]);
    expect(lost("viewer", "owner")).toEqual([]);
    expect([aRole("owner"), aRole("viewer")]).toEqual(["an owner", "a viewer"]);
  });

  test("why somebody can't be changed is known beforehand", () => {
    const members = [member(ADA, "owner", 1), member(GRACE, "admin", 1), member(LINUS, "member", 1)];
    const [ada, grace] = members as [(typeof members)[0], (typeof members)[0]];
    expect(whyFixed(organization("N", "nw", "owner"), ada, members)).toBe(LAST_OWNER);
    expect(whyFixed(organization("N", "nw", "owner"), ada, [...members, member(LINUS, "owner", 1)])).toBe("");
    expect(whyFixed(organization("N", "nw", "owner"), grace, members)).toBe("");
    expect(whyFixed(organization("N", "nw", "admin"), ada, members)).toBe("Only owners manage owners.");
    expect(whyFixed(organization("N", "nw", "viewer"), grace, members)).toBe("Your role (viewer) does not manage people.");
  });
});

const entry = (action: Action, part: Partial<AuditEntry> = {}): AuditEntry => ({
  sequence: 7,
  at: "2026-11-22T12:00:00Z",
  actor: { id: ADA.id, email: ADA.email },
  action,
  target: GRACE.id,
  target_name: "Billing worker",
  before: null,
  after: null,
  mac: "0",
  ...part,
});
const said = (one: AuditEntry) => {
  const { verb, name, rest } = deedOf(one);
  return [verb, name, rest].filter(Boolean).join(" ");
};

describe("an entry of the audit log", () => {
  test("every action has its words", () => {
    expect(Object.keys(ACTION).sort()).toEqual(union("Action").sort());
    for (const action of union("Action")) expect(said(entry(action as Action)).length).toBeGreaterThan(3);
  });

  test.each<[AuditEntry, string]>([
    [entry("key_created", { after: { name: "Billing worker" } }), "made the key Billing worker"],
    [entry("key_updated", { before: { scopes: ["read"] }, after: { scopes: ["read", "write"] } }), "changed the scopes of Billing worker"],
    [entry("key_updated", { before: { name: "x", expires_at: null }, after: { name: "y", expires_at: "2027-01-01T00:00:00Z" } }), "changed the name and the expiry of Billing worker"],
    [entry("key_updated", { before: { enabled: true }, after: { enabled: false } }), "disabled Billing worker"],
    [entry("key_updated", { before: { enabled: false }, after: { enabled: true } }), "enabled Billing worker"],
    [entry("member_added", { target: ADA.id, after: { email: ADA.email, role: "viewer" } }), "joined as viewer"],
    [entry("member_added", { after: { role: "viewer" } }), "added Billing worker as viewer"],
    [entry("member_updated", { before: { role: "member" }, after: { role: "admin" } }), "made Billing worker an admin"],
    [entry("member_removed", { target: ADA.id }), "left"],
    [entry("organization_updated", { before: {}, after: { described: ["read"] } }), "changed the descriptions of Billing worker"],
    [entry("refused", { target: "a new key", target_name: null }), "was not allowed: a new key"],
    [entry("refused"), "was not allowed to change Billing worker"],
    [entry("restored", { actor: null, target_name: "Northwind", after: { keys_gone: 2 } }), "put a backup in the place of the database of Northwind"],
    [entry("key_revoked", { target_name: null }), "revoked 0193aaaa…"],
  ])("%#", (one, words) => expect(said(one)).toBe(words));

  test("without a person it was the command line", () => expect(whoOf(entry("key_created", { actor: null }))).toBe("the server's command line"));

  test("what changed is shown before and after", () => {
    const one = entry("organization_updated", {
      before: { prefix: "nw", presets: { Billing: ["read"] } },
      after: { prefix: "nwt", presets: { Billing: ["read", "write"], Import: ["write"] } },
    });
    expect(changesOf(one).map(({ label, from, to }) => [label, from, to])).toEqual([
      ["Key prefix", "nw", "nwt"],
      ["Presets", "Billing: read", "Billing: read, write; Import: write"],
    ]);
    expect(glance(one)).toBe("Key prefix: nw → nwt; Presets: Billing: read → Billing: read, write; Import: write");
    expect(glance(entry("key_created", { after: { name: "x" } }))).toBe("");
  });

  test("of what was just made, what says nothing is left out", () => {
    const one = entry("key_created", { after: { name: "x", note: "", metadata: {}, allowed_addresses: [], expires_at: null, revoked_at: null, enabled: true } });
    expect(changesOf(one).map(({ label, to }) => `${label}: ${to}`)).toEqual(["Name: x", "Expires: never", "Enabled: yes"]);
  });

  test("a field that is not known yet is shown all the same", () => {
    expect(changesOf(entry("key_updated", { before: { daily_quota: 1 }, after: { daily_quota: 2 } }))[0]).toMatchObject({ label: "Daily quota", from: "1", to: "2" });
  });

  test("a check in words", () => {
    expect(reportWords({ check: { entries: 1_284, broken: null }, went_back: null })).toMatchObject({ good: true, title: "All 1,284 entries add up." });
    expect(reportWords({ check: { entries: 9, broken: "Entry 7 does not follow from entry 6." }, went_back: null })).toMatchObject({ good: false, title: "The log does not add up." });
    const back = reportWords({ check: { entries: 9, broken: null }, went_back: "It is another one." });
    expect(back.good).toBe(false);
    expect(back.title).toMatch(/went back/);
    expect(back.text).toMatch(/It is another one\./);
    expect([size(1), size(26_400), size(2_640_000)]).toEqual(["1 byte", "26 KB", "2.6 MB"]);
  });
});

describe("an organization's change", () => {
  const base = (): Editable => ({
    name: "Northwind",
    prefix: "nw",
    scopes: [
      { scope: "read", description: "Sees." },
      { scope: "write", description: "" },
    ],
    presets: [{ name: "Billing", scopes: ["write", "read"] }],
  });

  test("sends only what differs", () => {
    expect(changeOf(base(), base())).toEqual({});
    expect(changeOf(base(), { ...base(), name: "N", presets: [{ name: "Billing", scopes: ["read", "write"] }] })).toEqual({ name: "N" });
    expect(Object.keys(changeOf(base(), { ...base(), scopes: base().scopes.reverse() }))).toEqual(["scopes"]);
  });

  test("is told in words", () => {
    const to: Editable = {
      name: "Northwind",
      prefix: "nwt",
      scopes: [
        { scope: "write", description: "Changes." },
        { scope: "delete", description: "Removes." },
      ],
      presets: [{ name: "Import", scopes: ["write"] }],
    };
    expect(diff(base(), to).map(({ label, from, to }) => [label, from, to])).toEqual([
      ["Key prefix", "nw", "nwt"],
      ["Description of write", "empty", "Changes."],
      ["New scope", "", "delete: Removes."],
      ["Scope goes", "read", ""],
      ["New preset Import", "", "write"],
      ["Preset Billing goes", "read, write", ""],
    ]);
    expect(diff(base(), { ...base(), scopes: base().scopes.reverse() }).map(({ label }) => label)).toEqual(["Order of the scopes"]);
    expect(new Set(diff(base(), to).map(({ field }) => field)).size).toBe(6);
  });

  test("goes on top of somebody else's, and both sides' additions stay", () => {
    const mine: Editable = { ...base(), prefix: "mine", scopes: [...base().scopes.slice(1), { scope: "mine", description: "" }] };
    const theirs: Editable = {
      ...base(),
      name: "Theirs",
      scopes: [{ scope: "read", description: "Sees." }, { scope: "write", description: "Theirs." }, { scope: "theirs", description: "" }],
      presets: [],
    };
    expect(rebase(base(), mine, theirs)).toEqual({
      name: "Theirs",
      prefix: "mine",
      scopes: [
        { scope: "write", description: "Theirs." },
        { scope: "theirs", description: "" },
        { scope: "mine", description: "" },
      ],
      presets: [],
    });
  });

  test("what was edited here and removed there is seen again", () => {
    const mine: Editable = { ...base(), scopes: [{ scope: "read", description: "Mine." }, base().scopes[1] as (typeof mine.scopes)[0]] };
    const theirs: Editable = { ...base(), scopes: [{ scope: "write", description: "" }] };
    expect(rebase(base(), mine, theirs).scopes).toEqual([
      { scope: "write", description: "" },
      { scope: "read", description: "Mine." },
    ]);
  });

  test("a refusal finds its row", () => {
    expect(speaksOf("3 keys have the scope `invoices:read`: take it from them first", "invoices:read")).toBe(true);
    expect(speaksOf("3 keys have the scope `invoices:read`: take it from them first", "invoices")).toBe(false);
    expect(speaksOf("The key x has the scope read.", "read")).toBe(true);
    expect(indexOf("`scopes[3].scope`: this scope is in the catalogue twice", "scopes")).toBe(3);
    expect(indexOf("`scopes` must have 1 to 200 entries", "scopes")).toBeNull();
  });
});

test("days become instants, in this computer's zone", () => {
  const from = startOfDay("2026-11-22") as string;
  expect(Date.parse(startOfDay("2026-11-22", 1) as string) - Date.parse(from)).toBe(86_400_000);
  expect(new Date(from).getHours()).toBe(0);
  expect(startOfDay("22.11.2026")).toBeNull();
  const now = new Date(2026, 10, 22, 15).getTime();
  expect(stamp(new Date(2026, 10, 22, 9, 5).toISOString(), now, "en-GB")).toBe("09:05");
  expect(stamp(new Date(2026, 8, 3, 9, 5).toISOString(), now, "en-GB")).toBe("3 Sept, 09:05");
  expect(stamp(new Date(2025, 8, 3, 9, 5).toISOString(), now, "en-GB")).toBe("3 Sept 2025, 09:05");
});
