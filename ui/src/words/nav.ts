/** Which views an organization has for who is signed in. */
import type { Capabilities, Connection, Organization, Permission } from "../bindings/console";

export type OrganizationView = "keys" | "usage" | "people" | "audit" | "organization";

interface Item {
  view: OrganizationView;
  word: string;
  needs: Permission;
  /** Nobody else can reach a server that listens on this computer alone. */
  local: boolean;
  /** Not every server can do it. */
  can?: keyof Capabilities;
}

const ITEMS: Item[] = [
  { view: "keys", word: "Keys", needs: "see", local: true },
  { view: "usage", word: "Usage", needs: "see", local: true, can: "usage" },
  { view: "people", word: "People", needs: "see", local: false, can: "members" },
  { view: "audit", word: "Audit log", needs: "read_audit", local: true, can: "audit" },
  { view: "organization", word: "Organization", needs: "see", local: true, can: "organizations" },
];

/** Keys are always there; the rest as the person's permissions say. */
export function viewsOf(connection: Connection | null, organization: Organization | null): Item[] {
  return ITEMS.filter(
    ({ view, needs, local, can }) =>
      view === "keys" ||
      (connection !== null && organization?.permissions.includes(needs) === true && (local || connection.kind !== "local") && (can === undefined || connection.capabilities[can])),
  );
}
