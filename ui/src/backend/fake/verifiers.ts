/** The fake server's verifiers. Their secrets do not exist: the page has none to show. */
import type { Connection, Organization, OrganizationId, User } from "../../bindings/console";
import type { Backend } from "../backend";
import { fakeId, iso } from "./data";
import type { Fake } from "./fake";
import { note, person, type Team } from "./people";

export type VerifierMethods = Pick<Backend, "verifiers" | "makeVerifier" | "copyVerifier" | "forgetVerifier" | "revokeVerifier">;

interface There {
  of(connection: Connection, id: OrganizationId): Organization;
  team(id: OrganizationId): Team;
  may(organization: Organization, permission: Organization["permissions"][number]): void;
  me(connection: Connection): User;
}

export function verifierMethods({ world, network, here, failure, signedIn, copied }: Fake, { of, team, may, me }: There): VerifierMethods {
  return {
    verifiers: (operation, id, organizationId) =>
      network("verifiers", operation, () => {
        of(signedIn(id), organizationId);
        return team(organizationId).verifiers;
      }),
    makeVerifier: (operation, id, organizationId, wanted) =>
      network("makeVerifier", operation, () => {
        const connection = signedIn(id);
        may(of(connection, organizationId), "manage_verifiers");
        const there = team(organizationId);
        const made = { id: fakeId("7e71"), name: wanted.name, created_at: iso(Date.now()), created_by: person(me(connection)), revoked_at: null };
        there.verifiers = [made, ...there.verifiers];
        note(there, me(connection), "verifier_created", made.id, made.name, null, { name: made.name });
        // The answer is lost: it was made all the same.
        if (world.loses) throw failure("unreachable", "keys.northwind.example did not answer. It may have been made all the same. Its secret can't be had any more: where the list shows it, revoke it and make another.");
        there.secrets.add(made.id);
        return made;
      }),
    copyVerifier: (verifier) =>
      here("copyVerifier", () => {
        const found = [...world.teams.values()].find((one) => one.secrets.has(verifier))?.verifiers.find((one) => one.id === verifier);
        if (!found) throw failure("not_found", "The secret of this verifier is not in this program any more: revoke it and make another.");
        return copied(`verifier ${found.name}`);
      }),
    forgetVerifier: (verifier) => here("forgetVerifier", () => world.teams.forEach((one) => one.secrets.delete(verifier))),
    revokeVerifier: (operation, id, organizationId, verifier) =>
      network("revokeVerifier", operation, () => {
        const connection = signedIn(id);
        may(of(connection, organizationId), "manage_verifiers");
        const there = team(organizationId);
        const before = there.verifiers.find((one) => one.id === verifier);
        if (!before) throw failure("not_found", "There is no such verifier.");
        there.secrets.delete(verifier);
        if (before.revoked_at !== null) return;
        there.verifiers = there.verifiers.map((one) => (one === before ? { ...one, revoked_at: iso(Date.now()) } : one));
        note(there, me(connection), "verifier_revoked", before.id, before.name, null, null);
      }),
  };
}
