import type { Bounds, Chart, Environment, ExportedFile, ExportFormat, GroupBy, KeyId, Outcome, Step, UsageQuery } from "../bindings/console";
import { outcomesOf } from "../words/usage";
import { systemZone } from "../words/zones";
import type { Place } from "./keylist.svelte";
import { Task, type ListHost } from "./task.svelte";
import { familyTotals } from "./usagelines";
import { keysOf, sortRows, trafficRows, type RowSort, type TrafficRow } from "./usagerows";
import { daysOf, drawn, fitting, spanOf, stepFor, stepsFor, type Days, type Range, type Span } from "./usagespan";

/** An answer, and what was asked: what is on screen says what it is, also while another is on its way. */
export interface Shown {
  chart: Chart;
  span: Span;
  step: Step;
  zone: string;
  group: GroupBy;
  environment: Environment | null;
}

/** A file that was written, or that the person did not want after all. */
export type Written = { file: ExportedFile; what: string } | { file: null; what: string };

/** So many keys by themselves in the table, and so many lines in the chart. */
const TOP = 20;
const LINES = 5;
/** As many keys as lines that can be told apart. */
export const PICKED_MAX = 6;
const REFRESH_MS = 10_000;
const HOURS_KEPT_MS = 90 * 86_400_000;

/** The usage of one organization: range, step, zone, groups, and what came of it. */
export class UsageBoard {
  range = $state<Range>("month");
  days = $state.raw<Days>({ from: "", to: "" });
  zone = $state(systemZone());
  environment = $state<Environment | null>(null);
  group = $state<GroupBy>("outcome");
  /** Null: the one that fits. */
  chosen = $state<Step | null>(null);
  /** The keys whose lines are asked for; none: the busiest. */
  picked = $state.raw<readonly KeyId[]>([]);
  compare = $state(true);
  sort = $state<RowSort>("total");
  descending = $state(true);
  /** The group that is pointed at, in the chart or the table. */
  lit = $state<string | null>(null);

  shown = $state.raw<Shown | null>(null);
  /** By outcome, for what is shown. */
  totals = $state.raw<Chart | null>(null);
  rows = $state.raw<TrafficRow[] | null>(null);
  others = $state(0);
  /** How exactly the rows are of the range: hours and days of keys are not kept as finely as the whole. */
  bounds = $state<Bounds>("exact");
  /** What was drawn over the chart, the last one in sight. */
  zooms = $state.raw<readonly Span[]>([]);
  written = $state.raw<Written | null>(null);
  /** Of an export under way. */
  bytes = $state(0);
  /** When figures came last. */
  answeredAt = $state<string | null>(null);

  readonly task: Task;
  readonly totalsTask: Task;
  readonly keysTask: Task;
  readonly exportTask: Task;
  #host: ListHost;
  #place: Place | null = null;
  #width = 1_000;
  #exporting = "";
  #now: () => number;

  constructor(host: ListHost, now: () => number = () => Date.now()) {
    this.#host = host;
    this.#now = now;
    this.task = new Task(host);
    this.totalsTask = new Task(host);
    this.keysTask = new Task(host);
    this.exportTask = new Task(host);
  }

  sorted: TrafficRow[] = $derived(sortRows(this.rows ?? [], this.sort, this.descending));
  filtered = $derived(this.environment !== null || this.picked.length > 0);

  /** What is to be shown; null where the days of *own* mean nothing. */
  get span(): Span | null {
    return this.zooms.at(-1) ?? spanOf(this.range, this.days, this.zone, this.#now());
  }

  get step(): Step {
    const span = this.span;
    return span ? stepFor(this.chosen, span, this.group, this.#now()) : "day";
  }

  /** The steps to choose from. */
  get steps(): Step[] {
    const span = this.span;
    return span ? stepsFor(span, this.group, this.#now()) : [];
  }

  /** The step that would be taken without a choice. */
  get fits(): Step {
    const span = this.span;
    return span ? fitting(span, this.group, this.#now()) : "day";
  }

  /** Figures still come. */
  get live(): boolean {
    const span = this.span;
    return span !== null && span.to >= this.#now() - 60_000;
  }

  async show(place: Place): Promise<void> {
    this.#enter(place);
    await this.load();
  }

  /** Prepares what is to be seen when the view comes: a part of the time. */
  look(place: Place, span: Span): void {
    this.#enter(place);
    this.zooms = [span];
    this.chosen = null;
  }

  #enter(place: Place): void {
    if (this.#place?.connection === place.connection && this.#place.organization === place.organization) return;
    this.leave();
    this.#place = place;
  }

  leave(): void {
    for (const task of [this.task, this.totalsTask, this.keysTask, this.exportTask]) {
      task.abandon();
      task.clear();
    }
    this.#place = null;
    this.shown = null;
    this.totals = null;
    this.rows = null;
    this.picked = [];
    this.zooms = [];
    this.lit = null;
    this.written = null;
    this.answeredAt = null;
  }

  /** Takes over how wide the chart is: more points than it has can't be seen. */
  fit(width: number): void {
    const wider = width > this.#width * 1.25;
    this.#width = Math.max(200, Math.round(width));
    if (wider && this.shown?.chart.reduced) void this.load();
  }

  change(part: Partial<Pick<UsageBoard, "range" | "days" | "zone" | "environment" | "group" | "chosen" | "picked">>): void {
    const before = this.span;
    if (part.range === "own" && before && this.days.from === "") this.days = daysOf(before, part.zone ?? this.zone);
    // Another range is looked at as a whole.
    if (part.range !== undefined || part.days !== undefined || part.zone !== undefined) this.zooms = [];
    if (part.range !== undefined) this.chosen = null;
    Object.assign(this, part);
    if (this.group !== "key") this.picked = [];
    this.lit = null;
    this.written = null;
    void this.load();
  }

  /** Takes a key into the chart, or out of it. */
  pick(id: KeyId): void {
    const there = this.picked.includes(id);
    if (!there && this.picked.length >= PICKED_MAX) return;
    const picked = there ? this.picked.filter((other) => other !== id) : [...this.picked, id];
    this.change({ group: "key", picked });
  }

  /** Shows what was drawn over the chart, from and to in milliseconds. Gives whether it did. */
  zoom(from: number, to: number): boolean {
    const chart = this.shown?.chart;
    const span = chart ? drawn(from, to, chart.times, chart.end) : null;
    if (!span) return false;
    this.zooms = [...this.zooms, span];
    this.chosen = null;
    void this.load();
    return true;
  }

  /** The way back: one step, or all of them. */
  unzoom(all = false): void {
    if (this.zooms.length === 0) return;
    this.zooms = all ? [] : this.zooms.slice(0, -1);
    this.chosen = null;
    void this.load();
  }

  sortBy(sort: RowSort): void {
    if (this.sort === sort) this.descending = !this.descending;
    else {
      this.sort = sort;
      this.descending = sort !== "name";
    }
  }

  #query(span: Span, step: Step, group: GroupBy): UsageQuery {
    const query: UsageQuery = { from: new Date(span.from).toISOString(), to: new Date(span.to).toISOString(), step, zone: this.zone, group };
    if (this.environment) query.environment = this.environment;
    return query;
  }

  /** What the chart asks for. */
  #charted(span: Span, step: Step): UsageQuery {
    const query = this.#query(span, step, this.group);
    if (this.group === "key" && this.picked.length > 0) Object.assign(query, { keys: this.picked.join(","), top: this.picked.length });
    else if (this.group !== "outcome") query.top = LINES;
    return query;
  }

  /** Asks for all of it; what is shown stays until the answer comes. */
  async load(): Promise<void> {
    const place = this.#place;
    const span = this.span;
    if (!place || !span) return;
    const { group, zone, environment, step } = this;
    const ask = (operation: string, query: UsageQuery, before: boolean) =>
      this.#host.backend.usage(operation, place.connection, place.organization, query, this.#width, before);
    const chart = this.task.run(
      (operation) => ask(operation, this.#charted(span, step), true),
      (answer) => {
        this.shown = { chart: answer, span, step, zone, group, environment };
        if (group === "outcome") this.totals = answer;
        this.answeredAt = new Date(this.#now()).toISOString();
      },
    );
    const totals =
      group === "outcome"
        ? undefined
        : this.totalsTask.run(
            // By the same step: a wider one would take in more than the range.
            (operation) => ask(operation, this.#query(span, step, "outcome"), true),
            (answer) => (this.totals = answer),
          );
    const done = await chart;
    await totals;
    if (done || this.task.error) this.#host.reach.asked(place.connection, this.task.error);
    if (done) await this.#loadKeys(span, ask);
  }

  /** The table: after the chart, which a person looks at first. */
  async #loadKeys(span: Span, ask: (operation: string, query: UsageQuery, before: boolean) => Promise<Chart>): Promise<void> {
    // Hours are not kept for ever; days would take in more than a part of one.
    const whole = this.zooms.length === 0 && this.range !== "day";
    const step: Step = whole || span.from < this.#now() - HOURS_KEPT_MS ? "day" : "hour";
    const query = this.#query(span, step, "key");
    await this.keysTask.run(
      async (operation) => {
        const keys = await ask(operation, { ...query, top: TOP }, false);
        const ids = keysOf(keys);
        if (ids.length === 0) return { keys, accepted: keys, limited: [keys] };
        const only = { ...query, keys: ids.join(","), top: TOP };
        const accepted = await ask(operation, { ...only, outcome: "accepted" }, false);
        const limited: Chart[] = [];
        for (const outcome of outcomesOf("limited")) {
          if (this.#occurs(outcome)) limited.push(await ask(operation, { ...only, outcome }, false));
        }
        return { keys, accepted, limited };
      },
      ({ keys, accepted, limited }) => {
        const families = this.totals && familyTotals(this.totals);
        this.rows = trafficRows(keys, accepted, limited, families);
        this.others = keys.others;
        this.bounds = keys.bounds;
      },
    );
  }

  /** Whether anything in the range can have ended so: totals that did not come say nothing. */
  #occurs(outcome: Outcome): boolean {
    return this.totals === null || this.totalsTask.error !== null || this.totals.series.some(({ group, total }) => group.kind === "outcome" && group.outcome === outcome && total > 0);
  }

  /** While somebody looks at figures that still come: asks again. Gives what stops it. */
  watch(page: Document = document): () => void {
    let last = this.#now();
    const again = () => {
      if (page.hidden || !this.live || this.task.busy || this.keysTask.busy || this.#now() - last < REFRESH_MS) return;
      last = this.#now();
      void this.load();
    };
    const timer = setInterval(again, REFRESH_MS / 10);
    page.addEventListener("visibilitychange", again);
    return () => {
      clearInterval(timer);
      page.removeEventListener("visibilitychange", again);
    };
  }

  /** Writes what the chart asks for into a file that the person names. */
  async export(format: ExportFormat): Promise<void> {
    const place = this.#place;
    const shown = this.shown;
    if (!place || !shown) return;
    const query = this.#charted(shown.span, shown.step);
    await this.#write(format === "csv" ? "CSV" : "JSON", (operation) => this.#host.backend.exportUsage(operation, place.connection, place.organization, query, format));
  }

  async savePicture(stem: string, png: string): Promise<void> {
    await this.#write("The picture", (operation) => this.#host.backend.savePicture(operation, stem, png));
  }

  async #write(what: string, work: (operation: string) => Promise<ExportedFile | null>): Promise<void> {
    this.written = null;
    this.bytes = 0;
    await this.exportTask.run(
      (operation) => {
        this.#exporting = operation;
        return work(operation);
      },
      (file) => (this.written = { file, what }),
    );
  }

  /** How far an export is. */
  progress(operation: string, bytes: number): void {
    if (operation === this.#exporting) this.bytes = bytes;
  }
}
