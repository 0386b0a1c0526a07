/** The real backend: each method is one command. The only file that knows Tauri. */
import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";

import type { Event } from "../bindings/console";
import type { Backend, Failure } from "./backend";

/**
 * A command that refuses gives an `Error` of the console. Tauri itself refuses arguments that can't
 * be read with a text: those were typed, so they are `invalid`.
 */
function failure(reason: unknown): Failure {
  if (typeof reason === "object" && reason !== null && "code" in reason && "message" in reason) {
    return reason as Failure;
  }
  const text = typeof reason === "string" ? reason : reason instanceof Error ? reason.message : "";
  const refused = /^invalid args `[^`]*` for command `[^`]*`: (.*)$/s.exec(text);
  if (refused?.[1]) return { code: "invalid", message: refused[1], retry_after: null };
  return { code: "internal", message: text || "The program gave no reason.", retry_after: null };
}

async function call<T>(command: string, args: Record<string, unknown> = {}): Promise<T> {
  try {
    return await invoke<T>(command, args);
  } catch (reason) {
    throw failure(reason);
  }
}

/** The parameters of each method, in their order: a command takes them by name. */
const PARAMETERS: Record<Exclude<keyof Backend, "listen">, string> = {
  overview: "",
  cancel: "operation",
  startLocal: "operation",
  probeServer: "operation kind address caFile",
  addConnection: "operation connection",
  editConnection: "operation id connection",
  removeConnection: "operation id",
  showConnection: "id organization",
  signIn: "operation id email password",
  signInFromClipboard: "operation id tenant",
  signUp: "operation id email name",
  signOut: "operation id",
  refreshConnection: "operation id",
  claimServer: "operation id claim",
  lookAtInvitation: "operation link caFile",
  acceptInvitation: "operation form",
  sessions: "operation connection",
  endSession: "operation connection session",
  changePassword: "operation connection current next",
  renameAccount: "operation connection name",
  createOrganization: "operation connection organization",
  changeOrganization: "operation connection organization version change",
  limits: "operation connection organization",
  setLimits: "operation connection organization version limits",
  leaveOrganization: "operation connection organization",
  members: "operation connection organization",
  changeMember: "operation connection organization user role",
  removeMember: "operation connection organization user",
  invitations: "operation connection organization",
  invite: "operation connection organization invitation",
  copyInvitation: "invitation",
  withdrawInvitation: "operation connection organization invitation",
  verifiers: "operation connection organization",
  makeVerifier: "operation connection organization verifier",
  copyVerifier: "verifier form",
  forgetVerifier: "verifier",
  revokeVerifier: "operation connection organization verifier",
  audit: "operation connection organization query",
  checkAudit: "operation connection organization",
  exportAudit: "operation connection organization query format",
  usage: "operation connection organization query width before",
  keyUsage: "operation key",
  sparklines: "operation connection organization keys",
  staleKeys: "operation connection organization query",
  alerts: "operation connection organization",
  exportUsage: "operation connection organization query format",
  savePicture: "operation stem png",
  webhooks: "operation connection organization",
  makeWebhook: "operation connection organization webhook",
  copyWebhook: "webhook",
  forgetWebhook: "webhook",
  removeWebhook: "operation connection organization webhook",
  testWebhook: "operation connection organization webhook",
  listKeys: "operation connection organization query",
  getKey: "operation key",
  updateKey: "operation key version change",
  revokeKey: "operation key",
  lookAtClipboard: "operation connection",
  takeKeyIn: "operation connection organization key",
  setRotateBy: "operation key rotateBy",
  forgetRegistered: "operation key",
  createKey: "operation connection organization key",
  handoffs: "operation",
  finishHandoff: "key keep",
  confirmStored: "key",
  resendHandoff: "operation key",
  forgetHandoff: "key",
  discardKey: "operation key",
  forgetSecret: "key",
  copySecret: "key form",
  clearClipboard: "",
  tryKey: "operation key",
  revealSecret: "key",
  revealServed: "address",
  endReveal: "address",
  setPreferences: "preferences",
  checkKeychain: "",
  openLink: "url",
};

/** Each command has the name of its method, in snake case. */
const snake = (method: string) => method.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const commands = Object.entries(PARAMETERS).map(([method, parameters]) => {
  const names = parameters === "" ? [] : parameters.split(" ");
  return [method, (...values: unknown[]) => call(snake(method), Object.fromEntries(names.map((name, at) => [name, values[at]])))];
});

// That each takes what the interface says is held by a test.
export const tauriBackend = {
  ...Object.fromEntries(commands),
  listen: (handler: (event: Event) => void) => listen<Event>("keydeck", (event) => handler(event.payload)),
} as Backend;
