import type { Backend } from "../backend/backend";
import type { Colour, Connection, ConnectionId, KindInfo, Organization, OrganizationId, ServerKind } from "../bindings/console";
import type { Notices } from "./notices.svelte";

/** As they are offered. */
const COLOURS: Colour[] = ["blue", "green", "violet", "orange", "grey"];

/** The connections of this person, and which one is shown. */
export class Connections {
  all = $state.raw<Connection[]>([]);
  /** The kinds of key servers that this version knows. */
  kinds = $state.raw<KindInfo[]>([]);
  shown = $state<ConnectionId | null>(null);
  /** The connection whose session ended while it was worked with: it is asked for again in place. */
  interrupted = $state<ConnectionId | null>(null);
  /** Counts the sessions that were taken up again: what failed because of the session has lost its reason. */
  resumed = $state(0);

  current: Connection | null = $derived(this.all.find((connection) => connection.id === this.shown) ?? null);
  organization: Organization | null = $derived.by(() => {
    const connection = this.current;
    if (!connection) return null;
    const shown = connection.organizations.find((organization) => organization.id === connection.organization);
    return shown ?? connection.organizations[0] ?? null;
  });

  /** The notices that were closed, by connection: each comes again when it says something else. */
  #closed: Record<ConnectionId, string | null> = $state({});

  #backend: Backend;
  #notices: Notices;

  constructor(backend: Backend, notices: Notices) {
    this.#backend = backend;
    this.#notices = notices;
  }

  /** Takes over a connection as it is now. A session that ended on purpose interrupts nothing. */
  put(connection: Connection, onPurpose = this.#leaving > 0): void {
    const before = this.all.find((other) => other.id === connection.id);
    if (connection.state === "signed_in" && this.interrupted === connection.id) {
      this.interrupted = null;
      this.resumed++;
    }
    // The session was ended by the server while its keys are on screen: what is typed stays.
    if (before?.state === "signed_in" && connection.state === "signed_out" && connection.id === this.shown && !onPurpose) {
      this.interrupted = connection.id;
    }
    // Nobody is signed in, so the program tells of no organizations; what is on screen stays there.
    const shown =
      before && this.interrupted === connection.id && connection.state === "signed_out"
        ? { ...connection, user: before.user, organizations: before.organizations, organization: before.organization }
        : connection;
    this.all = before ? this.all.map((other) => (other.id === connection.id ? shown : other)) : [...this.all, shown];
  }

  /** Where a key lives. Nobody tells of an organization to who is signed out. */
  where(at: { connection: ConnectionId; organization: OrganizationId }): { connection: Connection; organization: Organization | null } | null {
    const connection = this.all.find((other) => other.id === at.connection);
    return connection ? { connection, organization: connection.organizations.find((other) => other.id === at.organization) ?? null } : null;
  }

  /** What tells one more server from the others: the colour that the fewest have. */
  get freeColour(): Colour {
    const taken = (colour: Colour) => this.all.filter((connection) => connection.colour === colour).length;
    return COLOURS.reduce((free, colour) => (taken(colour) < taken(free) ? colour : free));
  }

  /** What is known of a kind of key server. */
  kind(of: ServerKind | undefined): KindInfo | null {
    return this.kinds.find(({ kind }) => kind === of) ?? null;
  }

  set(connections: Connection[], shown: ConnectionId | null): void {
    this.all = connections;
    this.shown = connections.some((connection) => connection.id === shown) ? shown : (connections[0]?.id ?? null);
  }

  /** What a person should know of a connection, unless it was closed. */
  noticeOf(connection: Connection): string | null {
    return this.#closed[connection.id] === connection.notice ? null : connection.notice;
  }

  closeNotice(connection: Connection): void {
    this.#closed[connection.id] = connection.notice;
  }

  /**
   * Asks the servers that are not shown how they are, one after the other: until then they are as they
   * were when the program ended. Who does not answer is told of by the program's own events.
   */
  async lookAround(): Promise<void> {
    const others = this.all.filter(({ id, kind, state }) => id !== this.shown && kind !== "local" && state === "signed_in");
    for (const { id } of others) {
      await this.#backend.refreshConnection(`around-${id}`, id).then(
        (now) => this.put(now),
        () => undefined,
      );
    }
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
    if (connection && this.#leaving === 0) this.interrupted = connection.id;
  }

  /** How many changes are under way that may end a session on purpose. */
  #leaving = 0;

  /** Does what may end the session on purpose: signing out, changing the address. */
  async leave(work: () => Promise<Connection>): Promise<Connection> {
    this.#leaving++;
    try {
      const now = await work();
      this.put(now);
      this.interrupted = null;
      return now;
    } finally {
      this.#leaving--;
    }
  }

  #remember(): void {
    const connection = this.current;
    if (!connection) return;
    const organization = this.organization?.id ?? null;
    this.#backend.showConnection(connection.id, organization).catch((reason) => this.#notices.failed(reason));
  }
}
