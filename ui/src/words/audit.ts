/** The words of the audit log: who did what, and what it changed. */
import type { Action, AuditEntry, AuditReport, Role } from "../bindings/console";
import type { Change } from "./diff";
import { ROLE } from "./keys";
import { count, counted } from "./numbers";
import { aRole } from "./people";
import { exact } from "./times";

interface Kind {
  /** Where one is chosen. */
  word: string;
  /** What was done, before the name of what it was done to. */
  verb: string;
  /** What it was done to, where the window can show it. */
  shows?: "key" | "person" | "organization";
}

/** Each kind of entry. */
export const ACTION: Record<Action, Kind> = {
  key_created: { word: "Key made", verb: "made the key", shows: "key" },
  key_updated: { word: "Key changed", verb: "changed", shows: "key" },
  key_revoked: { word: "Key revoked", verb: "revoked", shows: "key" },
  member_added: { word: "Member added", verb: "added", shows: "person" },
  member_updated: { word: "Role changed", verb: "made", shows: "person" },
  member_removed: { word: "Member removed", verb: "removed" },
  invitation_created: { word: "Invited", verb: "invited" },
  invitation_revoked: { word: "Invitation withdrawn", verb: "withdrew the invitation of" },
  organization_created: { word: "Organization made", verb: "made the organization", shows: "organization" },
  organization_updated: { word: "Organization changed", verb: "changed", shows: "organization" },
  verifier_created: { word: "Verifier made", verb: "made the verifier" },
  verifier_revoked: { word: "Verifier revoked", verb: "revoked the verifier" },
  webhook_created: { word: "Webhook made", verb: "made the webhook" },
  webhook_revoked: { word: "Webhook deleted", verb: "deleted the webhook" },
  limits_updated: { word: "Limits set", verb: "set the limits of", shows: "organization" },
  restored: { word: "Restored", verb: "put a backup in the place of the database of" },
  refused: { word: "Refused", verb: "was not allowed to change" },
};

export const ACTIONS = Object.keys(ACTION) as Action[];

/** What was done, around the name of what it was done to: `changed the scopes of` **Billing worker**. */
export interface Deed {
  verb: string;
  /** Empty where the verb says it already. */
  name: string;
  rest: string;
}

/** The labels of the fields that are not called as they are. */
const FIELD: Record<string, string> = {
  email: "E-mail",
  described: "Described otherwise",
  prefix: "Key prefix",
  expires_at: "Expires",
  allowed_addresses: "Allowed from",
  revoked_at: "Revoked",
  newest_at: "Newest change in the backup",
  keys_gone: "Keys made since, gone",
  verifiers_gone: "Verifiers made since, gone",
  members_gone: "Members added since, gone",
  members_again: "Members again, or as more than at last",
  revoked_again: "Revoked since, revoked again",
};

const labelOf = (field: string) => FIELD[field] ?? `${field.slice(0, 1).toUpperCase()}${field.slice(1).replaceAll("_", " ")}`;

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-/i;

/** The fields of an entry; what it is called comes first. */
function fieldsOf({ before, after }: AuditEntry): string[] {
  const there = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  return there.sort((a, b) => Number(b === "name") - Number(a === "name"));
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

/** What was done, in words. */
export function deedOf(entry: AuditEntry): Deed {
  const { verb } = ACTION[entry.action];
  const name = nameOf(entry);
  const own = entry.actor?.id === entry.target;
  const role = roleIn(entry.after);
  const as = role === null ? "" : `as ${ROLE[role].toLowerCase()}`;
  const fields = fieldsOf(entry);
  switch (entry.action) {
    case "key_updated":
    case "organization_updated":
      if (fields.join() === "enabled") return { verb: entry.after?.["enabled"] === true ? "enabled" : "disabled", name, rest: "" };
      return { verb: `${verb} ${listed(fields)} of`, name, rest: "" };
    case "member_added":
      return own ? { verb: `joined ${as}`.trim(), name: "", rest: "" } : { verb, name, rest: as };
    case "member_updated":
      return { verb, name: own ? "himself" : name, rest: role === null ? "something else" : aRole(role) };
    case "member_removed":
      return own ? { verb: "left", name: "", rest: "" } : { verb, name, rest: "" };
    case "refused":
      // What has no id yet is named: a new key, an invitation.
      return { verb: ID.test(entry.target) ? verb : "was not allowed:", name, rest: "" };
    default:
      return { verb, name, rest: entry.action === "invitation_created" ? as : "" };
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
