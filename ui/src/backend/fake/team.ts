/** The fake server's people: members, invitations, sessions, organizations, the audit log. */
import type { Connection, Member, Organization, OrganizationId, Role, UserId } from "../../bindings/console";
import type { Backend } from "../backend";
import { ADA, DAY, fakeId, iso, organization, seenAs } from "./data";
import { emptyTeam, member, note, person, usesScope, type Team } from "./people";
import { answerAudit } from "./query";
import type { Fake } from "./fake";
import { verifierMethods, type VerifierMethods } from "./verifiers";

const EMAIL = /^[^@\s]+@[^@\s]+\.[^@\s]+$/;
const PREFIX = /^[a-z][a-z0-9]{1,15}$/;
const PASSWORD_MIN = 10;

type TeamMethods = VerifierMethods & Pick<
  Backend,
  | "sessions"
  | "endSession"
  | "changePassword"
  | "renameAccount"
  | "createOrganization"
  | "changeOrganization"
  | "leaveOrganization"
  | "members"
  | "changeMember"
  | "removeMember"
  | "invitations"
  | "invite"
  | "copyInvitation"
  | "withdrawInvitation"
  | "audit"
  | "checkAudit"
  | "exportAudit"
>;

export function checkPassword({ failure }: Pick<Fake, "failure">, password: string): void {
  if (password.length < PASSWORD_MIN) throw failure("invalid", `a password must have at least ${PASSWORD_MIN} characters`);
}

export function checkEmail({ failure }: Pick<Fake, "failure">, email: string): void {
  if (!EMAIL.test(email)) throw failure("invalid", "`email`: must be an e-mail address, such as ada@example.org");
}

export function checkPrefix({ failure }: Pick<Fake, "failure">, prefix: string): void {
  if (!PREFIX.test(prefix)) throw failure("invalid", "`prefix`: a prefix is 2 to 16 of a-z and 0-9, beginning with a letter");
}

export function teamMethods(fake: Fake): TeamMethods {
  const { world, network, here, failure, view, emit, rows, signedIn, password } = fake;

  const of = (connection: Connection, id: OrganizationId): Organization => {
    const found = connection.organizations.find((one) => one.id === id);
    if (!found) throw failure("not_found", "There is no such organization.");
    return found;
  };
  const team = (id: OrganizationId): Team => {
    const there = world.teams.get(id) ?? emptyTeam([member(ADA, "owner", 1)]);
    world.teams.set(id, there);
    return there;
  };
  const put = (connection: Connection, changed: Organization) => {
    connection.organizations = connection.organizations.map((one) => (one.id === changed.id ? changed : one));
    emit({ event: "connection", connection: view(connection) });
  };
  const leave = (connection: Connection, id: OrganizationId) => {
    connection.organizations = connection.organizations.filter((one) => one.id !== id);
    if (connection.organization === id) connection.organization = connection.organizations[0]?.id ?? null;
  };
  const me = (connection: Connection) => connection.user ?? ADA;
  const may = (organization: Organization, permission: Organization["permissions"][number]) => {
    if (!organization.permissions.includes(permission)) throw failure("forbidden", `Your role is ${organization.role}.`);
  };
  const found = (id: OrganizationId, user: UserId): Member => {
    const there = team(id).members.find((one) => one.user.id === user);
    if (!there) throw failure("not_found", "There is no such member.");
    return there;
  };
  const keepsAnOwner = (id: OrganizationId, user: UserId, role: Role | null) => {
    const owners = team(id).members.filter((one) => one.role === "owner");
    if (role !== "owner" && owners.length === 1 && owners[0]?.user.id === user) {
      throw failure("conflict", "An organization keeps at least one owner. Make somebody else an owner first.");
    }
  };

  return {
    sessions: (operation, id) => network("sessions", operation, () => (signedIn(id), world.sessions.get(id) ?? [])),
    endSession: (operation, id, session) =>
      network("endSession", operation, () => {
        signedIn(id);
        world.sessions.set(id, (world.sessions.get(id) ?? []).filter((one) => one.id !== session));
      }),
    changePassword: (operation, id, current, next) =>
      network("changePassword", operation, () => {
        signedIn(id);
        if (current !== password()) throw failure("wrong_credentials", "The current password is wrong.");
        checkPassword(fake, next);
        world.sessions.set(id, (world.sessions.get(id) ?? []).filter((one) => one.current));
        world.password = next;
      }),
    renameAccount: (operation, id, name) =>
      network("renameAccount", operation, () => {
        const connection = signedIn(id);
        if (name.trim() === "") throw failure("invalid", "`name`: must not be empty");
        connection.user = { ...me(connection), name: name.trim() };
        return view(connection);
      }),

    createOrganization: (operation, id, wanted) =>
      network("createOrganization", operation, () => {
        const connection = signedIn(id);
        checkPrefix(fake, wanted.prefix);
        if (connection.organizations.some((one) => one.name === wanted.name)) throw failure("conflict", `There is an organization ${wanted.name} already.`);
        const made = { ...organization(wanted.name, wanted.prefix), presets: [], version: 1 };
        world.keys.set(made.id, []);
        world.teams.set(made.id, emptyTeam([member(me(connection), "owner", 0)]));
        connection.organizations = [...connection.organizations, made];
        connection.organization = made.id;
        return view(connection);
      }),
    changeOrganization: (operation, id, organizationId, version, change) =>
      network("changeOrganization", operation, () => {
        const connection = signedIn(id);
        let before = of(connection, organizationId);
        if (world.rival) {
          world.rival = false;
          before = { ...before, name: `${before.name} Group`, version: before.version + 1 };
          put(connection, before);
        }
        may(before, change.name !== undefined || change.prefix !== undefined ? "rename_organization" : "edit_catalogue");
        if (before.version !== version) return { result: "changed", organization: before } as const;
        if (change.prefix !== undefined) checkPrefix(fake, change.prefix);
        const bad = change.scopes?.find(({ scope }) => !/^[a-z0-9_.-]+(:[a-z0-9_.-]+)?$/.test(scope));
        if (bad) throw failure("invalid", "`scopes`: a scope is 1 to 64 of a-z, 0-9, `_`, `-` and `.`, with at most one `:` between resource and action");
        for (const gone of before.scopes.filter(({ scope }) => change.scopes && !change.scopes.some((one) => one.scope === scope))) {
          const user = usesScope(rows(organizationId), gone.scope);
          if (user) throw failure("conflict", `The key ${user.name} has the scope ${gone.scope}. Take it from the key first.`);
        }
        const after = seenAs({ ...before, ...change, version: version + 1 } as Organization, before.role);
        note(team(organizationId), me(connection), "organization_updated", before.id, after.name, { name: before.name, prefix: before.prefix }, { ...change });
        put(connection, after);
        return { result: "saved", organization: after } as const;
      }),
    leaveOrganization: (operation, id, organizationId) =>
      network("leaveOrganization", operation, () => {
        const connection = signedIn(id);
        const user = me(connection);
        keepsAnOwner(organizationId, user.id, null);
        const there = team(organizationId);
        there.members = there.members.filter((one) => one.user.id !== user.id);
        leave(connection, organizationId);
        return view(connection);
      }),

    members: (operation, id, organizationId) =>
      network("members", operation, () => {
        of(signedIn(id), organizationId);
        return [...team(organizationId).members].sort((a, b) => (a.user.email < b.user.email ? -1 : 1));
      }),
    changeMember: (operation, id, organizationId, user, role) =>
      network("changeMember", operation, () => {
        const connection = signedIn(id);
        const before = found(organizationId, user);
        may(of(connection, organizationId), before.role === "owner" || role === "owner" ? "manage_owners" : "manage_members");
        keepsAnOwner(organizationId, user, role);
        const there = team(organizationId);
        const now = { ...before, role };
        there.members = there.members.map((one) => (one === before ? now : one));
        note(there, me(connection), "member_updated", user, before.user.email, { role: before.role }, { role });
        if (user === connection.user?.id) put(connection, seenAs(of(connection, organizationId), role));
        return now;
      }),
    removeMember: (operation, id, organizationId, user) =>
      network("removeMember", operation, () => {
        const connection = signedIn(id);
        const before = found(organizationId, user);
        may(of(connection, organizationId), before.role === "owner" ? "manage_owners" : "manage_members");
        keepsAnOwner(organizationId, user, null);
        const there = team(organizationId);
        there.members = there.members.filter((one) => one !== before);
        note(there, me(connection), "member_removed", user, before.user.email, { role: before.role }, null);
        world.keys.set(
          organizationId,
          rows(organizationId).map((row) => (row.key.created_by.id === user ? { ...row, key: { ...row.key, creator_left: true } } : row)),
        );
      }),
    invitations: (operation, id, organizationId) =>
      network("invitations", operation, () => {
        of(signedIn(id), organizationId);
        return team(organizationId).invitations;
      }),
    invite: (operation, id, organizationId, wanted) =>
      network("invite", operation, () => {
        const connection = signedIn(id);
        may(of(connection, organizationId), wanted.role === "owner" ? "manage_owners" : "manage_members");
        checkEmail(fake, wanted.email);
        const there = team(organizationId);
        if (there.members.some((one) => one.user.email === wanted.email)) throw failure("conflict", `${wanted.email} is a member already.`);
        const made = {
          id: fakeId("1111"),
          ...wanted,
          created_at: iso(Date.now()),
          created_by: person(me(connection)),
          expires_at: iso(Date.now() + 7 * DAY),
        };
        there.invitations = [made, ...there.invitations.filter((one) => one.email !== wanted.email)];
        there.links.add(made.id);
        note(there, me(connection), "invitation_created", made.id, made.email, null, { role: made.role });
        return made;
      }),
    copyInvitation: (invitation) =>
      here("copyInvitation", () => {
        const of = [...world.teams.values()].find((one) => one.links.has(invitation))?.invitations.find((one) => one.id === invitation);
        if (!of) throw failure("not_found", "The link of this invitation is not in this program any more: invite the person again.");
        return fake.copied(`invitation of ${of.email}`);
      }),
    withdrawInvitation: (operation, id, organizationId, invitation) =>
      network("withdrawInvitation", operation, () => {
        const connection = signedIn(id);
        may(of(connection, organizationId), "manage_members");
        const there = team(organizationId);
        const gone = there.invitations.find((one) => one.id === invitation);
        if (!gone) throw failure("not_found", "There is no such invitation.");
        there.invitations = there.invitations.filter((one) => one !== gone);
        note(there, me(connection), "invitation_revoked", gone.id, gone.email, { role: gone.role }, null);
      }),

    ...verifierMethods(fake, { of, team, may, me }),

    audit: (operation, id, organizationId, query) =>
      network("audit", operation, () => {
        may(of(signedIn(id), organizationId), "read_audit");
        return answerAudit(team(organizationId).audit, query);
      }),
    checkAudit: (operation, id, organizationId) =>
      network("checkAudit", operation, () => {
        may(of(signedIn(id), organizationId), "read_audit");
        const { audit, broken, wentBack } = team(organizationId);
        return { check: { entries: audit.length, broken }, went_back: wentBack };
      }),
    exportAudit: (operation, id, organizationId, query, format) =>
      network("exportAudit", operation, () => {
        const name = of(signedIn(id), organizationId).name.toLowerCase();
        const { cursor: _cursor, ...filter } = query;
        if (world.traffic.closes) return null;
        const all = answerAudit(team(organizationId).audit, { ...filter, limit: Number.MAX_SAFE_INTEGER });
        return { path: `/home/ada/Downloads/keydeck-audit-${name}.${format}`, bytes: all.total * 260 };
      }),
  };
}
