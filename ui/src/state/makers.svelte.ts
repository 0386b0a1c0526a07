import type { Member } from "../bindings/console";
import type { Place } from "./keylist.svelte";
import { Task, type TaskHost } from "./task.svelte";

/** Who belongs to the organization whose keys are shown: only to choose by whom a key was made. */
export class Makers {
  all = $state.raw<Member[]>([]);
  readonly task: Task;
  #host: TaskHost;
  #place: Place | null = null;

  constructor(host: TaskHost) {
    this.#host = host;
    this.task = new Task(host);
  }

  /** Takes over who was asked for elsewhere. */
  take(place: Place, members: Member[]): void {
    this.#place = place;
    this.all = members;
  }

  /** Asked once for an organization; without an answer nobody can be chosen. */
  async show(place: Place): Promise<void> {
    if (this.#place?.connection === place.connection && this.#place.organization === place.organization) return;
    this.#place = place;
    this.all = [];
    const done = await this.task.run(
      (operation) => this.#host.backend.members(operation, place.connection, place.organization),
      (members) => (this.all = members),
    );
    if (!done) this.#place = null;
  }
}
