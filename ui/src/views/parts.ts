import type { Component } from "svelte";

/**
 * What is not on the first screen. Each is a file of its own that is read when it is wanted, or when
 * the first screen is there: the window can be used before all of it has been read.
 */
export const parts = {
  audit: () => import("./AuditLog.svelte"),
  claim: () => import("./ClaimPage.svelte"),
  connect: () => import("./Connect.svelte"),
  dialogs: () => import("./Dialogs.svelte"),
  local: () => import("./LocalStart.svelte"),
  organization: () => import("./OrganizationSettings.svelte"),
  people: () => import("./People.svelte"),
  settings: () => import("./Settings.svelte"),
  signIn: () => import("./SignInPage.svelte"),
  state: () => import("./ServerState.svelte"),
  usage: () => import("./Usage.svelte"),
} satisfies Record<string, () => Promise<{ default: Component<never> }>>;

/** Reads them all, once nothing else has to be done first. From then on each opens at once, which tests wait for. */
export async function readAll(): Promise<void> {
  // Those that fail are read again when they are wanted, and say then what is wrong.
  await Promise.allSettled(Object.values(parts).map((part) => part()));
  document.documentElement.dataset.read = "true";
}
