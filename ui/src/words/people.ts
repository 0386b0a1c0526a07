/** The words of people: what each role may do, and what a change of a role means. */
import { LEAST_ROLE, ROLES, type Member, type Organization, type Permission, type Role } from "../bindings/console";
import { ROLE } from "./keys";

/** What a role is, in one line, to who gives it. */
export const ROLE_IS: Record<Role, string> = {
  viewer: "Sees keys and people, changes nothing.",
  member: "Makes keys, and changes those that are his own.",
  admin: "Changes all keys, invites people, reads the audit log.",
  owner: "May do all there is, also to the organization itself.",
};

export const PERMISSION: Record<Permission, string> = {
  see: "See the organization, its keys, its members and its verifiers",
  create_keys: "Make keys",
  change_own_keys: "Change, disable and revoke the keys that one made oneself",
  change_all_keys: "Change, disable and revoke every key",
  manage_verifiers: "Make and revoke verifiers",
  manage_webhooks: "See, make, test and delete webhooks",
  manage_members: "Invite people, change roles and remove members, owners apart",
  read_audit: "Read, filter, check and export the audit log",
  edit_catalogue: "Change the scope catalogue, the presets and the limits",
  manage_owners: "Invite owners, make, demote and remove them",
  rename_organization: "Rename the organization and change its key prefix",
  create_organization: "Make another organization on the same server",
};

/** From what everybody may to what owners alone may. */
export const PERMISSIONS = Object.keys(LEAST_ROLE) as Permission[];

const power = (role: Role) => ROLES.indexOf(role);

export function roleMay(role: Role, permission: Permission): boolean {
  return power(role) >= power(LEAST_ROLE[permission]);
}

/** Whether who is signed in may give this role, or take it away. */
export function manages(organization: Organization, role: Role): boolean {
  return organization.permissions.includes(role === "owner" ? "manage_owners" : "manage_members");
}

/** The roles that who is signed in can give, from the least power to the most. */
export function givable(organization: Organization): Role[] {
  return ROLES.filter((role) => manages(organization, role));
}

/** What a member may not do any more in another role. */
export function lost(from: Role, to: Role): Permission[] {
  return PERMISSIONS.filter((permission) => roleMay(from, permission) && !roleMay(to, permission));
}

/** Whether a change of a role is asked about first: power goes away, or an owner is made. */
export function grave(from: Role, to: Role): boolean {
  return to === "owner" || power(to) < power(from);
}

export function called({ user }: Pick<Member, "user">): string {
  return user.name || user.email;
}

/** Nobody else could look after the organization. */
export const LAST_OWNER = "The only owner: make somebody else an owner first.";

/** Why a member's role can't be changed, or he can't be removed; empty where he can. */
export function whyFixed(organization: Organization, member: Member, members: Member[]): string {
  if (!manages(organization, member.role)) {
    return givable(organization).length === 0 ? `Your role (${ROLE[organization.role].toLowerCase()}) does not manage people.` : "Only owners manage owners.";
  }
  return isLastOwner(member, members) ? LAST_OWNER : "";
}

export function isLastOwner(member: Member, members: Member[]): boolean {
  return member.role === "owner" && members.filter((other) => other.role === "owner").length === 1;
}

/** `an owner`, `a viewer`. */
export function aRole(role: Role): string {
  const word = ROLE[role].toLowerCase();
  return `${/^[aeiou]/.test(word) ? "an" : "a"} ${word}`;
}
