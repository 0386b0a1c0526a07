/** Which views an organization has for who is signed in. */
import type { Connection, Organization, Permission } from "../bindings/console";

export type OrganizationView = "keys" | "people" | "audit" | "organization";

interface Item {
  view: OrganizationView;
  word: string;
  needs: Permission;
  /** Nobody else can reach a server that listens on this computer alone. */
  local: boolean;
}

const ITEMS: Item[] = [
  { view: "keys", word: "Keys", needs: "see", local: true },
  { view: "people", word: "People", needs: "see", local: false },
  { view: "audit", word: "Audit log", needs: "read_audit", local: true },
  { view: "organization", word: "Organization", needs: "see", local: true },
];

/** Keys are always there; the rest as the person's permissions say. */
export function viewsOf(connection: Connection | null, organization: Organization | null): Item[] {
  return ITEMS.filter(
    ({ view, needs, local }) =>
      view === "keys" ||
      (connection !== null && organization?.permissions.includes(needs) === true && (local || connection.kind !== "local")),
  );
}
