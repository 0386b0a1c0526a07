/** What changes between two states of a key, in words, and the change that is sent. */
import type { Key, KeyChange, Organization } from "../bindings/console";
import { ACCESS, accessOf, sameScopes } from "./keys";
import { day, exact } from "./times";

/** The fields of a key that can be edited. */
export type Editable = Pick<Key, "name" | "note" | "scopes" | "expires_at" | "enabled" | "metadata" | "allowed_addresses">;

export interface Change {
  /** Once in a list. */
  field: string;
  label: string;
  /** Empty where there was nothing; then only what is there now is shown. */
  from: string;
  /** Empty where nothing is left. */
  to: string;
  /** Said out loud: the change widens what the key may do, or for how long, or from where. */
  warning: string;
}

export function editable(key: Editable): Editable {
  return {
    name: key.name,
    note: key.note,
    scopes: [...key.scopes],
    expires_at: key.expires_at,
    enabled: key.enabled,
    metadata: { ...key.metadata },
    allowed_addresses: [...key.allowed_addresses],
  };
}

const sameList = (a: string[], b: string[]) => a.length === b.length && a.every((item, i) => item === b[i]);
const pairs = (data: Record<string, string>) =>
  Object.entries(data)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`);

/** The request: only what differs. */
export function changeOf(from: Editable, to: Editable): KeyChange {
  const change: KeyChange = {};
  if (from.name !== to.name) change.name = to.name;
  if (from.note !== to.note) change.note = to.note;
  if (!sameScopes(from.scopes, to.scopes)) change.scopes = [...to.scopes].sort();
  if (from.expires_at !== to.expires_at) change.expires_at = to.expires_at;
  if (from.enabled !== to.enabled) change.enabled = to.enabled;
  if (!sameList(pairs(from.metadata), pairs(to.metadata))) change.metadata = { ...to.metadata };
  if (!sameList(from.allowed_addresses, to.allowed_addresses)) change.allowed_addresses = [...to.allowed_addresses];
  return change;
}

/** One's additions and removals, done to somebody else's list. */
function mergeList(base: string[], mine: string[], theirs: string[]): string[] {
  const added = mine.filter((item) => !base.includes(item) && !theirs.includes(item));
  return [...theirs.filter((item) => !base.includes(item) || mine.includes(item)), ...added];
}

function mergePairs(base: Record<string, string>, mine: Record<string, string>, theirs: Record<string, string>): Record<string, string> {
  const merged = { ...theirs };
  for (const name of new Set([...Object.keys(base), ...Object.keys(mine)])) {
    const value = mine[name];
    if (base[name] === value) continue;
    if (value === undefined) delete merged[name];
    else merged[name] = value;
  }
  return merged;
}

/** Puts one's own changes on top of somebody else's version: both sides' additions stay. */
export function rebase(base: Editable, mine: Editable, theirs: Editable): Editable {
  const own = <T>(before: T, wanted: T, now: T): T => (before === wanted ? now : wanted);
  return {
    name: own(base.name, mine.name, theirs.name),
    note: own(base.note, mine.note, theirs.note),
    enabled: own(base.enabled, mine.enabled, theirs.enabled),
    expires_at: own(base.expires_at, mine.expires_at, theirs.expires_at),
    scopes: mergeList(base.scopes, mine.scopes, theirs.scopes).sort(),
    allowed_addresses: mergeList(base.allowed_addresses, mine.allowed_addresses, theirs.allowed_addresses),
    metadata: mergePairs(base.metadata, mine.metadata, theirs.metadata),
  };
}

function scopesText(scopes: string[], organization: Organization | null): string {
  if (scopes.length === 0) return "none";
  const access = organization && accessOf(organization, scopes);
  const list = [...scopes].sort().join(", ");
  return access ? `${ACCESS[access]} (${list})` : list;
}

function scopesWarning(from: string[], to: string[]): string {
  const more = to.filter((scope) => !from.includes(scope));
  return more.length === 0 ? "" : `The key will be able to do more: ${more.join(", ")}.`;
}

function expiryWarning(from: string | null, to: string | null): string {
  if (from === null || from === to) return "";
  if (to === null) return "The key will never expire.";
  return Date.parse(to) > Date.parse(from) ? "The key will work for longer." : "";
}

function addressWarning(from: string[], to: string[]): string {
  if (from.length === 0) return "";
  if (to.length === 0) return "The key will work from every address.";
  const more = to.filter((address) => !from.includes(address));
  return more.length === 0 ? "" : `The key will also work from ${more.join(", ")}.`;
}

/** Two expiries on the same day are told apart by the second. */
function expiryTexts(from: string | null, to: string | null, now: number): [string, string] {
  const words = (iso: string | null) => (iso === null ? "never" : day(iso, now));
  const [a, b] = [words(from), words(to)];
  return a === b && from !== null && to !== null ? [exact(from), exact(to)] : [a, b];
}

/** The changes in words, in the order of the form. */
export function diff(from: Editable, to: Editable, now: number, organization: Organization | null = null): Change[] {
  const change = changeOf(from, to);
  const found: Change[] = [];
  const add = (field: keyof Editable, label: string, before: string, after: string, warning = "") =>
    found.push({ field, label, from: before, to: after, warning });
  if ("name" in change) add("name", "Name", from.name, to.name);
  if ("enabled" in change) {
    add("enabled", "Enabled", from.enabled ? "yes" : "no", to.enabled ? "yes" : "no", to.enabled ? "The key will work again." : "");
  }
  if ("scopes" in change) {
    add("scopes", "Scopes", scopesText(from.scopes, organization), scopesText(to.scopes, organization), scopesWarning(from.scopes, to.scopes));
  }
  if ("expires_at" in change) {
    const [before, after] = expiryTexts(from.expires_at, to.expires_at, now);
    add("expires_at", "Expires", before, after, expiryWarning(from.expires_at, to.expires_at));
  }
  if ("allowed_addresses" in change) {
    const text = (list: string[]) => (list.length === 0 ? "everywhere" : list.join(", "));
    add(
      "allowed_addresses",
      "Allowed from",
      text(from.allowed_addresses),
      text(to.allowed_addresses),
      addressWarning(from.allowed_addresses, to.allowed_addresses),
    );
  }
  if ("metadata" in change) {
    const text = (data: Record<string, string>) => pairs(data).join(", ") || "none";
    add("metadata", "Metadata", text(from.metadata), text(to.metadata));
  }
  if ("note" in change) add("note", "Note", from.note || "empty", to.note || "empty");
  return found;
}
