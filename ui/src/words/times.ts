/** Times in words, and exactly. The clock is handed in, so that every sentence can be tested. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365.25 * DAY;

/** From how many days on a key counts as expiring. */
export const EXPIRING_DAYS = 7;

/**
 * The locale for dates. The window speaks English, so another language's months would stand out;
 * under `LC_ALL=C` the language is "C", which `Intl` refuses.
 */
export function locale(language: string | undefined = globalThis.navigator?.language): string {
  if (!language || !/^en(-|$)/i.test(language)) return "en-GB";
  try {
    return Intl.getCanonicalLocales(language)[0] ?? "en";
  } catch {
    return "en";
  }
}

/** Each takes long to make, and is good for every date. */
const made = new Map<string, Intl.DateTimeFormat>();
function written(date: Date, language: string, options: Intl.DateTimeFormatOptions): string {
  const name = `${language} ${JSON.stringify(options)}`;
  let format = made.get(name);
  if (!format) made.set(name, (format = new Intl.DateTimeFormat(language, options)));
  return format.format(date);
}

const counted = (n: number, one: string, many: string) => `${n} ${n === 1 ? one : many}`;

/** What has passed: only what is over counts. */
function passed(ms: number): string {
  if (ms < HOUR) return `${Math.max(1, Math.floor(ms / MINUTE))} min`;
  if (ms < 48 * HOUR) return counted(Math.floor(ms / HOUR), "hour", "hours");
  if (ms < YEAR) return counted(Math.floor(ms / DAY), "day", "days");
  return counted(Math.floor(ms / YEAR), "year", "years");
}

/** How many midnights of this computer's zone lie between two instants. */
function midnights(from: number, to: number): number {
  const start = (at: number) => new Date(at).setHours(0, 0, 0, 0);
  return Math.round((start(to) - start(from)) / DAY);
}

/**
 * What is still to come: the nearest, so that what was just made says what was asked for. Days as a
 * calendar has them, so that they agree with the date beside them and change at night, not while one looks.
 */
function left(now: number, at: number): string {
  const ms = at - now;
  if (ms < HOUR) return `${Math.round(ms / MINUTE)} min`;
  if (ms < 48 * HOUR) return counted(Math.round(ms / HOUR), "hour", "hours");
  if (ms < 730 * DAY) return counted(midnights(now, at), "day", "days");
  return counted(Math.round(ms / YEAR), "year", "years");
}

/** `2 min ago`, `yesterday`, `in 64 days`. */
export function relative(iso: string, now: number): string {
  const at = Date.parse(iso);
  if (Number.isNaN(at)) return "unknown";
  const past = now - at;
  if (Math.abs(past) < MINUTE) return past >= 0 ? "just now" : "in a moment";
  if (past > 0) {
    if (past >= 24 * HOUR && past < 48 * HOUR) return "yesterday";
    return `${passed(past)} ago`;
  }
  return `in ${left(now, at)}`;
}

/** The same for what has happened: a server's clock that is a little ahead does not make it future. */
export function since(iso: string, now: number): string {
  return relative(iso, Math.max(now, Date.parse(iso) || 0));
}

/** `24 January`, with the year where it is another one. */
export function day(iso: string | number, now: number, language = locale()): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return "unknown";
  const sameYear = date.getFullYear() === new Date(now).getFullYear();
  return written(date, language, { day: "numeric", month: "long", ...(sameYear ? {} : { year: "numeric" }) });
}

/** `14:05`, with the day where it is another one: `21 November, 14:05`. */
export function clock(iso: string, now: number, language = locale()): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return "unknown";
  const time = written(date, language, { hour: "2-digit", minute: "2-digit" });
  return date.toDateString() === new Date(now).toDateString() ? time : `${day(iso, now, language)}, ${time}`;
}

/** `14:05`, or short with the day: `21 Nov, 14:05`. For columns. */
export function stamp(iso: string, now: number, language = locale()): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return "unknown";
  const today = new Date(now);
  const options: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit" };
  if (date.toDateString() !== today.toDateString()) Object.assign(options, { day: "numeric", month: "short" });
  if (date.getFullYear() !== today.getFullYear()) options.year = "numeric";
  return written(date, language, options);
}

/** To the second, with the zone: for tooltips. */
export function exact(iso: string, language = locale()): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return "unknown";
  return written(date, language, {
    day: "numeric",
    month: "long",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "short",
  });
}

/** Whether an expiry lies ahead and is at most seven days away. */
export function expiresSoon(iso: string | null, now: number): boolean {
  if (iso === null) return false;
  const left = Date.parse(iso) - now;
  return left > 0 && left <= EXPIRING_DAYS * DAY;
}

/** The instant that lies a number of days ahead. */
export function daysAhead(days: number, now: number): string {
  return new Date(now + days * DAY).toISOString();
}

/** The last instant of a day that was picked in a date field (`2027-01-24`), in this computer's zone. */
export function endOfDay(date: string): string | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  if (!parts) return null;
  const at = new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]), 23, 59, 59);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}

/** The first instant of a day that was picked in a date field, or of one that many days later, in this computer's zone. */
export function startOfDay(date: string, days = 0): string | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  if (!parts) return null;
  const at = new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]) + days);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}

/** A day as a date field wants it, in this computer's zone. */
export function dateField(iso: string | number): string {
  const date = new Date(iso);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
