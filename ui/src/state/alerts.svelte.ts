import type { Alert, ConnectionId, OrganizationId } from "../bindings/console";
import type { Place } from "./keylist.svelte";
import { Task, type ListHost } from "./task.svelte";

const id = (connection: ConnectionId, organization: OrganizationId) => `${connection} ${organization}`;

/** What somebody should look at, and what of it is new since somebody looked. */
export class Alerts {
  all = $state.raw<Alert[] | null>(null);
  /** By place: the sequences that came and were not looked at. */
  #fresh: Record<string, readonly number[]> = $state.raw({});

  readonly task: Task;
  #host: ListHost;
  #place: Place | null = $state.raw(null);

  constructor(host: ListHost) {
    this.#host = host;
    this.task = new Task(host);
  }

  async show(place: Place): Promise<void> {
    if (this.#place?.connection !== place.connection || this.#place.organization !== place.organization) {
      this.leave();
      this.#place = place;
    }
    await this.load();
  }

  leave(): void {
    this.task.abandon();
    this.task.clear();
    this.#place = null;
    this.all = null;
  }

  async load(): Promise<void> {
    const place = this.#place;
    if (!place) return;
    const done = await this.task.run(
      (operation) => this.#host.backend.alerts(operation, place.connection, place.organization),
      (all) => (this.all = all),
    );
    if (done || this.task.error) this.#host.reach.asked(place.connection, this.task.error);
  }

  /** Those that were told before this start, and that nobody has looked at. */
  wait(connection: ConnectionId, organization: OrganizationId, sequences: readonly number[]): void {
    const at = id(connection, organization);
    this.#fresh = { ...this.#fresh, [at]: [...new Set([...(this.#fresh[at] ?? []), ...sequences])] };
  }

  /** New ones, told by the program. */
  came(connection: ConnectionId, organization: OrganizationId, alerts: readonly Alert[]): void {
    this.wait(
      connection,
      organization,
      alerts.map(({ sequence }) => sequence),
    );
    if (this.#place?.connection === connection && this.#place.organization === organization) void this.load();
  }

  /** The sequences that are new at a place. */
  freshAt(place: Place): readonly number[] {
    return this.#fresh[id(place.connection, place.organization)] ?? [];
  }

  /** Somebody has looked. */
  looked(place: Place): void {
    const { [id(place.connection, place.organization)]: before, ...others } = this.#fresh;
    if (before) this.#fresh = others;
  }
}
