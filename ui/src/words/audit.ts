/** The words of the audit log: who did what, and what it changed. */
import type { Action, AuditEntry, AuditReport, Role } from "../bindings/console";
import type { Change } from "./diff";
import { ROLE } from "./keys";
import { count, counted } from "./numbers";
import { aRole } from "./people";
import { exact } from "./times";

/** Each kind of entry, where one is chosen. */
export const ACTION: Record<Action, string> = {
  key_created: "Key made",
  key_updated: "Key changed",
  key_revoked: "Key revoked",
  member_added: "Member added",
  member_updated: "Role changed",
  member_removed: "Member removed",
  invitation_created: "Invited",
  invitation_revoked: "Invitation withdrawn",
  organization_created: "Organization made",
  organization_updated: "Organization changed",
  verifier_created: "Verifier made",
  verifier_revoked: "Verifier revoked",
  refused: "Refused",
};

export const ACTIONS = Object.keys(ACTION) as Action[];

/** A thing that entries are about, where the window can show it. */
export type TargetKind = "key" | "person" | "organization" | null;

export const TARGET: Record<Action, TargetKind> = {
  key_created: "key",
  key_updated: "key",
  key_revoked: "key",
  member_added: "person",
  member_updated: "person",
  member_removed: null,
  invitation_created: null,
  invitation_revoked: null,
  organization_created: "organization",
  organization_updated: "organization",
  verifier_created: null,
  verifier_revoked: null,
  refused: null,
};

/** What was done, around the name of what it was done to: `changed the scopes of` **Billing worker**. */
export interface Deed {
  verb: string;
  /** Empty where the verb says it already. */
  name: string;
  rest: string;
}

/** The labels of the fields, in the order in which they are shown. */
const FIELD: Record<string, string> = {
  name: "Name",
  email: "E-mail",
  role: "Role",
  environment: "Environment",
  kind: "Kind",
  enabled: "Enabled",
  scopes: "Scopes",
  described: "Described otherwise",
  prefix: "Key prefix",
  presets: "Presets",
  expires_at: "Expires",
  allowed_addresses: "Allowed from",
  metadata: "Metadata",
  note: "Note",
  hint: "Hint",
  revoked_at: "Revoked",
  missing_scopes: "Missing scopes",
};

const labelOf = (field: string) => FIELD[field] ?? `${field.slice(0, 1).toUpperCase()}${field.slice(1).replaceAll("_", " ")}`;

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-/i;

/** The fields of an entry, as the form shows them first. */
function fieldsOf(entry: AuditEntry): string[] {
  const there = new Set([...Object.keys(entry.before ?? {}), ...Object.keys(entry.after ?? {})]);
  const known = Object.keys(FIELD).filter((field) => there.has(field));
  return [...known, ...[...there].filter((field) => !(field in FIELD)).sort()];
}

/** `the name`, `the name and the scopes`. */
function listed(fields: string[]): string {
  const words = fields.map((field) => (field === "described" ? "the descriptions" : field === "expires_at" ? "the expiry" : `the ${labelOf(field).toLowerCase()}`));
  return words.length < 2 ? (words[0] ?? "something") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

function roleIn(fields: Record<string, unknown> | null): Role | null {
  const role = fields?.["role"];
  return typeof role === "string" && role in ROLE ? (role as Role) : null;
}

export function nameOf(entry: AuditEntry): string {
  return entry.target_name ?? (ID.test(entry.target) ? `${entry.target.slice(0, 8)}…` : entry.target);
}

/** What was done, in words. Total by the kind of the entry. */
export function deedOf(entry: AuditEntry): Deed {
  const name = nameOf(entry);
  const own = entry.actor !== null && entry.actor.id === entry.target;
  const role = roleIn(entry.after);
  const as = role === null ? "" : `as ${ROLE[role].toLowerCase()}`;
  const fields = fieldsOf(entry);
  switch (entry.action) {
    case "key_created":
      return { verb: "made the key", name, rest: "" };
    case "key_updated":
      if (fields.length === 1 && fields[0] === "enabled") return { verb: entry.after?.["enabled"] === true ? "enabled" : "disabled", name, rest: "" };
      return { verb: `changed ${listed(fields)} of`, name, rest: "" };
    case "key_revoked":
      return { verb: "revoked", name, rest: "" };
    case "member_added":
      return own ? { verb: `joined ${as}`.trim(), name: "", rest: "" } : { verb: "added", name, rest: as };
    case "member_updated":
      return role === null ? { verb: "changed the role of", name, rest: "" } : { verb: "made", name: own ? "himself" : name, rest: aRole(role) };
    case "member_removed":
      return own ? { verb: "left", name: "", rest: "" } : { verb: "removed", name, rest: "" };
    case "invitation_created":
      return { verb: "invited", name, rest: as };
    case "invitation_revoked":
      return { verb: "withdrew the invitation of", name, rest: "" };
    case "organization_created":
      return { verb: "made the organization", name, rest: "" };
    case "organization_updated":
      return { verb: `changed ${listed(fields)} of`, name, rest: "" };
    case "verifier_created":
      return { verb: "made the verifier", name, rest: "" };
    case "verifier_revoked":
      return { verb: "revoked the verifier", name, rest: "" };
    case "refused":
      return { verb: ID.test(entry.target) ? "was not allowed to change" : "was not allowed:", name, rest: "" };
  }
}

/** Who did it, in words. */
export function whoOf(entry: AuditEntry): string {
  return entry.actor?.email ?? "the server's command line";
}

function valueText(field: string, value: unknown): string {
  if (value === null || value === undefined) return field === "expires_at" ? "never" : "none";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") {
    if (value === "") return "empty";
    if (field === "role" && value in ROLE) return ROLE[value as Role];
    return field.endsWith("_at") ? exact(value) : value;
  }
  if (Array.isArray(value)) return value.map((item) => valueText("", item)).join(", ") || (field === "allowed_addresses" ? "everywhere" : "none");
  if (typeof value === "object") {
    const pairs = Object.entries(value).map(([name, item]) => (Array.isArray(item) ? `${name}: ${valueText("", item)}` : `${name}=${valueText("", item)}`));
    return pairs.join(field === "presets" ? "; " : ", ") || "none";
  }
  return String(value);
}

/** Nothing that needs to be said of a thing that was just made. */
const blank = (value: unknown) =>
  value === null || value === "" || (Array.isArray(value) && value.length === 0) || (typeof value === "object" && Object.keys(value ?? {}).length === 0);

/** What an entry changed, before and after. */
export function changesOf(entry: AuditEntry): Change[] {
  return fieldsOf(entry)
    .filter((field) => entry.before !== null || field === "expires_at" || !blank(entry.after?.[field]))
    .map((field) => ({
      field,
      label: labelOf(field),
      from: entry.before && field in entry.before ? valueText(field, entry.before[field]) : "",
      to: entry.after && field in entry.after ? valueText(field, entry.after[field]) : "",
      warning: "",
    }));
}

/** One line beneath a change: `Role: Member → Admin`. */
export function glance(entry: AuditEntry): string {
  if (entry.before === null || entry.after === null) return "";
  return changesOf(entry)
    .map(({ label, from, to }) => `${label}: ${from === "" ? "" : `${from} → `}${to || "nothing"}`)
    .join("; ");
}

export interface CheckWords {
  title: string;
  text: string;
  good: boolean;
}

/** What a check found. */
export function reportWords({ check, went_back }: AuditReport): CheckWords {
  const all = check.entries === 1 ? "The one entry adds up" : `All ${count(check.entries)} entries add up`;
  if (check.broken !== null) {
    const back = went_back === null ? "" : ` ${went_back}`;
    return { title: "The log does not add up.", text: `${check.broken}${back} Keep an export of it, and ask whoever runs the server.`, good: false };
  }
  if (went_back !== null) return { title: "The history went back since this computer last looked.", text: `${all} by themselves. ${went_back}`, good: false };
  return { title: `${all}.`, text: "None was changed, taken out or put in between, and all that this computer saw before is still there.", good: true };
}

/** `26 KB`. */
export function size(bytes: number): string {
  if (bytes < 1_000) return counted(bytes, "byte", "bytes");
  return bytes < 1_000_000 ? `${count(Math.round(bytes / 1_000))} KB` : `${count(Math.round(bytes / 100_000) / 10)} MB`;
}
