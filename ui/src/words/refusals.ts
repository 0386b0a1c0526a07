/** At which field of a form about people and organizations a refusal belongs. */
import type { Failure } from "../backend/backend";
import { fieldMessage } from "./fields";

const FIELDS = ["token", "email", "name", "password", "organization", "prefix", "scopes", "presets", "role", "url"] as const;
export type PeopleField = (typeof FIELDS)[number];

/** A server names the field as it is on the wire. */
const NAMED = /^`([a-z_]+)/;
/** The program names it in words: `Your name: must not be empty.` */
const IN_WORDS: [PeopleField, string][] = [
  ["email", "The e-mail address"],
  ["name", "Your name"],
  ["name", "The name"],
  ["organization", "The organization's name"],
  ["prefix", "The prefix"],
];
/** What is said without its field's name. */
const SENTENCES: [PeopleField, RegExp][] = [
  ["password", /\bpassword\b/i],
  ["prefix", /^a prefix is /],
  ["email", /e-mail address/],
  ["scopes", /^a scope is /],
];

export function peopleFieldOf(failure: Failure | null): PeopleField | null {
  if (failure?.code !== "invalid") return null;
  const named = NAMED.exec(failure.message)?.[1] ?? IN_WORDS.find(([, words]) => failure.message.startsWith(`${words}: `))?.[0];
  return FIELDS.find((field) => field === named) ?? SENTENCES.find(([, sentence]) => sentence.test(failure.message))?.[0] ?? null;
}

/** The sentence beneath a field; empty where the refusal belongs elsewhere. */
export function refusalAt(failure: Failure | null, field: PeopleField): string {
  if (failure === null || peopleFieldOf(failure) !== field) return "";
  const words = IN_WORDS.find(([, before]) => failure.message.startsWith(`${before}: `))?.[1];
  return fieldMessage(words ? { ...failure, message: failure.message.slice(words.length + 2) } : failure);
}
