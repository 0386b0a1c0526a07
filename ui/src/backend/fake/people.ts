/** The people of an organization: members, invitations, sessions, and what the audit log says of them. */
import type { Action, AuditEntry, Invitation, Key, KeyRow, Member, Organization, Person, Role, SessionEntry, User, Verifier } from "../../bindings/console";
import { ADA, BOB, DAY, fakeId, GRACE, HOUR, iso, LINUS, MINUTE, VERA } from "./data";

export interface Team {
  members: Member[];
  invitations: Invitation[];
  /** The invitations whose links this start of the program made. */
  links: Set<string>;
  verifiers: Verifier[];
  /** The verifiers whose secrets this start of the program still has. */
  secrets: Set<string>;
  audit: AuditEntry[];
  /** What does not add up in the chain. */
  broken: string | null;
  /** What this computer saw before and is not there any more. */
  wentBack: string | null;
}

export const person = (user: User): Person => ({ id: user.id, email: user.email });

export function member(user: User, role: Role, days: number, keys = 0): Member {
  return { user, role, joined_at: iso(Date.now() - days * DAY), keys };
}

export function emptyTeam(members: Member[]): Team {
  return { members, invitations: [], links: new Set(), verifiers: [], secrets: new Set(), audit: [], broken: null, wentBack: null };
}

/** Ada owns, or Grace where Ada is less; Linus works, Vera looks; one invitation waits, and one is over. */
export function someTeam(of: Organization, rows: KeyRow[], ada: Role = "owner"): Team {
  const now = Date.now();
  const keysOf = (user: User) => rows.filter(({ key }) => key.created_by.id === user.id && key.revoked_at === null).length;
  const invitation = (email: string, role: Role, made: number, left: number): Invitation => ({
    id: fakeId("1111"),
    email,
    role,
    created_at: iso(now - made),
    created_by: person(ADA),
    expires_at: iso(now + left),
  });
  const team = emptyTeam([
    member(ADA, ada, 400, keysOf(ADA)),
    member(GRACE, ada === "owner" ? "admin" : "owner", 210, keysOf(GRACE)),
    member(LINUS, "member", 96, keysOf(LINUS)),
    member(VERA, "viewer", 12, keysOf(VERA)),
  ]);
  team.invitations = [invitation("margaret@northwind.example", "member", 2 * DAY, 5 * DAY), invitation("dennis@northwind.example", "admin", 9 * DAY, -2 * DAY)];
  const verifier = (name: string, by: User, made: number, revoked: number | null): Verifier => ({
    id: fakeId("7e71"),
    name,
    created_at: iso(now - made),
    created_by: person(by),
    revoked_at: revoked === null ? null : iso(now - revoked),
  });
  team.verifiers = [verifier("Search API", GRACE, 9 * DAY, null), verifier("Billing API", ADA, 210 * DAY, null), verifier("Billing API (old)", BOB, 390 * DAY, 205 * DAY)];
  team.audit = someHistory(of, rows, team);
  return team;
}

type Line = [at: number, actor: User | null, action: Action, target: string, name: string | null, before: object | null, after: object | null];

function someHistory(of: Organization, rows: KeyRow[], team: Team): AuditEntry[] {
  const now = Date.now();
  const lines: Line[] = [
    [now - 400 * DAY, null, "organization_created", of.id, of.name, null, { name: of.name, prefix: of.prefix }],
    [now - 400 * DAY + MINUTE, null, "member_added", ADA.id, ADA.email, null, { role: "owner" }],
    [now - 210 * DAY, GRACE, "member_added", GRACE.id, GRACE.email, null, { role: "member" }],
    [now - 205 * DAY, ADA, "member_updated", GRACE.id, GRACE.email, { role: "member" }, { role: "admin" }],
    [now - 96 * DAY, LINUS, "member_added", LINUS.id, LINUS.email, null, { role: "member" }],
    [now - 30 * DAY, ADA, "organization_updated", of.id, of.name, { presets: [] }, { presets: of.presets.map((preset) => preset.name) }],
    [now - 14 * DAY, GRACE, "member_removed", BOB.id, BOB.email, { role: "member" }, null],
    [now - 12 * DAY, VERA, "member_added", VERA.id, VERA.email, null, { role: "viewer" }],
    [now - 3 * HOUR, LINUS, "refused", rows[0]?.key.id ?? of.id, rows[0]?.key.name ?? of.name, null, { asked: "revoke a key", needs: "change_all_keys" }],
  ];
  for (const invitation of team.invitations) {
    lines.push([Date.parse(invitation.created_at), ADA, "invitation_created", invitation.id, invitation.email, null, { role: invitation.role, expires_at: invitation.expires_at }]);
  }
  for (const verifier of team.verifiers) {
    const by = [ADA, GRACE].find((user) => user.id === verifier.created_by.id) ?? BOB;
    lines.push([Date.parse(verifier.created_at), by, "verifier_created", verifier.id, verifier.name, null, { name: verifier.name }]);
    if (verifier.revoked_at) lines.push([Date.parse(verifier.revoked_at), ADA, "verifier_revoked", verifier.id, verifier.name, null, null]);
  }
  for (const { key } of rows) {
    const by = [ADA, GRACE, LINUS, VERA, BOB].find((user) => user.id === key.created_by.id) ?? ADA;
    lines.push([Date.parse(key.created_at), by, "key_created", key.id, key.name, null, { name: key.name, environment: key.environment, scopes: key.scopes, expires_at: key.expires_at }]);
    if (!key.enabled) lines.push([now - 2 * DAY, GRACE, "key_updated", key.id, key.name, { enabled: true }, { enabled: false }]);
    if (key.revoked_at) lines.push([Date.parse(key.revoked_at), ADA, "key_revoked", key.id, key.name, { status: "active" }, { status: "revoked" }]);
  }
  return lines.sort((a, b) => a[0] - b[0]).map((line, index) => entry(index + 1, line));
}

function entry(sequence: number, [at, actor, action, target, name, before, after]: Line): AuditEntry {
  return {
    sequence,
    at: iso(at),
    actor: actor ? person(actor) : null,
    action,
    target,
    target_name: name,
    before: before as Record<string, unknown> | null,
    after: after as Record<string, unknown> | null,
    mac: sequence.toString(16).padStart(64, "0"),
  };
}

/** Appends what was just done, as the server does in the same transaction. */
export function note(team: Team, actor: User, action: Action, target: string, name: string | null, before: object | null, after: object | null): void {
  team.audit = [...team.audit, entry((team.audit.at(-1)?.sequence ?? 0) + 1, [Date.now(), actor, action, target, name, before, after])];
}

export function someSessions(): SessionEntry[] {
  const now = Date.now();
  const entry = (current: boolean, made: number, used: number, client: string | null, address: string | null): SessionEntry => ({
    id: fakeId("5e55"),
    current,
    created_at: iso(now - made),
    last_used_at: iso(now - used),
    expires_at: iso(now - used + 14 * DAY),
    client,
    address,
  });
  return [
    entry(true, 3 * DAY, 30_000, "keydeck/0.1.0 (ada-laptop; Linux)", "203.0.113.7"),
    entry(false, 20 * DAY, 5 * HOUR, "keydeck/0.1.0 (Ada's MacBook Pro; macOS)", "198.51.100.23"),
    entry(false, 33 * DAY, 9 * DAY, null, null),
  ];
}

/** Whether a scope is in the hands of a key that works or can work again. */
export function usesScope(rows: KeyRow[], scope: string): Key | undefined {
  return rows.find(({ key }) => key.revoked_at === null && key.scopes.includes(scope))?.key;
}
