import type { Backend } from "../backend/backend";
import type { KeychainState, Preferences as Values } from "../bindings/console";
import type { Notices } from "./notices.svelte";

/** What the person has set, and what this computer can do. */
export class Preferences {
  values = $state.raw<Values>({ clear_clipboard_after: 30, keep_new_secrets: true, expires_in_days: 90, notices: true });
  keychain = $state<KeychainState>("unknown");
  /** When it was last found to work; null where this computer does not remember it. */
  keychainWorkedAt = $state<string | null>(null);
  version = $state("");

  #backend: Backend;
  #notices: Notices;

  constructor(backend: Backend, notices: Notices) {
    this.#backend = backend;
    this.#notices = notices;
  }

  /** Saved at once; what was refused is put back. */
  async change(part: Partial<Values>): Promise<void> {
    const before = this.values;
    this.values = { ...before, ...part };
    try {
      this.values = await this.#backend.setPreferences(this.values);
      this.#notices.done("Saved.");
    } catch (reason) {
      this.values = before;
      this.#notices.failed(reason);
    }
  }
}
