/** The words for everything that can go wrong: one total table, keyed by the code. */
import type { Error as Failure, ErrorCode } from "../bindings/console";

/** How grave it is: `mind` can be mended here, `wait` passes, `fault` needs somebody. */
export type Gravity = "mind" | "wait" | "fault";

export interface ErrorWords {
  title: string;
  /** What to do. */
  advice: string;
  gravity: Gravity;
  /** The title says all: what the program adds would say it twice. */
  plain?: true;
}

export const ERRORS: Record<ErrorCode, ErrorWords> = {
  invalid: { title: "This can't be accepted", advice: "Change what is named and try again.", gravity: "mind" },
  insecure_address: {
    title: "This address is not safe",
    advice: "Use an address that begins with https://. Plain http goes to this computer alone.",
    gravity: "mind",
  },
  unreachable: {
    title: "The server can't be reached",
    advice: "Check the network and the server's address, then try again.",
    gravity: "wait",
  },
  certificate: {
    title: "The server's certificate is not to be trusted",
    advice: "Nothing was sent to it. Ask whoever runs the server; if it has a certificate authority of its own, name that authority's file.",
    gravity: "fault",
  },
  timeout: { title: "The server took too long", advice: "Try again in a moment.", gravity: "wait" },
  cancelled: { title: "Cancelled", advice: "What was sent already may still have arrived.", gravity: "mind", plain: true },
  not_a_key_server: {
    title: "This is not a key server",
    advice:
      "Something else answers there. In a hotel or a train it is often the network, which wants you to sign in first: open a web page, sign in there, then try again. Otherwise check the address.",
    gravity: "mind",
  },
  incompatible: {
    title: "The server speaks another version",
    advice: "Bring Keydeck or the server up to date.",
    gravity: "fault",
  },
  bad_answer: {
    title: "The server's answer can't be read",
    advice: "Try again. If it stays, tell whoever runs the server.",
    gravity: "fault",
  },
  redirected: {
    title: "The server points to another address",
    advice: "Redirects are never followed. Enter the address that it really has; where a network wants you to sign in first, open a web page and do so.",
    gravity: "mind",
  },
  wrong_credentials: { title: "E-mail or password is wrong", advice: "Check both and try again.", gravity: "mind", plain: true },
  signed_out: { title: "Your session has ended", advice: "Sign in again to go on.", gravity: "mind", plain: true },
  forbidden: {
    title: "Your role does not allow this",
    advice: "Ask an admin or owner of the organization.",
    gravity: "mind",
  },
  not_found: {
    title: "It is not there any more",
    advice: "Somebody removed it, or you can't see it. Load the list again.",
    gravity: "mind",
  },
  conflict: {
    title: "Something else is there already",
    advice: "Load again to see how it is now.",
    gravity: "mind",
  },
  revoked: { title: "A revoked key can't be changed", advice: "Make a new key instead.", gravity: "mind", plain: true },
  rate_limited: { title: "Too many tries", advice: "Wait a little, then try again.", gravity: "wait" },
  server_failed: {
    title: "The server failed",
    advice: "Try again in a moment. If it stays, tell whoever runs the server.",
    gravity: "wait",
  },
  keychain_locked: {
    title: "The keychain is locked",
    advice: "Unlock it with your system's password, then try again.",
    gravity: "mind",
  },
  keychain_absent: {
    title: "This computer has no keychain, or it does not run",
    advice: "Install one (on Linux gnome-keyring or kwalletmanager), sign in to your desktop again, then try again.",
    gravity: "fault",
    plain: true,
  },
  keychain_refused: {
    title: "The keychain refused",
    advice: "Check the keychain in the settings, then try again.",
    gravity: "fault",
  },
  not_in_keychain: {
    title: "This computer does not hold the secret",
    advice: "A secret can't be fetched from the server again. Make a new key if you need one.",
    gravity: "mind",
  },
  clipboard: {
    title: "The clipboard can't be used",
    advice: "Reveal the secret instead, or try again.",
    gravity: "fault",
  },
  settings: {
    title: "The settings can't be read or written",
    advice: "Check that the disk has room and that the folder is yours.",
    gravity: "fault",
  },
  file: {
    title: "The file can't be written",
    advice: "Check that the disk has room and that the folder is yours.",
    gravity: "fault",
  },
  local_server: {
    title: "The server on this computer can't be started",
    advice: "Another Keydeck may be using it. Close it and try again.",
    gravity: "fault",
  },
  unsafe_link: { title: "This link is not opened", advice: "Only https links are.", gravity: "mind" },
  internal: {
    title: "Something went wrong in Keydeck",
    advice: "Try again. If it stays, start Keydeck again.",
    gravity: "fault",
  },
};

/** Takes whatever was thrown for a failure. */
export function asFailure(reason: unknown): Failure {
  if (typeof reason === "object" && reason !== null && "code" in reason && "message" in reason) {
    const failure = reason as Failure;
    if (failure.code in ERRORS) return failure;
  }
  const message = reason instanceof Error ? reason.message : "";
  return { code: "internal", message, retry_after: null };
}

/** When it can be tried again, in words; empty where the server did not say. */
export function retryWords(failure: Failure): string {
  const seconds = failure.retry_after;
  if (seconds === null || seconds <= 0) return "";
  return seconds < 90 ? `It can be tried again in ${seconds} s.` : `It can be tried again in ${Math.ceil(seconds / 60)} min.`;
}

/** What the program says this time; empty where it is what the title says already. */
export function messageOf(failure: Failure): string {
  const { title, plain } = ERRORS[failure.code];
  const same = failure.message.replace(/\.$/, "").toLowerCase() === title.toLowerCase();
  return plain || same ? "" : failure.message;
}

/** One line for a notice. */
export function failureLine(failure: Failure): string {
  const message = messageOf(failure);
  return message ? `${ERRORS[failure.code].title}: ${message}` : `${ERRORS[failure.code].title}.`;
}
