import type { Failure } from "../backend/backend";

export type FormField = "name" | "note" | "scopes" | "expires_at" | "allowed_addresses" | "metadata";

/**
 * At which field a refusal belongs. The refusal names its field in its sentence or not at all; what
 * can't be told apart is shown at the foot of the form.
 */
export function fieldOf(failure: Failure): FormField | null {
  if (failure.code !== "invalid") return null;
  const text = failure.message.toLowerCase();
  const named: [FormField, RegExp][] = [
    ["allowed_addresses", /address/],
    ["metadata", /metadata/],
    ["expires_at", /expir|in the past|in the future/],
    ["scopes", /scope/],
    ["note", /\bnote\b|2,?000 characters/],
    ["name", /\bname\b|\b100 characters|must not be empty/],
  ];
  return named.find(([, words]) => words.test(text))?.[0] ?? null;
}
