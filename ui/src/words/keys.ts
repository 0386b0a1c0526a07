/** The words of a key: status, custody, access, outcome. Total tables, so that none is forgotten. */
import type {
  Access,
  ConnectionState,
  Custody,
  Handoff,
  Key,
  KeychainState,
  KeyStatus,
  Organization,
  Outcome,
  RevocationCheck,
  Role,
  Scopes,
} from "../bindings/console";
import { expiresSoon } from "./times";

export type StatusWord = KeyStatus | "expiring";

/** The status in one word. What expires within seven days says so while it still works. */
export function statusWord(key: Pick<Key, "status" | "expires_at">, now: number): StatusWord {
  return key.status === "active" && expiresSoon(key.expires_at, now) ? "expiring" : key.status;
}

export const STATUS_TITLE: Record<StatusWord, string> = {
  active: "Works.",
  expiring: "Works, and expires within seven days.",
  disabled: "Switched off. It can be enabled again.",
  expired: "Its time is over.",
  revoked: "Revoked for good.",
};

export const CUSTODY: Record<Custody, string> = {
  none: "",
  pending: "not sent yet",
  unclaimed: "not stored yet",
  kept: "in keychain",
  memory_only: "in memory only",
};

/** Where the secret of a new key is, in the list of what is not settled. */
export function handoffWord(handoff: Handoff): string {
  if (handoff.registered !== true) return "not sent yet";
  return handoff.custody === "none" ? "secret is gone" : CUSTODY[handoff.custody];
}

/** Whether this computer can copy, reveal and try the key's secret. */
export function holdsSecret(custody: Custody): boolean {
  return custody !== "none" && custody !== "pending";
}

export const ACCESS: Record<Access, string> = { read_only: "Read only", write_only: "Write only", full: "Full access" };

export const CONNECTION: Record<ConnectionState, string> = {
  signed_in: "signed in",
  signed_out: "signed out",
  unreachable: "not reachable",
  unclaimed: "not set up",
  too_old: "too old",
  too_new: "too new",
  stopped: "not running",
};

export const KEYCHAIN: Record<KeychainState, string> = {
  working: "Working",
  locked: "Locked",
  absent: "Not there",
  refusing: "Refusing",
  unknown: "Not checked yet",
};

export const ROLE: Record<Role, string> = { viewer: "Viewer", member: "Member", admin: "Admin", owner: "Owner" };

/** What a role may do, in a sentence to who is to have it. */
export const ROLE_MAY: Record<Role, string> = {
  viewer: "You will see keys and change nothing.",
  member: "You will make keys, and change those that you made.",
  admin: "You will change all keys, invite people and read the audit log.",
  owner: "You will do all there is: keys, people, and the organization itself.",
};

/** How trying a key ended. */
export const OUTCOME: Record<Outcome, string> = {
  accepted: "The server accepts this key.",
  missing: "The server saw no key.",
  malformed: "The server says that this is not in the form of a key.",
  unknown: "The server does not know this key.",
  revoked: "Refused: the key was revoked.",
  expired: "Refused: the key has expired.",
  disabled: "Refused: the key is disabled.",
  wrong_tenant: "Refused: the key belongs to another tenant.",
  missing_scope: "Refused: the key lacks a scope.",
  address_refused: "Refused: the key is not allowed from this computer's address.",
  rate_limited: "Refused: the key is over its rate limit.",
  quota_exhausted: "Refused: the key's quota is used up.",
};

export interface CheckWords {
  text: string;
  good: boolean;
}

/** What the check after a revoke found. */
export function checkWords(check: RevocationCheck): CheckWords {
  switch (check.result) {
    case "refused":
      return { text: "The server refuses this key now. Checked by presenting it.", good: true };
    case "still_accepted":
      return {
        text: "The server says revoked, but still accepts the key. Something is wrong at the server: tell whoever runs it now.",
        good: false,
      };
    case "not_held":
      return {
        text: "The server's record says revoked. This computer does not hold the secret, so the key itself could not be presented.",
        good: true,
      };
    case "failed":
      return { text: `The server's record says revoked. Presenting the key to check failed: ${check.why}`, good: false };
  }
}

/** A key that only its own system can end, and that is not over there. */
export function worksWords(check: RevocationCheck): string {
  return check.result === "failed" ? `It could not be presented: ${check.why}` : "It was presented, and accepted: end it at its own system first. Nothing was changed here.";
}

/** Whether a member may change a key: a member only those that he made. */
export function mayChange(role: Role, own: boolean): boolean {
  return role === "owner" || role === "admin" || (role === "member" && own);
}

/** Why a scope can't be given; empty where it can. */
export function whyNotGrantable(organization: Organization, scope: string): string {
  return organization.grantable.includes(scope) ? "" : `Your role (${ROLE[organization.role].toLowerCase()}) can't give this scope.`;
}

export function sameScopes(a: Scopes, b: Scopes): boolean {
  return a.length === b.length && [...a].sort().every((scope, i) => scope === [...b].sort()[i]);
}

/** The name of the access that a set of scopes is, if it is one. */
export function accessOf(organization: Organization, scopes: Scopes): Access | null {
  return organization.accesses.find((access) => sameScopes(access.scopes, scopes))?.access ?? null;
}
