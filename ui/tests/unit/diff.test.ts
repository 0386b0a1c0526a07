import { expect, test } from "vitest";
import { organization } from "../../src/backend/fake/data";
import { changeOf, diff, editable, rebase, type Editable } from "../../src/words/diff";

const NOW = Date.parse("2026-11-22T12:00:00Z");
const KEY: Editable = {
  name: "Billing worker",
  note: "",
  scopes: ["read", "write"],
  expires_at: "2027-01-24T12:00:00Z",
  enabled: true,
  metadata: { team: "platform" },
  allowed_addresses: ["203.0.113.0/24"],
};
const words = (to: Partial<Editable>) => diff(KEY, { ...KEY, ...to }, NOW);

test("nothing changed, nothing sent", () => {
  expect(changeOf(KEY, editable(KEY))).toEqual({});
  expect(diff(KEY, editable(KEY), NOW)).toEqual([]);
});

test("the order of scopes and pairs is no change", () => {
  expect(changeOf(KEY, { ...KEY, scopes: ["write", "read"] })).toEqual({});
  const two = { ...KEY, metadata: { a: "1", b: "2" } };
  expect(changeOf(two, { ...two, metadata: { b: "2", a: "1" } })).toEqual({});
});

test("only what differs is sent; null is a value", () => {
  expect(changeOf(KEY, { ...KEY, expires_at: null, note: "x" })).toEqual({ expires_at: null, note: "x" });
  expect(changeOf(KEY, { ...KEY, allowed_addresses: [] })).toEqual({ allowed_addresses: [] });
});

test("a wider scope is called out, a narrower one is not", () => {
  expect(words({ scopes: ["read", "write", "delete"] })[0]).toMatchObject({
    label: "Scopes",
    from: "read, write",
    to: "delete, read, write",
    warning: "The key will be able to do more: delete.",
  });
  expect(words({ scopes: ["read"] })[0]?.warning).toBe("");
});

test.each<[string, Partial<Editable>, string]>([
  ["never expiring", { expires_at: null }, "The key will never expire."],
  ["a later day", { expires_at: "2028-01-24T12:00:00Z" }, "The key will work for longer."],
  ["an earlier day", { expires_at: "2026-12-01T12:00:00Z" }, ""],
  ["everywhere", { allowed_addresses: [] }, "The key will work from every address."],
  ["one address more", { allowed_addresses: ["203.0.113.0/24", "192.0.2.7"] }, "The key will also work from 192.0.2.7."],
  ["switching off", { enabled: false }, ""],
])("%s warns: %s", (_, to, warning) => expect(words(to).map((change) => change.warning)).toEqual([warning]));

test("an access is named", () => {
  const of = organization("Northwind", "nw");
  const full = of.accesses.find((access) => access.access === "full")?.scopes ?? [];
  expect(diff(KEY, { ...KEY, scopes: full }, NOW, of)[0]?.to).toMatch(/^Full access \(/);
});

test("two instants on one day are told apart", () => {
  const [change] = words({ expires_at: "2027-01-24T15:00:00Z" });
  expect(change?.from).not.toBe(change?.to);
});

test("mine goes on top of theirs without undoing it", () => {
  const mine = { ...KEY, scopes: ["read", "write", "invoices:read"], note: "mine", metadata: { team: "platform", cost: "1" } };
  const theirs = { ...KEY, name: "Renamed", scopes: ["delete", "read"], metadata: { owner: "bob" } };
  expect(rebase(KEY, mine, theirs)).toEqual({
    ...KEY,
    name: "Renamed",
    note: "mine",
    scopes: ["delete", "invoices:read", "read"],
    metadata: { owner: "bob", cost: "1" },
  });
});

test("what I removed stays removed, what I changed stays changed", () => {
  const mine = { ...KEY, scopes: ["read"], allowed_addresses: [], metadata: {}, expires_at: null };
  const theirs = { ...KEY, note: "theirs" };
  expect(rebase(KEY, mine, theirs)).toEqual({ ...mine, note: "theirs" });
});
