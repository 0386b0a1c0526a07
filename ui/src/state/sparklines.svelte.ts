import type { KeyId } from "../bindings/console";
import type { Place } from "./keylist.svelte";
import { Task, type ListHost } from "./task.svelte";

/** A minute: what is older is asked for again. */
const FRESH_MS = 60_000;
/** As many as the server gives in one answer. */
const MOST = 200;

/** The last 24 hours of the keys that are in sight. What fails is not told: the table is about keys. */
export class Sparklines {
  hours = $state.raw<ReadonlyMap<KeyId, number[]>>(new Map());

  #host: ListHost;
  #task: Task;
  #place: Place | null = null;
  #asked = new Map<KeyId, number>();
  #now: () => number;

  constructor(host: ListHost, now: () => number = () => Date.now()) {
    this.#host = host;
    this.#now = now;
    this.#task = new Task(host);
  }

  /** Asks in one call for those that are not known, or not any more. */
  async want(place: Place, keys: readonly KeyId[]): Promise<void> {
    if (this.#place?.connection !== place.connection || this.#place.organization !== place.organization) {
      this.leave();
      this.#place = place;
    }
    const now = this.#now();
    const old = keys.filter((key) => now - (this.#asked.get(key) ?? -Infinity) >= FRESH_MS).slice(0, MOST);
    if (old.length === 0) return;
    for (const key of old) this.#asked.set(key, now);
    const done = await this.#task.run(
      (operation) => this.#host.backend.sparklines(operation, place.connection, place.organization, old),
      (lines) => {
        const next = new Map(this.hours);
        for (const key of old) next.delete(key);
        for (const { key, hours } of lines) next.set(key, hours);
        this.hours = next;
      },
    );
    // Asked again when they come into sight again, or a minute from now.
    if (!done && this.#place === place) for (const key of old) if (this.#asked.get(key) === now) this.#asked.delete(key);
  }

  leave(): void {
    this.#task.abandon();
    this.#place = null;
    this.#asked.clear();
    this.hours = new Map();
  }
}
