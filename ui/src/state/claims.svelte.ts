import type { ConnectionId } from "../bindings/console";

/** What was typed to set up a fresh server. A password is not among it: it passes through its field. */
export class ClaimDraft {
  token = $state("");
  name = $state("");
  email = $state("");
  organization = $state("");
  prefix = $state("kd");
}

/** What was typed and not sent yet, so that a look at another view loses nothing. */
export class Claims {
  #drafts = new Map<ConnectionId, ClaimDraft>();

  of(connection: ConnectionId): ClaimDraft {
    const there = this.#drafts.get(connection) ?? new ClaimDraft();
    this.#drafts.set(connection, there);
    return there;
  }

  /** The server is set up, or was removed. */
  over(connection: ConnectionId): void {
    this.#drafts.delete(connection);
  }
}
