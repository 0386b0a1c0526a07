/** What changes between two states of an organization, in words, and the change that is sent. */
import type { Organization, OrganizationChange, Preset, ScopeDefinition } from "../bindings/console";
import type { Change } from "./diff";

/** What of an organization can be edited. */
export type Editable = Pick<Organization, "name" | "prefix" | "scopes" | "presets">;

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** Presets as they are sent: the order of their scopes says nothing. */
const sorted = (presets: Preset[]) => presets.map(({ name, scopes }) => ({ name, scopes: [...scopes].sort() }));
/** Definitions as they are sent. */
const plain = (scopes: ScopeDefinition[]) => scopes.map(({ scope, description }) => ({ scope, description }));

/** The request: only what differs. */
export function changeOf(from: Editable, to: Editable): OrganizationChange {
  const change: OrganizationChange = {};
  if (from.name !== to.name) change.name = to.name;
  if (from.prefix !== to.prefix) change.prefix = to.prefix;
  if (!same(plain(from.scopes), plain(to.scopes))) change.scopes = plain(to.scopes);
  if (!same(sorted(from.presets), sorted(to.presets))) change.presets = sorted(to.presets);
  return change;
}

/** One's own additions, removals and edits of a list, done to somebody else's. */
function merge<T>(base: T[], mine: T[], theirs: T[], nameOf: (item: T) => string): T[] {
  if (same(base, mine)) return theirs;
  if (same(base, theirs)) return mine;
  const find = (list: T[], name: string) => list.find((item) => nameOf(item) === name);
  const kept = theirs
    .filter((item) => !find(base, nameOf(item)) || find(mine, nameOf(item)))
    .map((item) => {
      const own = find(mine, nameOf(item));
      return own !== undefined && !same(own, find(base, nameOf(item))) ? own : item;
    });
  // What was edited here and taken away there comes back: whoever saves sees it among the changes.
  const again = mine.filter((item) => !find(theirs, nameOf(item)) && !same(item, find(base, nameOf(item))));
  return [...kept, ...again];
}

/** Puts one's own changes on top of somebody else's version. */
export function rebase(base: Editable, mine: Editable, theirs: Editable): Editable {
  return {
    name: base.name === mine.name ? theirs.name : mine.name,
    prefix: base.prefix === mine.prefix ? theirs.prefix : mine.prefix,
    scopes: merge(plain(base.scopes), plain(mine.scopes), plain(theirs.scopes), ({ scope }) => scope),
    presets: merge(sorted(base.presets), sorted(mine.presets), sorted(theirs.presets), ({ name }) => name),
  };
}

/** How new keys begin: `nw_live_…` and `nw_test_…`. */
export function newKeysLook(prefix: string): string {
  const begin = prefix.trim() || "kd";
  return `${begin}_live_… and ${begin}_test_…`;
}

const listed = (scopes: string[]) => scopes.join(", ") || "none";

/** The changes in words, in the order of the form. */
export function diff(from: Editable, to: Editable): Change[] {
  const found: Change[] = [];
  const add = (field: string, label: string, before: string, after: string, warning = "") => found.push({ field, label, from: before, to: after, warning });
  if (from.name !== to.name) add("name", "Name", from.name, to.name);
  if (from.prefix !== to.prefix) add("prefix", "Key prefix", from.prefix, to.prefix, "New keys begin so. Keys that are there keep theirs.");

  for (const { scope, description } of to.scopes) {
    const before = from.scopes.find((other) => other.scope === scope);
    if (!before) add(`scope ${scope}`, "New scope", "", description ? `${scope}: ${description}` : scope);
    else if (before.description !== description) add(`scope ${scope}`, `Description of ${scope}`, before.description || "empty", description || "empty");
  }
  for (const { scope } of from.scopes) {
    if (!to.scopes.some((other) => other.scope === scope)) add(`scope ${scope}`, "Scope goes", scope, "");
  }
  const order = (these: Editable, those: Editable) => these.scopes.map(({ scope }) => scope).filter((scope) => those.scopes.some((other) => other.scope === scope));
  if (!same(order(from, to), order(to, from))) add("order", "Order of the scopes", listed(order(from, to)), listed(order(to, from)));

  for (const { name, scopes } of sorted(to.presets)) {
    const before = sorted(from.presets).find((other) => other.name === name);
    if (!before) add(`preset ${name}`, `New preset ${name}`, "", listed(scopes));
    else if (!same(before.scopes, scopes)) add(`preset ${name}`, `Preset ${name}`, listed(before.scopes), listed(scopes));
  }
  for (const { name, scopes } of sorted(from.presets)) {
    if (!to.presets.some((other) => other.name === name)) add(`preset ${name}`, `Preset ${name} goes`, listed(scopes), "");
  }
  return found;
}

/** Whether a sentence speaks of a scope. */
export function speaksOf(message: string, scope: string): boolean {
  return message.split(/[\s`]+/).some((word) => word === scope || word.replace(/[.,:;]+$/, "") === scope);
}

/** Which entry of a list that was sent a refusal is about: `` `scopes[3].scope`: … ``. */
export function indexOf(message: string, list: "scopes" | "presets"): number | null {
  const found = new RegExp(`^\`${list}\\[(\\d+)\\]`).exec(message)?.[1];
  return found === undefined ? null : Number(found);
}
