import type {
  ConnectionId,
  Direction,
  Environment,
  KeyId,
  KeyPage,
  KeyQuery,
  KeyRef,
  KeyRow,
  KeySort,
  KeyStatus,
  OrganizationId,
  UserId,
} from "../bindings/console";
import { Task, type ListHost } from "./task.svelte";

const PAGE = 100;

/** The order where no header was clicked. */
const NEWEST_FIRST = { sort: "created_at", direction: "descending" } as const;

export interface Place {
  connection: ConnectionId;
  organization: OrganizationId;
}

/** The keys of one organization: query, pages, and the row that is selected. */
export class KeyList {
  search = $state("");
  environment = $state<Environment | null>(null);
  status = $state<KeyStatus | null>(null);
  /** Only keys whose maker is no member any more. */
  left = $state(false);
  /** Only keys that this person made. */
  person = $state<UserId | null>(null);
  sort = $state<KeySort>(NEWEST_FIRST.sort);
  direction = $state<Direction>(NEWEST_FIRST.direction);

  rows = $state.raw<KeyRow[]>([]);
  total = $state(0);
  /** How many keys there are without any filter; null while that is not known. */
  count = $state<number | null>(null);
  selected = $state<KeyId | null>(null);
  /** Whether an answer has come for this place at all. */
  known = $state(false);
  /** When the list was current; null while none came. */
  asOf = $state<string | null>(null);
  /** What the server's adapter says of the list; null where nothing. */
  notice = $state<string | null>(null);

  filtered = $derived(this.search.trim() !== "" || this.environment !== null || this.status !== null || this.left || this.person !== null);
  selectedRow: KeyRow | null = $derived(this.rows.find((row) => row.key.id === this.selected) ?? null);

  readonly task: Task;
  readonly moreTask: Task;
  #host: ListHost;
  #place: Place | null = $state.raw(null);
  #next: string | null = $state(null);
  #ahead = false;

  constructor(host: ListHost) {
    this.#host = host;
    this.task = new Task(host);
    this.moreTask = new Task(host);
  }

  hasMore = $derived(this.#next !== null);

  /** Shows another organization's keys. */
  async show(place: Place): Promise<void> {
    const same = this.#enter(place);
    const ahead = this.#ahead;
    this.#ahead = false;
    if (same && ahead) return;
    await this.load();
  }

  /** Prepares what is to be seen when the view comes: what one person made. */
  madeBy(place: Place, person: UserId): void {
    this.#enter(place);
    this.#unfilter();
    this.person = person;
    this.#ahead = false;
  }

  /** Prepares what is to be seen when the view comes: one key, found by its name. */
  lookFor(place: Place, key: KeyId, name: string): void {
    this.#enter(place);
    this.#unfilter();
    this.search = name;
    this.selected = key;
    this.#ahead = false;
  }

  /** Whether this place is shown already. */
  #enter(place: Place): boolean {
    const same = this.#place?.connection === place.connection && this.#place.organization === place.organization;
    if (!same) {
      this.#place = place;
      this.rows = [];
      this.total = 0;
      this.count = null;
      this.known = false;
      this.selected = null;
      this.asOf = null;
      this.#unfilter();
      this.sort = NEWEST_FIRST.sort;
      this.direction = NEWEST_FIRST.direction;
    }
    return same;
  }

  /** Asks before there is a view of it: the view does not ask again. */
  async ahead(place: Place): Promise<void> {
    const asked = this.show(place);
    this.#ahead = true;
    await asked;
  }

  isAt(connection: ConnectionId, organization = this.#place?.organization): boolean {
    return this.#place?.connection === connection && this.#place.organization === organization;
  }

  leave(): void {
    this.task.abandon();
    this.moreTask.abandon();
    this.#ahead = false;
    this.#place = null;
    this.known = false;
    this.asOf = null;
    this.notice = null;
    this.rows = [];
    this.count = null;
  }

  #unfilter(): void {
    this.search = "";
    this.environment = null;
    this.status = null;
    this.left = false;
    this.person = null;
  }

  #query(): KeyQuery {
    const search = this.search.trim();
    return {
      sort: this.sort,
      direction: this.direction,
      limit: PAGE,
      ...(search === "" ? {} : { search }),
      ...(this.environment === null ? {} : { environment: this.environment }),
      ...(this.status === null ? {} : { status: this.status }),
      ...(this.left ? { creator_left: true } : {}),
      ...(this.person === null ? {} : { created_by: this.person }),
    };
  }

  /** Asks for the first page again; what is shown stays until the answer comes. */
  async load(): Promise<void> {
    const place = this.#place;
    if (!place) return;
    this.moreTask.abandon();
    const query = this.#query();
    const filtered = this.filtered;
    let old: string | null = null;
    const done = await this.task.run(
      (operation) => this.#host.backend.listKeys(operation, place.connection, place.organization, query),
      (page) => {
        this.#take(page, []);
        this.known = true;
        old = page.as_of;
        this.asOf = old ?? new Date().toISOString();
        this.notice = page.notice ?? null;
        if (!filtered) this.count = page.total;
        if (this.selected !== null && !this.selectedRow) this.selected = null;
      },
    );
    if (done || this.task.error) this.#host.reach.asked(place.connection, this.task.error, old);
  }

  /** Asks for the next page, if there is one and none is on its way. */
  async more(): Promise<void> {
    const place = this.#place;
    const cursor = this.#next;
    if (!place || cursor === null || this.moreTask.busy || this.task.busy || this.moreTask.error) return;
    const query = { ...this.#query(), cursor };
    await this.moreTask.run(
      (operation) => this.#host.backend.listKeys(operation, place.connection, place.organization, query),
      (page) => this.#take(page, this.rows),
    );
  }

  #take(page: KeyPage, before: KeyRow[]): void {
    // A row that moved while paging would come twice.
    const seen = new Set(before.map((row) => row.key.id));
    this.rows = [...before, ...page.items.filter((row) => !seen.has(row.key.id))];
    this.total = page.total;
    this.#next = page.next;
  }

  /** A header was clicked: ascending, then descending, then newest first again. */
  sortBy(sort: KeySort): void {
    if (this.sort !== sort) {
      this.sort = sort;
      this.direction = "ascending";
    } else if (this.direction === "ascending") {
      this.direction = "descending";
    } else {
      this.sort = NEWEST_FIRST.sort;
      this.direction = NEWEST_FIRST.direction;
    }
    void this.load();
  }

  clearFilters(): void {
    this.#unfilter();
    void this.load();
  }

  /** Takes over a row as it is now. */
  put(row: KeyRow): void {
    this.rows = this.rows.map((other) => (other.key.id === row.key.id ? row : other));
  }

  /** Moves the selection by rows; gives the index that is selected now. */
  move(by: number): number {
    if (this.rows.length === 0) return -1;
    const at = this.rows.findIndex((row) => row.key.id === this.selected);
    const to = at < 0 ? (by > 0 ? 0 : this.rows.length - 1) : Math.min(this.rows.length - 1, Math.max(0, at + by));
    this.selected = this.rows[to]?.key.id ?? null;
    return to;
  }

  ref(id: KeyId): KeyRef | null {
    return this.#place ? { ...this.#place, key: id } : null;
  }
}
