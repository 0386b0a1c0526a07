import type { Backend } from "../backend/backend";
import type { Connection, ConnectionId, Organization, OrganizationId } from "../bindings/console";
import type { Notices } from "./notices.svelte";

/** The connections of this person, and which one is shown. */
export class Connections {
  all = $state.raw<Connection[]>([]);
  shown = $state<ConnectionId | null>(null);
  /** The connection whose session ended while it was worked with: it is asked for again in place. */
  interrupted = $state<ConnectionId | null>(null);

  current: Connection | null = $derived(this.all.find((connection) => connection.id === this.shown) ?? null);
  organization: Organization | null = $derived.by(() => {
    const connection = this.current;
    if (!connection) return null;
    const shown = connection.organizations.find((organization) => organization.id === connection.organization);
    return shown ?? connection.organizations[0] ?? null;
  });

  #backend: Backend;
  #notices: Notices;

  constructor(backend: Backend, notices: Notices) {
    this.#backend = backend;
    this.#notices = notices;
  }

  /** Takes over a connection as it is now. */
  put(connection: Connection): void {
    const before = this.all.find((other) => other.id === connection.id);
    this.all = before
      ? this.all.map((other) => (other.id === connection.id ? connection : other))
      : [...this.all, connection];
    if (connection.state === "signed_in" && this.interrupted === connection.id) this.interrupted = null;
    // The session was ended by the server while its keys are on screen: what is typed stays.
    if (before?.state === "signed_in" && connection.state === "signed_out" && connection.id === this.shown && !this.#leaving) {
      this.interrupted = connection.id;
    }
  }

  set(connections: Connection[], shown: ConnectionId | null): void {
    this.all = connections;
    this.shown = connections.some((connection) => connection.id === shown) ? shown : (connections[0]?.id ?? null);
  }

  show(id: ConnectionId): void {
    this.shown = id;
    this.interrupted = null;
    this.#remember();
  }

  showOrganization(id: OrganizationId): void {
    const connection = this.current;
    if (!connection) return;
    this.put({ ...connection, organization: id });
    this.#remember();
  }

  sessionEnded(): void {
    const connection = this.current;
    if (connection && !this.#leaving) this.interrupted = connection.id;
  }

  #leaving = false;

  /** Signs out on purpose, which interrupts nothing. */
  async leave(work: () => Promise<Connection>): Promise<void> {
    this.#leaving = true;
    try {
      this.put(await work());
      this.interrupted = null;
    } finally {
      this.#leaving = false;
    }
  }

  #remember(): void {
    const connection = this.current;
    if (!connection) return;
    const organization = this.organization?.id ?? null;
    this.#backend.showConnection(connection.id, organization).catch((reason) => this.#notices.failed(reason));
  }
}
