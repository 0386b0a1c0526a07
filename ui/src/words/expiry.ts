/** The choices of *Expires*, in the create and the edit dialog. */
import { dateField, day, daysAhead, endOfDay } from "./times";

export const PRESET_DAYS = [7, 30, 90, 365] as const;

/** A number of days, a picked date, never, or as it is. */
export type ExpiryChoice = `${number}` | "date" | "never" | "keep";

export interface Expiry {
  choice: ExpiryChoice;
  /** As a date field has it: `2027-01-24`. */
  date: string;
}

export function defaultExpiry(days: number | null, now: number): Expiry {
  return { choice: days === null ? "never" : `${days}`, date: dateField(now + 30 * 86_400_000) };
}

/** The instant that is meant; undefined where the date can't be read. */
export function instantOf(expiry: Expiry, now: number, current: string | null): string | null | undefined {
  if (expiry.choice === "keep") return current;
  if (expiry.choice === "never") return null;
  if (expiry.choice === "date") return endOfDay(expiry.date) ?? undefined;
  return daysAhead(Number(expiry.choice), now);
}

/** What is said beneath the choice. */
export function expirySentence(at: string | null | undefined, now: number): string {
  if (at === undefined) return "Pick a date.";
  if (at === null) return "Works until it is revoked.";
  if (Date.parse(at) <= now) return "That day is over.";
  return `Works until ${day(at, now)}.`;
}
