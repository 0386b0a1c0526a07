import { tick } from "svelte";
import type { Connection, Handoff, Invitation, KeyRow, Member, Role, Verifier, Webhook } from "../bindings/console";

export type View = "keys" | "usage" | "people" | "organization" | "audit" | "settings" | "connect";

/** What of the usage is shown. */
export type UsageTab = "traffic" | "unused" | "alerts";

export type DialogRoute =
  | { kind: "create" }
  | { kind: "take-in" }
  | { kind: "secret"; handoff: Handoff }
  | { kind: "handoffs" }
  | { kind: "edit"; row: KeyRow }
  | { kind: "enable"; row: KeyRow; enabled: boolean }
  | { kind: "revoke"; row: KeyRow; done?: () => void }
  | { kind: "connection"; connection: Connection }
  | { kind: "remove"; connection: Connection }
  | { kind: "invite"; again: Invitation | null }
  | { kind: "role"; member: Member; role: Role }
  | { kind: "remove-member"; member: Member }
  | { kind: "new-organization" }
  | { kind: "verifier"; made: Verifier | null }
  | { kind: "revoke-verifier"; verifier: Verifier }
  | { kind: "webhook"; made: Webhook | null }
  | { kind: "remove-webhook"; webhook: Webhook };

/** What is on screen: one view, and at most one dialog over it. */
export class Route {
  view = $state<View>("keys");
  dialog = $state.raw<DialogRoute | null>(null);
  /** Whether the selected key's details are open. */
  drawer = $state(false);
  tab = $state<UsageTab>("traffic");

  #returnTo: Element | null = null;

  go(view: View): void {
    this.view = view;
  }

  /** One dialog may lead to the next; the focus goes back to where the first was opened. */
  open(dialog: DialogRoute): void {
    if (!this.dialog) this.#returnTo = document.activeElement;
    this.dialog = dialog;
  }

  close(): void {
    this.dialog = null;
    const target = this.#returnTo;
    this.#returnTo = null;
    void tick().then(() => {
      if (target instanceof HTMLElement && target.isConnected && target !== document.body) target.focus();
      else document.querySelector<HTMLElement>("[data-focus-home]")?.focus();
    });
  }
}
