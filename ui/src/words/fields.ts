import type { Failure } from "../backend/backend";

const FIELDS = ["name", "note", "scopes", "expires_at", "allowed_addresses", "metadata"] as const;
export type FormField = (typeof FIELDS)[number];

/** A server names the field first: `` `expires_at` must lie in the future ``. */
const NAMED = /^`(?:key\.)?([a-z_]+)[^`]*`:?\s*/;

/**
 * What the program says of a value before it goes anywhere does not name its field. Its sentences
 * are few, and what is not among them is shown at the foot of the form.
 */
const SENTENCES: [FormField, RegExp][] = [
  ["allowed_addresses", /^must be an address or a network/],
  ["scopes", /^a scope is /],
  ["note", /^must have at most 2000 characters/],
  ["name", /^must have at most 100 characters|^must not be empty/],
];

/** At which field a refusal belongs. */
export function fieldOf(failure: Failure): FormField | null {
  if (failure.code !== "invalid") return null;
  const named = NAMED.exec(failure.message)?.[1];
  return FIELDS.find((field) => field === named) ?? SENTENCES.find(([, sentence]) => sentence.test(failure.message))?.[0] ?? null;
}

/** The refusal as a sentence beneath its field. */
export function fieldMessage(failure: Failure): string {
  const text = failure.message.replace(NAMED, "").replace(/\.$/, "");
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}
