import type { ClipboardState, CopyAs, Verifier, VerifierId } from "../bindings/console";
import { asFailure } from "../words/errors";
import { renewed } from "./fresh.svelte";
import type { Place } from "./keylist.svelte";
import { Task, type ListHost } from "./task.svelte";

/** The verifiers of the organization that is shown. */
export class Verifiers {
  /** Null as long as no answer has come for this place. */
  all = $state.raw<Verifier[] | null>(null);
  /** Those whose secrets the program still has: made by this start of it, and not handed over. */
  held = $state.raw<ReadonlySet<VerifierId>>(new Set());

  readonly task: Task;
  /** Asks without a word. */
  #quietTask: Task;
  #host: ListHost;
  #place: Place | null = null;

  constructor(host: ListHost) {
    this.#host = host;
    this.task = new Task(host);
    this.#quietTask = new Task(host);
  }

  /** Shows another organization's verifiers. */
  async show(place: Place): Promise<void> {
    if (this.#place?.connection !== place.connection || this.#place.organization !== place.organization) {
      this.#place = place;
      this.all = null;
    }
    await this.load();
  }

  leave(): void {
    this.task.abandon();
    this.#quietTask.abandon();
    this.#place = null;
    this.all = null;
    this.held = new Set();
  }

  /** Asks again; what is shown stays until the answer comes. */
  async load(): Promise<void> {
    const place = this.#place;
    if (!place) return;
    // What it would answer is older.
    this.#quietTask.abandon();
    const done = await this.task.run(
      (operation) => this.#host.backend.verifiers(operation, place.connection, place.organization),
      (all) => (this.all = all),
    );
    if (done || this.task.error) this.#host.reach.asked(place.connection, this.task.error);
  }

  /** Asks again without a word. What fails is asked again aloud, which says why. */
  async refresh(): Promise<void> {
    const { all } = this;
    const place = this.#place;
    if (!place || !all || this.task.busy || this.task.error || this.#host.reach.isOut(place.connection)) return;
    await this.#quietTask.run(
      (operation) => this.#host.backend.verifiers(operation, place.connection, place.organization),
      (now) => (this.all = renewed(all, now, ({ id }) => id)),
    );
    const failure = this.#quietTask.error;
    if (failure && failure.code !== "signed_out" && place === this.#place) await this.load();
  }

  made(verifier: Verifier): void {
    this.held = new Set([...this.held, verifier.id]);
    void this.load();
  }

  /** Hands a secret to the clipboard. One that is not held any more says so from now on. */
  async copy(verifier: VerifierId, form: CopyAs): Promise<ClipboardState> {
    try {
      return await this.#host.backend.copyVerifier(verifier, form);
    } catch (reason) {
      if (asFailure(reason).code === "not_found") this.#let(verifier);
      throw reason;
    }
  }

  /** It was handed over: the program forgets its secret. */
  async handedOver(verifier: VerifierId): Promise<void> {
    await this.#host.backend.forgetVerifier(verifier);
    this.#let(verifier);
  }

  /** It is over: what asks with it is refused. */
  revoked(verifier: VerifierId): void {
    this.#let(verifier);
    void this.load();
  }

  #let(verifier: VerifierId): void {
    this.held = new Set([...this.held].filter((other) => other !== verifier));
  }
}
