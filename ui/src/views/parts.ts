import { later } from "../state/later";

/**
 * What is not on the first screen. Each is a file of its own that is read when it is wanted, or when
 * the first screen is there: the window can be used before all of it has been read.
 */
export const parts = {
  audit: later(() => import("./AuditLog.svelte")),
  claim: later(() => import("./ClaimPage.svelte")),
  connect: later(() => import("./Connect.svelte")),
  dialogs: later(() => import("./Dialogs.svelte")),
  local: later(() => import("./LocalStart.svelte")),
  organization: later(() => import("./OrganizationSettings.svelte")),
  people: later(() => import("./People.svelte")),
  settings: later(() => import("./Settings.svelte")),
  signIn: later(() => import("./SignInPage.svelte")),
  state: later(() => import("./ServerState.svelte")),
  usage: later(() => import("./Usage.svelte")),
};

/** Reads them all, once nothing else has to be done first. From then on each opens at once, which tests wait for. */
export async function readAll(): Promise<void> {
  // Those that fail are read again when they are wanted, and say then what is wrong.
  await Promise.allSettled(Object.values(parts).map((part) => part.read()));
  document.documentElement.dataset.read = "true";
}
