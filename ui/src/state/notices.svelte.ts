import type { Failure } from "../backend/backend";
import { asFailure, failureLine } from "../words/errors";

export interface Notice {
  id: number;
  text: string;
  bad: boolean;
  /** Said, not shown: what it says is on screen already. */
  quiet: boolean;
}

const SHOWN_MS = 6_000;
/** So many are in sight at once. */
const SHOWN = 3;

/**
 * What was done, said once in a polite live region. What was done goes by itself; what failed
 * stays until it is closed.
 */
export class Notices {
  all = $state<Notice[]>([]);
  /** Those in sight: the newest. What failed before waits until there is room. */
  shown: Notice[] = $derived(this.all.filter((notice) => !notice.quiet).slice(-SHOWN));
  /** How many wait. */
  waiting: number = $derived(this.all.filter((notice) => !notice.quiet).length - this.shown.length);
  #next = 1;

  done(text: string): void {
    const notice = this.#add(text, false);
    setTimeout(() => this.close(notice.id), SHOWN_MS);
  }

  /** For screen readers, where the screen itself shows it. */
  say(text: string): void {
    const notice = this.#add(text, false, true);
    setTimeout(() => this.close(notice.id), SHOWN_MS);
  }

  failed(reason: unknown): void {
    const failure: Failure = asFailure(reason);
    if (failure.code !== "cancelled") this.#add(failureLine(failure), true);
  }

  warn(text: string): void {
    this.#add(text, true);
  }

  close(id: number): void {
    this.all = this.all.filter((notice) => notice.id !== id);
  }

  closeAll(): void {
    this.all = [];
  }

  #add(text: string, bad: boolean, quiet = false): Notice {
    const notice = { id: this.#next++, text, bad, quiet };
    this.all = [...this.all.filter((other) => other.text !== text), notice];
    return notice;
  }
}
