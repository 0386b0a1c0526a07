/** The fake's key servers themselves: adding one, claiming a fresh one, joining by an invitation. */
import type { Connection, Invited, NewConnection, ServerIdentity, ServerKind, User } from "../../bindings/console";
import type { Backend } from "../backend";
import { ADA, ALL, connection, fakeId, iso, organization, seenAs } from "./data";
import type { Fake } from "./fake";
import { CAN, KINDS } from "./kinds";
import { emptyTeam, member } from "./people";
import { checkEmail, checkPassword, checkPrefix } from "./team";

type ServerMethods = Pick<
  Backend,
  "probeServer" | "addConnection" | "editConnection" | "claimServer" | "lookAtInvitation" | "acceptInvitation" | "refreshConnection"
>;

/** The only token that claims a fresh server here. */
export const CLAIM_TOKEN = "kdc_fresh";

/** Who is there where nobody signs in. */
function nobody(address: string): User {
  const host = new URL(address).host;
  return { id: fakeId("aaaa"), email: `key@${host}`, name: host };
}

export function serverMethods(fake: Fake): ServerMethods {
  const { world, network, failure, view, find, emit } = fake;

  const identify = (address: string, kind: ServerKind = "keydeck"): ServerIdentity => {
    const origin = (address.includes("://") ? address : `https://${address}`).replace(/\/+$/, "");
    if (origin.startsWith("http://") && !/^http:\/\/(127\.|localhost|\[::1\])/.test(origin)) {
      throw failure("insecure_address", `${origin} is not https, and not this computer.`);
    }
    if (kind !== "keydeck") return { address: origin, name: KINDS.find((one) => one.kind === kind)?.title ?? kind, version: "", claimed: true, proxy: world.proxy };
    return { address: origin, name: "keydeck-server", version: "0.2.0", claimed: !world.fresh.has(origin), proxy: world.proxy };
  };
  const add = (wanted: NewConnection, part: Partial<Connection>): Connection => {
    const made = connection({ ...wanted, kind: wanted.kind ?? "keydeck", tenant: wanted.tenant ?? null, capabilities: CAN[wanted.kind ?? "keydeck"] ?? ALL, name: wanted.name || new URL(wanted.address).host, proxy: world.proxy, user: null, ...part });
    world.connections.push(made);
    return made;
  };
  const invited = (link: string): Invited => {
    const found = world.offers.get(link.trim());
    if (!found || Date.parse(found.offer.expires_at) <= Date.now()) throw failure("not_found", "The invitation was used, withdrawn, or its time is over.");
    return found;
  };

  return {
    probeServer: (operation, kind, address) => network("probeServer", operation, () => identify(address, kind)),
    addConnection: (operation, wanted) =>
      network("addConnection", operation, () => {
        if (world.fresh.has(wanted.address)) return add(wanted, { state: "unclaimed" });
        const alone = KINDS.find((one) => one.kind === wanted.kind)?.sign_in === "nothing";
        const of = organization(wanted.tenant ?? (alone ? new URL(wanted.address).host : "Northwind"), "nw");
        world.keys.set(of.id, []);
        if (alone) return view(add(wanted, { state: "signed_in", user: nobody(wanted.address), organizations: [of], organization: of.id }));
        return view(add(wanted, { state: "signed_out", organizations: [of], organization: of.id }));
      }),
    editConnection: (operation, id, wanted) =>
      network("editConnection", operation, () => {
        const one = find(id);
        const state = one.address === wanted.address ? one.state : ("signed_out" as const);
        return view(Object.assign(one, { ...wanted, kind: one.kind, tenant: wanted.tenant ?? one.tenant, state }));
      }),
    refreshConnection: (operation, id) =>
      network("refreshConnection", operation, () => {
        const one = find(id);
        if (world.down.has(id)) {
          if (one.state !== "unreachable") {
            one.state = "unreachable";
            emit({ event: "connection", connection: view(one) });
          }
          throw failure("unreachable", `${new URL(one.address).host} did not answer.`);
        }
        if (one.state === "unreachable") Object.assign(one, { state: one.user ? "signed_in" : "signed_out", answered_at: iso(Date.now()) });
        emit({ event: "connection", connection: view(one) });
        return view(one);
      }),

    claimServer: (operation, id, form) =>
      network("claimServer", operation, () => {
        const one = find(id);
        if (form.token !== CLAIM_TOKEN) throw failure("wrong_credentials", "The server does not know this token.");
        checkEmail(fake, form.email);
        checkPassword(fake, form.password);
        checkPrefix(fake, form.prefix);
        world.fresh.delete(one.address);
        const of = organization(form.organization, form.prefix);
        const user = { ...ADA, id: fakeId("aaaa"), email: form.email, name: form.name };
        world.keys.set(of.id, []);
        world.teams.set(of.id, emptyTeam([member(user, "owner", 0)]));
        return Object.assign(one, { state: "signed_in", user, organizations: [of], organization: of.id });
      }),
    lookAtInvitation: (operation, link) => network("lookAtInvitation", operation, () => invited(link)),
    acceptInvitation: (operation, form) =>
      network("acceptInvitation", operation, () => {
        const { server, offer, connection: there } = invited(form.link);
        if (offer.known) {
          if (form.password !== fake.password()) throw failure("wrong_credentials", "The server does not know this pair.");
        } else {
          if (form.name.trim() === "") throw failure("invalid", "`name`: must not be empty");
          checkPassword(fake, form.password);
        }
        world.offers.delete(form.link.trim());
        const of = seenAs({ ...organization(offer.organization, "ct"), id: offer.organization_id }, offer.role);
        const one = there ? find(there) : add({ name: form.connection_name, address: server.address, colour: form.colour, ca_file: form.ca_file }, {});
        const user = one.user ?? { ...ADA, id: fakeId("aaaa"), email: offer.email, name: form.name };
        world.keys.set(of.id, world.keys.get(of.id) ?? []);
        world.teams.set(of.id, world.teams.get(of.id) ?? emptyTeam([member(user, offer.role, 0)]));
        return Object.assign(one, { state: "signed_in", user, organizations: [...one.organizations.filter((other) => other.id !== of.id), of], organization: of.id });
      }),
  };
}
