import type { Backend } from "../backend/backend";
import type { ClipboardState, CopyAs, KeyRef } from "../bindings/console";
import type { Notices } from "./notices.svelte";

/** What stands in the clipboard from us, and how long still. */
export class Clipboard {
  state = $state.raw<ClipboardState>({ holds_secret: false, hint: null, clears_at: null, seconds_left: null, ended: null });
  /** Whole seconds until it is cleared; null where it is not, or never. */
  left = $state<number | null>(null);

  #backend: Backend;
  #notices: Notices;
  #deadline = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(backend: Backend, notices: Notices) {
    this.#backend = backend;
    this.#notices = notices;
  }

  /** Takes over what the program says. Its seconds count, not the window's clock. */
  set(state: ClipboardState): void {
    this.state = state;
    clearInterval(this.#timer);
    if (!state.holds_secret || state.seconds_left === null) {
      this.left = null;
      return;
    }
    this.#deadline = performance.now() + state.seconds_left * 1_000;
    this.#count();
    this.#timer = setInterval(() => this.#count(), 250);
  }

  #count(): void {
    this.left = Math.max(0, Math.ceil((this.#deadline - performance.now()) / 1_000));
    if (this.left === 0) clearInterval(this.#timer);
  }

  copy(key: KeyRef, form: CopyAs): Promise<boolean> {
    return this.take(() => this.#backend.copySecret(key, form));
  }

  /** Copies what the program holds; says whether it stands in the clipboard. */
  async take(copy: () => Promise<ClipboardState>): Promise<boolean> {
    try {
      this.set(await copy());
      this.#notices.say("Copied.");
      return true;
    } catch (reason) {
      this.#notices.failed(reason);
      return false;
    }
  }

  async clear(): Promise<void> {
    try {
      this.set(await this.#backend.clearClipboard());
    } catch (reason) {
      this.#notices.failed(reason);
    }
  }
}
