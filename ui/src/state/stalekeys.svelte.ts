import type { KeyId, StaleKey, StalePage } from "../bindings/console";
import type { Place } from "./keylist.svelte";
import { Task, type ListHost } from "./task.svelte";

/** Not used for so many days, or never. */
export type Idle = 30 | 90 | 180 | "never";
export const IDLE: readonly Idle[] = [30, 90, 180, "never"];

const PAGE = 50;
/** What was made today had no time to be used. */
const NEVER_DAYS = 1;

/** The keys that could go. */
export class StaleKeys {
  idle = $state<Idle>(90);
  all = $state.raw<StaleKey[] | null>(null);
  total = $state(0);

  readonly task: Task;
  readonly moreTask: Task;
  #host: ListHost;
  #place: Place | null = null;
  #next: string | null = $state(null);

  constructor(host: ListHost) {
    this.#host = host;
    this.task = new Task(host);
    this.moreTask = new Task(host);
  }

  hasMore = $derived(this.#next !== null);

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
    this.moreTask.abandon();
    this.#place = null;
    this.all = null;
    this.total = 0;
    this.#next = null;
  }

  choose(idle: Idle): void {
    this.idle = idle;
    void this.load();
  }

  async load(): Promise<void> {
    const place = this.#place;
    if (!place) return;
    this.moreTask.abandon();
    const done = await this.task.run((operation) => this.#page(operation, place, null), (page) => this.#take(page, []));
    if (done || this.task.error) this.#host.reach.asked(place.connection, this.task.error);
  }

  async more(): Promise<void> {
    const place = this.#place;
    const cursor = this.#next;
    if (!place || cursor === null || this.moreTask.busy) return;
    await this.moreTask.run((operation) => this.#page(operation, place, cursor), (page) => this.#take(page, this.all ?? []));
  }

  /** One is not stale any more, or not there. */
  gone(key: KeyId): void {
    if (!this.all?.some((one) => one.key === key)) return;
    this.all = this.all.filter((one) => one.key !== key);
    this.total = Math.max(0, this.total - 1);
  }

  #page(operation: string, place: Place, cursor: string | null): Promise<StalePage> {
    const days = this.idle === "never" ? NEVER_DAYS : this.idle;
    return this.#host.backend.staleKeys(operation, place.connection, place.organization, { days, limit: PAGE, ...(cursor === null ? {} : { cursor }) });
  }

  #take(page: StalePage, before: StaleKey[]): void {
    // Those that were never used come first: where others begin, there are no more of them.
    const items = this.idle === "never" ? page.items.filter(({ last_used_at }) => last_used_at === null) : page.items;
    const known = new Set(before.map(({ key }) => key));
    this.all = [...before, ...items.filter(({ key }) => !known.has(key))];
    this.#next = items.length === page.items.length ? page.next : null;
    this.total = this.idle === "never" && this.#next === null ? this.all.length : page.total;
  }
}
