/** Time zones: which there are, and where an hour, a day and a month begin in one. */
import { locale } from "./times";

export type Unit = "hour" | "day" | "month";

/** Browsers still have the names of before for some. */
const RENAMED: Record<string, string> = {
  "Africa/Asmera": "Africa/Asmara",
  "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
  "America/Godthab": "America/Nuuk",
  "Asia/Calcutta": "Asia/Kolkata",
  "Asia/Katmandu": "Asia/Kathmandu",
  "Asia/Rangoon": "Asia/Yangon",
  "Asia/Saigon": "Asia/Ho_Chi_Minh",
  "Atlantic/Faeroe": "Atlantic/Faroe",
  "Europe/Kiev": "Europe/Kyiv",
  "Pacific/Enderbury": "Pacific/Kanton",
  "Pacific/Ponape": "Pacific/Pohnpei",
  "Pacific/Truk": "Pacific/Chuuk",
};

/** As people call it now, where this computer knows that name. */
function today(zone: string): string {
  const name = RENAMED[zone];
  return name !== undefined && isZone(name) ? name : zone;
}

/** This computer's zone; UTC where it has none that has a name. */
export function systemZone(): string {
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return zone && isZone(zone) ? today(zone) : "UTC";
}

export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** All zones that have a name, UTC first. */
export function allZones(): string[] {
  const names = typeof Intl.supportedValuesOf === "function" ? Intl.supportedValuesOf("timeZone") : [systemZone()];
  return ["UTC", ...new Set(names.filter((name) => name !== "UTC" && name !== "Etc/UTC").map(today))];
}

/** Those whose name holds every word that was typed: `new york`, `asia`. */
export function findZones(typed: string, zones: readonly string[]): string[] {
  const words = typed.toLowerCase().split(/[\s/_]+/).filter((word) => word !== "");
  return zones.filter((zone) => {
    const name = zone.toLowerCase().replace(/[/_]/g, " ");
    return words.every((word) => name.includes(word));
  });
}

interface Wall {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();
function format(zone: string): Intl.DateTimeFormat {
  let made = formats.get(zone);
  if (!made) {
    made = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formats.set(zone, made);
  }
  return made;
}

/** What a clock on a wall in that zone shows; months from 1. */
export function wall(at: number, zone: string): Wall {
  const parts: Record<string, number> = {};
  for (const { type, value } of format(zone).formatToParts(at)) parts[type] = Number(value);
  return { year: parts.year ?? 0, month: parts.month ?? 1, day: parts.day ?? 1, hour: parts.hour ?? 0, minute: parts.minute ?? 0, second: parts.second ?? 0 };
}

/** How far a zone's clocks are ahead of UTC at an instant, in milliseconds. */
function offset(at: number, zone: string): number {
  const { year, month, day, hour, minute, second } = wall(at, zone);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1_000) * 1_000;
}

/** The instant at which a wall clock shows this; months from 1, and they and days may run over. */
export function instantOf(zone: string, year: number, month: number, day: number): number {
  const shown = Date.UTC(year, month - 1, day);
  // The offset holds at the instant that is looked for: the second look settles days on which clocks change.
  const guess = shown - offset(shown, zone);
  const second = shown - offset(guess, zone);
  // Where midnight is left out, the day begins with the first instant after it.
  return offset(second, zone) === shown - second ? second : Math.max(guess, second);
}

/** The beginning of the hour, day or month there, or of the one that many later. */
export function startOf(unit: Unit, at: number, zone: string, later = 0): number {
  const { year, month, day, minute, second } = wall(at, zone);
  if (unit === "hour") return Math.floor(at / 1_000) * 1_000 - (minute * 60 + second) * 1_000 + later * 3_600_000;
  return unit === "day" ? instantOf(zone, year, month, day + later) : instantOf(zone, year, month + later, 1);
}

/** The first instant of a day as a date field has it (`2027-01-24`) in that zone, or of one that many days later. */
export function dayIn(zone: string, date: string, later = 0): number | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  if (!parts) return null;
  const at = instantOf(zone, Number(parts[1]), Number(parts[2]), Number(parts[3]) + later);
  return Number.isNaN(at) ? null : at;
}

/** A day as a date field wants it, in that zone. */
export function dateIn(zone: string, at: number): string {
  const { year, month, day } = wall(at, zone);
  return `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}

/** `Asia/Kathmandu (UTC+5:45)`: the offset is that of the instant. */
export function zoneWords(zone: string, at: number): string {
  if (zone === "UTC") return "UTC";
  const minutes = Math.round(offset(at, zone) / 60_000);
  const ahead = Math.abs(minutes);
  const rest = ahead % 60;
  return `${zone.replace(/_/g, " ")} (UTC${minutes < 0 ? "−" : "+"}${Math.floor(ahead / 60)}${rest ? `:${String(rest).padStart(2, "0")}` : ""})`;
}

const written = new Map<string, Intl.DateTimeFormat>();
/** A formatter in the window's language, kept: making one takes longer than using it. */
export function inZone(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const id = `${zone} ${JSON.stringify(options)}`;
  let made = written.get(id);
  if (!made) {
    made = new Intl.DateTimeFormat(locale(), { ...options, timeZone: zone, ...(options.hour ? { hourCycle: "h23" } : {}) });
    written.set(id, made);
  }
  return made;
}
