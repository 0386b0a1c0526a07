import type { ConnectionId, SessionEntry, SessionId, UserId } from "../bindings/console";
import { Task, type ListHost } from "./task.svelte";

/** The sessions of who is signed in at the server that is shown. */
export class Sessions {
  /** Null as long as no answer has come. */
  all = $state.raw<SessionEntry[] | null>(null);
  /** When the list was current; null while none came. */
  asOf = $state<string | null>(null);

  readonly task: Task;
  #host: ListHost;
  #of: { connection: ConnectionId; user: UserId } | null = null;

  constructor(host: ListHost) {
    this.#host = host;
    this.task = new Task(host);
  }

  /** Shows another person's sessions; the same one's are asked for again. */
  async show(connection: ConnectionId, user: UserId): Promise<void> {
    if (this.#of?.connection !== connection || this.#of.user !== user) {
      this.#of = { connection, user };
      this.all = null;
      this.asOf = null;
    }
    await this.load();
  }

  /** Asks again; what is shown stays until the answer comes. */
  async load(): Promise<void> {
    const of = this.#of;
    if (!of) return;
    const done = await this.task.run(
      (operation) => this.#host.backend.sessions(operation, of.connection),
      (all) => {
        this.all = all;
        this.asOf = new Date().toISOString();
      },
    );
    if (done || this.task.error) this.#host.reach.asked(of.connection, this.task.error);
  }

  ended(session: SessionId): void {
    this.all = (this.all ?? []).filter((other) => other.id !== session);
  }
}
