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

export const tauriBackend: Backend = {
  overview: () => call("overview"),
  listen: (handler) => listen<Event>("keydeck", (event) => handler(event.payload)),
  cancel: (operation) => call("cancel", { operation }),

  startLocal: (operation) => call("start_local", { operation }),
  probeServer: (operation, address, caFile) => call("probe_server", { operation, address, caFile }),
  addConnection: (operation, connection) => call("add_connection", { operation, connection }),
  editConnection: (operation, id, connection) => call("edit_connection", { operation, id, connection }),
  removeConnection: (operation, id) => call("remove_connection", { operation, id }),
  showConnection: (id, organization) => call("show_connection", { id, organization }),
  signIn: (operation, id, email, password) => call("sign_in", { operation, id, email, password }),
  signOut: (operation, id) => call("sign_out", { operation, id }),
  refreshConnection: (operation, id) => call("refresh_connection", { operation, id }),

  claimServer: (operation, id, claim) => call("claim_server", { operation, id, claim }),
  lookAtInvitation: (operation, link, caFile) => call("look_at_invitation", { operation, link, caFile }),
  acceptInvitation: (operation, form) => call("accept_invitation", { operation, form }),

  sessions: (operation, connection) => call("sessions", { operation, connection }),
  endSession: (operation, connection, session) => call("end_session", { operation, connection, session }),
  changePassword: (operation, connection, current, next) => call("change_password", { operation, connection, current, next }),
  renameAccount: (operation, connection, name) => call("rename_account", { operation, connection, name }),

  createOrganization: (operation, connection, organization) => call("create_organization", { operation, connection, organization }),
  changeOrganization: (operation, connection, organization, version, change) =>
    call("change_organization", { operation, connection, organization, version, change }),
  leaveOrganization: (operation, connection, organization) => call("leave_organization", { operation, connection, organization }),

  members: (operation, connection, organization) => call("members", { operation, connection, organization }),
  changeMember: (operation, connection, organization, user, role) =>
    call("change_member", { operation, connection, organization, user, role }),
  removeMember: (operation, connection, organization, user) => call("remove_member", { operation, connection, organization, user }),
  invitations: (operation, connection, organization) => call("invitations", { operation, connection, organization }),
  invite: (operation, connection, organization, invitation) => call("invite", { operation, connection, organization, invitation }),
  copyInvitation: (invitation) => call("copy_invitation", { invitation }),
  withdrawInvitation: (operation, connection, organization, invitation) =>
    call("withdraw_invitation", { operation, connection, organization, invitation }),

  audit: (operation, connection, organization, query) => call("audit", { operation, connection, organization, query }),
  checkAudit: (operation, connection, organization) => call("check_audit", { operation, connection, organization }),
  exportAudit: (operation, connection, organization, query, format) =>
    call("export_audit", { operation, connection, organization, query, format }),

  listKeys: (operation, connection, organization, query) => call("list_keys", { operation, connection, organization, query }),
  getKey: (operation, key) => call("get_key", { operation, key }),
  updateKey: (operation, key, version, change) => call("update_key", { operation, key, version, change }),
  revokeKey: (operation, key) => call("revoke_key", { operation, key }),

  createKey: (operation, connection, organization, key) => call("create_key", { operation, connection, organization, key }),
  handoffs: (operation) => call("handoffs", { operation }),
  finishHandoff: (key, keep) => call("finish_handoff", { key, keep }),
  confirmStored: (key) => call("confirm_stored", { key }),
  resendHandoff: (operation, key) => call("resend_handoff", { operation, key }),
  forgetHandoff: (key) => call("forget_handoff", { key }),
  discardKey: (operation, key) => call("discard_key", { operation, key }),
  forgetSecret: (key) => call("forget_secret", { key }),

  copySecret: (key, form) => call("copy_secret", { key, form }),
  clearClipboard: () => call("clear_clipboard"),
  tryKey: (operation, key) => call("try_key", { operation, key }),
  revealSecret: (key) => call("reveal_secret", { key }),
  revealServed: (address) => call("reveal_served", { address }),
  endReveal: (address) => call("end_reveal", { address }),

  setPreferences: (preferences) => call("set_preferences", { preferences }),
  checkKeychain: () => call("check_keychain"),
  openLink: (url) => call("open_link", { url }),
};
