import type { Organization, Preset, ScopeDefinition } from "../bindings/console";
import { changeOf, diff, indexOf, rebase, speaksOf, type Editable } from "../words/organization";
import type { Place } from "./keylist.svelte";
import { Task, type TaskHost } from "./task.svelte";

/** A scope as it is being edited. One that is taken away stays in sight until it is saved. */
export interface ScopeRow {
  id: number;
  scope: string;
  description: string;
  /** It is in the catalogue: its name is what keys have, so that only its description can be changed. */
  known: boolean;
  removed: boolean;
}

export interface PresetRow {
  id: number;
  name: string;
  scopes: string[];
  removed: boolean;
}

let ids = 0;

/** An organization as it is being edited: nothing is sent before it is saved. */
export class OrganizationDraft {
  name = $state("");
  prefix = $state("");
  scopes = $state<ScopeRow[]>([]);
  presets = $state<PresetRow[]>([]);
  /** What the edit began from; somebody else's change becomes the new beginning. */
  base = $state.raw<Organization | null>(null);
  /** The version before somebody else's change, while both are shown. */
  before = $state.raw<Organization | null>(null);
  readonly task: Task;
  #host: TaskHost;
  #place: Place | null = null;

  /** The rows that are sent. */
  kept: ScopeRow[] = $derived(this.scopes.filter((row) => !row.removed && (row.known || row.scope.trim() !== "" || row.description.trim() !== "")));
  keptPresets: PresetRow[] = $derived(this.presets.filter((row) => !row.removed && (row.name.trim() !== "" || row.scopes.length > 0)));
  wanted: Editable = $derived({
    name: this.name.trim(),
    prefix: this.prefix.trim(),
    scopes: this.kept.map((row): ScopeDefinition => ({ scope: row.scope.trim(), description: row.description.trim() })),
    presets: this.keptPresets.map((row): Preset => ({ name: row.name.trim(), scopes: [...row.scopes].sort() })),
  });
  changes = $derived(this.base ? diff(this.base, this.wanted) : []);
  theirs = $derived(this.before && this.base ? diff(this.before, this.base) : []);
  /** What is begun and can't be sent yet. */
  incomplete = $derived(
    this.name.trim() === "" || this.prefix.trim() === "" || this.kept.some((row) => row.scope.trim() === "") || this.keptPresets.some((row) => row.name.trim() === "" || row.scopes.length === 0),
  );

  constructor(host: TaskHost) {
    this.#host = host;
    this.task = new Task(host);
  }

  /**
   * Shows an organization. What was edited stays, also when it is a newer version meanwhile: saving
   * tells. Gives the name of another organization whose edit is lost by this.
   */
  show(place: Place, organization: Organization): string | null {
    const same = this.#place?.connection === place.connection && this.#place.organization === place.organization;
    const lost = !same && this.changes.length > 0 ? (this.base?.name ?? null) : null;
    this.#place = place;
    if (same && (this.changes.length > 0 || this.base?.version === organization.version)) return null;
    this.#begin(organization);
    return lost;
  }

  leave(): void {
    this.task.abandon();
    this.task.clear();
    this.#place = null;
    this.base = null;
    this.before = null;
  }

  /** Throws away what was edited. */
  undo(): void {
    if (this.base) this.#begin(this.base);
  }

  #begin(organization: Organization): void {
    this.base = organization;
    this.before = null;
    this.task.clear();
    this.#fill(organization, organization);
  }

  /** What the base has and the edit does not stays in sight, as taken away. */
  #fill(from: Editable, base: Editable): void {
    this.name = from.name;
    this.prefix = from.prefix;
    const row = ({ scope, description }: ScopeDefinition, removed: boolean): ScopeRow => ({
      id: ++ids,
      scope,
      description,
      known: base.scopes.some((other) => other.scope === scope),
      removed,
    });
    const gone = base.scopes.filter(({ scope }) => !from.scopes.some((other) => other.scope === scope));
    this.scopes = [...from.scopes.map((one) => row(one, false)), ...gone.map((one) => row(one, true))];
    const goneTo = base.presets.filter(({ name }) => !from.presets.some((other) => other.name === name));
    const presetRow = ({ name, scopes }: Preset, removed: boolean): PresetRow => ({ id: ++ids, name, scopes: [...scopes], removed });
    this.presets = [...from.presets.map((one) => presetRow(one, false)), ...goneTo.map((one) => presetRow(one, true))];
  }

  addScope(): void {
    this.scopes.push({ id: ++ids, scope: "", description: "", known: false, removed: false });
  }

  addPreset(): number {
    const id = ++ids;
    this.presets.push({ id, name: "", scopes: [], removed: false });
    return id;
  }

  /** One that is in the catalogue is only marked; one that was added here is gone. */
  removeScope(row: ScopeRow): void {
    if (row.known) row.removed = true;
    else this.scopes = this.scopes.filter((other) => other.id !== row.id);
  }

  removePreset(row: PresetRow): void {
    if (this.base?.presets.some((other) => other.name === row.name)) row.removed = true;
    else this.presets = this.presets.filter((other) => other.id !== row.id);
  }

  /** Moves a scope among those that stay; gives its place there, from 1. */
  move(row: ScopeRow, by: -1 | 1): number {
    const at = this.scopes.findIndex((other) => other.id === row.id);
    let to = at + by;
    while (this.scopes[to]?.removed) to += by;
    if (to >= 0 && to < this.scopes.length) {
      const moved = [...this.scopes];
      moved.splice(to, 0, ...moved.splice(at, 1));
      this.scopes = moved;
    }
    return this.scopes.filter((other) => !other.removed).findIndex((other) => other.id === row.id) + 1;
  }

  /** Which row a refusal is about; null where it is about none. */
  refusedRow: ScopeRow | null = $derived.by(() => {
    const failure = this.task.error;
    if (!failure) return null;
    const { message } = failure;
    if (failure.code === "conflict") return this.scopes.find((row) => row.removed && speaksOf(message, row.scope)) ?? null;
    const index = failure.code === "invalid" ? indexOf(message, "scopes") : null;
    return index === null ? null : (this.kept[index] ?? null);
  });

  /** Sends what differs. Gives the organization as it is then, where it was saved. */
  async save(): Promise<Organization | null> {
    const place = this.#place;
    const base = this.base;
    if (!place || !base || this.changes.length === 0 || this.incomplete || this.task.busy) return null;
    const mine = this.wanted;
    const change = changeOf(base, mine);
    let saved: Organization | null = null;
    await this.task.run(
      (operation) => this.#host.backend.changeOrganization(operation, place.connection, place.organization, base.version, change),
      (update) => {
        if (update.result === "saved") {
          saved = update.organization;
          this.#begin(update.organization);
          return;
        }
        // Both are shown, and what was edited stays on top of the other's version.
        this.before = base;
        this.base = update.organization;
        this.#fill(rebase(base, mine, update.organization), update.organization);
      },
    );
    return saved;
  }
}
