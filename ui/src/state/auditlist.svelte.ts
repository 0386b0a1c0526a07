import type { Action, AuditEntry, AuditPage, AuditQuery, AuditReport, ExportedFile, ExportFormat, UserId } from "../bindings/console";
import { startOfDay } from "../words/times";
import type { Place } from "./keylist.svelte";
import { Task, type ListHost } from "./task.svelte";

const PAGE = 60;

/** A thing whose history is shown alone. */
export interface Target {
  id: string;
  name: string;
}

/** The audit log of one organization: filters, pages, its check and its export. */
export class AuditList {
  search = $state("");
  actor = $state<UserId | null>(null);
  action = $state<Action | null>(null);
  /** Days, as a date field has them: `2027-01-24`. Both belong to what is shown. */
  from = $state("");
  to = $state("");
  target = $state.raw<Target | null>(null);

  rows = $state.raw<AuditEntry[]>([]);
  total = $state(0);
  /** Whether an answer has come for this place at all. */
  known = $state(false);
  /** When the newest page was current; null while none came. */
  asOf = $state<string | null>(null);
  report = $state.raw<AuditReport | null>(null);
  /** How an export ended; without a file where the person closed the dialog that asks where to. */
  exported = $state.raw<{ file: ExportedFile | null } | null>(null);
  /** How much of an export is there. */
  bytes = $state(0);

  filtered = $derived(this.search.trim() !== "" || this.actor !== null || this.action !== null || this.from !== "" || this.to !== "" || this.target !== null);

  readonly task: Task;
  readonly moreTask: Task;
  readonly checkTask: Task;
  readonly exportTask: Task;
  #host: ListHost;
  #place: Place | null = null;
  #next: string | null = $state(null);
  #exporting = "";

  hasMore = $derived(this.#next !== null);

  constructor(host: ListHost) {
    this.#host = host;
    this.task = new Task(host);
    this.moreTask = new Task(host);
    this.checkTask = new Task(host);
    this.exportTask = new Task(host);
  }

  /** Shows another organization's log; the same one is asked for again, since it grows. */
  async show(place: Place): Promise<void> {
    this.#enter(place);
    await this.load();
  }

  /** Prepares what is to be seen when the view comes: what happened to one thing. */
  historyOf(place: Place, target: Target): void {
    this.#enter(place);
    this.#unfilter();
    this.target = target;
    this.rows = [];
    this.known = false;
  }

  #enter(place: Place): void {
    if (this.#place?.connection === place.connection && this.#place.organization === place.organization) return;
    this.leave();
    this.#place = place;
  }

  leave(): void {
    this.#place = null;
    for (const task of [this.task, this.moreTask, this.checkTask, this.exportTask]) {
      task.abandon();
      task.clear();
    }
    this.rows = [];
    this.total = 0;
    this.known = false;
    this.report = null;
    this.exported = null;
    this.#next = null;
    this.#unfilter();
  }

  #unfilter(): void {
    this.search = "";
    this.actor = null;
    this.action = null;
    this.from = "";
    this.to = "";
    this.target = null;
  }

  clearFilters(): void {
    this.#unfilter();
    void this.load();
  }

  /** The filters as the server wants them; a day that can't be read filters nothing. */
  query(): AuditQuery {
    const query: AuditQuery = {};
    const search = this.search.trim();
    const from = startOfDay(this.from);
    const to = startOfDay(this.to, 1);
    if (search !== "") query.search = search;
    if (this.actor !== null) query.actor = this.actor;
    if (this.action !== null) query.action = this.action;
    if (this.target !== null) query.target = this.target.id;
    if (from !== null) query.from = from;
    if (to !== null) query.to = to;
    return query;
  }

  /** Asks for the newest page; what is shown stays until the answer comes. */
  async load(): Promise<void> {
    const place = this.#place;
    if (!place) return;
    this.moreTask.abandon();
    this.moreTask.clear();
    const query = { ...this.query(), limit: PAGE };
    const done = await this.task.run(
      (operation) => this.#host.backend.audit(operation, place.connection, place.organization, query),
      (page) => {
        this.#take(page, []);
        this.known = true;
        this.asOf = new Date().toISOString();
      },
    );
    if (done || this.task.error) this.#host.reach.asked(place.connection, this.task.error);
  }

  /** Asks for older entries, if there are any and none are on their way. */
  async more(): Promise<void> {
    const place = this.#place;
    const cursor = this.#next;
    if (!place || cursor === null || this.moreTask.busy || this.task.busy || this.moreTask.error) return;
    const query = { ...this.query(), limit: PAGE, cursor };
    await this.moreTask.run(
      (operation) => this.#host.backend.audit(operation, place.connection, place.organization, query),
      (page) => this.#take(page, this.rows),
    );
  }

  #take(page: AuditPage, before: AuditEntry[]): void {
    const seen = new Set(before.map((entry) => entry.sequence));
    this.rows = [...before, ...page.items.filter((entry) => !seen.has(entry.sequence))];
    this.total = page.total;
    this.#next = page.next;
  }

  /** Lets the server go through the whole chain. */
  async check(): Promise<void> {
    const place = this.#place;
    if (!place) return;
    this.report = null;
    await this.checkTask.run(
      (operation) => this.#host.backend.checkAudit(operation, place.connection, place.organization),
      (report) => (this.report = report),
    );
  }

  /** Writes what the filters show into a file. */
  async export(format: ExportFormat): Promise<void> {
    const place = this.#place;
    if (!place) return;
    this.exported = null;
    this.bytes = 0;
    const query = this.query();
    await this.exportTask.run(
      (operation) => {
        this.#exporting = operation;
        return this.#host.backend.exportAudit(operation, place.connection, place.organization, query, format);
      },
      (file) => (this.exported = { file }),
    );
  }

  /** How far an export is. */
  progress(operation: string, bytes: number): void {
    if (operation === this.#exporting) this.bytes = bytes;
  }
}
