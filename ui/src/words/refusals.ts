/** At which field of a form about people and organizations a refusal belongs. */
import type { Failure } from "../backend/backend";
import { fieldMessage } from "./fields";

const FIELDS = ["token", "email", "name", "password", "organization", "prefix", "scopes", "presets", "role"] as const;
export type PeopleField = (typeof FIELDS)[number];

const NAMED = /^`([a-z_]+)/;
/** What is said without its field's name. */
const SENTENCES: [PeopleField, RegExp][] = [
  ["password", /\bpassword\b/i],
  ["prefix", /^a prefix is /],
  ["email", /e-mail address/],
  ["scopes", /^a scope is /],
];

export function peopleFieldOf(failure: Failure | null): PeopleField | null {
  if (failure?.code !== "invalid") return null;
  const named = NAMED.exec(failure.message)?.[1];
  return FIELDS.find((field) => field === named) ?? SENTENCES.find(([, sentence]) => sentence.test(failure.message))?.[0] ?? null;
}

/** The sentence beneath a field; empty where the refusal belongs elsewhere. */
export function refusalAt(failure: Failure | null, field: PeopleField): string {
  return failure !== null && peopleFieldOf(failure) === field ? fieldMessage(failure) : "";
}
