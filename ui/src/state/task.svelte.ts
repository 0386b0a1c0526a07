import type { Backend, Failure, Operation } from "../backend/backend";
import { asFailure } from "../words/errors";
import type { Reach } from "./reach.svelte";

/** After this long a person is offered to cancel. */
const SLOW_AFTER_MS = 1_000;

let counter = 0;

/** What a task tells the rest of the window. */
export interface TaskHost {
  backend: Backend;
  /** Called when an answer says that the session is over. */
  sessionEnded(): void;
  /** Counts how often a session was taken up again. */
  resumed(): number;
}

/** What a list tells besides: whether the server answered. */
export interface ListHost extends TaskHost {
  reach: Reach;
}

/** One thing that is done over the network at a time: whether it runs, takes long, or failed. */
export class Task {
  busy = $state(false);
  slow = $state(false);

  #host: TaskHost;
  #failure = $state.raw<Failure | null>(null);
  #failedAt = 0;
  #operation: Operation | null = null;

  constructor(host: TaskHost) {
    this.#host = host;
  }

  /** Why it failed, as long as the reason stands: a session that was taken up again takes it away. */
  get error(): Failure | null {
    if (this.#failure?.code === "signed_out" && this.#host.resumed() !== this.#failedAt) return null;
    return this.#failure;
  }

  /**
   * Runs `work` and hands its value to `done`. One that is still running is cancelled first, and
   * its answer is ignored. Gives whether it succeeded.
   */
  async run<T>(work: (operation: Operation) => Promise<T>, done?: (value: T) => void): Promise<boolean> {
    this.abandon();
    const operation = `window-${++counter}`;
    this.#operation = operation;
    this.busy = true;
    this.slow = false;
    this.#failure = null;
    const timer = setTimeout(() => {
      if (this.#operation === operation) this.slow = true;
    }, SLOW_AFTER_MS);
    try {
      const value = await work(operation);
      if (this.#operation !== operation) return false;
      this.#end();
      done?.(value);
      return true;
    } catch (reason) {
      if (this.#operation !== operation) return false;
      this.#end();
      const failure = asFailure(reason);
      this.#failure = failure;
      this.#failedAt = this.#host.resumed();
      if (failure.code === "signed_out") this.#host.sessionEnded();
      return false;
    } finally {
      clearTimeout(timer);
    }
  }

  /** The person does not want to wait: ends what runs, at once, and says so. */
  cancel(): void {
    if (this.#operation === null) return;
    this.abandon();
    this.#failure = { code: "cancelled", message: "", retry_after: null };
  }

  /** Ends what runs without a word. Its answer, should one come, is ignored. */
  abandon(): void {
    const operation = this.#operation;
    if (operation === null) return;
    this.#end();
    // What can't be cancelled any more has ended by itself: there is nothing to tell.
    this.#host.backend.cancel(operation).catch(() => undefined);
  }

  clear(): void {
    this.#failure = null;
  }

  #end(): void {
    this.#operation = null;
    this.busy = false;
    this.slow = false;
  }
}
