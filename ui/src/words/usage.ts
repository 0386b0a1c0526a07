/** The words of usage: outcomes, groups, steps, and the time of a figure. */
import type { Bounds, Environment, Group, GroupBy, Outcome, Step } from "../bindings/console";
import type { Failure } from "../backend/backend";
import { failureLine } from "./errors";
import { count, counted } from "./numbers";
import { locale } from "./times";
import { inZone, wall } from "./zones";

/** Outcomes that belong together in the chart: what a person does about them is the same. */
export type Family = "accepted" | "limited" | "refused" | "nokey";

export const FAMILY: Record<Outcome, Family> = {
  accepted: "accepted",
  rate_limited: "limited",
  quota_exhausted: "limited",
  revoked: "refused",
  expired: "refused",
  disabled: "refused",
  wrong_tenant: "refused",
  missing_scope: "refused",
  address_refused: "refused",
  missing: "nokey",
  malformed: "nokey",
  unknown: "nokey",
};

/** The outcomes of a family. */
export function outcomesOf(family: Family): Outcome[] {
  return (Object.keys(FAMILY) as Outcome[]).filter((outcome) => FAMILY[outcome] === family);
}

export const FAMILIES: readonly Family[] = ["accepted", "limited", "refused", "nokey"];

export const FAMILY_WORD: Record<Family, string> = { accepted: "accepted", limited: "limited", refused: "refused", nokey: "unattributed" };

/** How a verification ended, in a table. */
export const OUTCOME_WORD: Record<Outcome, string> = {
  accepted: "accepted",
  missing: "no key",
  malformed: "not a key",
  unknown: "unknown key",
  revoked: "revoked",
  expired: "expired",
  disabled: "disabled",
  wrong_tenant: "wrong tenant",
  missing_scope: "missing scope",
  address_refused: "address refused",
  rate_limited: "rate limited",
  quota_exhausted: "quota used up",
};

export const STEP_WORD: Record<Step, string> = { minute: "minute", quarter: "quarter hour", hour: "hour", day: "day", month: "month" };

export const GROUP_WORD: Record<GroupBy, string> = { outcome: "outcome", key: "key", environment: "environment", route: "route" };

export const BOUNDS_WORD: Record<Bounds, string> = {
  exact: "",
  hours: "Each hour is counted to the step in which it begins.",
  utc_days: "A part is older than the hours that are kept: there each UTC day is counted to the step in which it begins.",
};

/** What a series is of. */
export function groupName(group: Group, others = 0): string {
  switch (group.kind) {
    case "all":
      return "all";
    case "key":
      return group.name ?? `a key that is gone (${group.id.slice(0, 8)})`;
    case "outcome":
      return OUTCOME_WORD[group.outcome];
    case "environment":
      return group.environment;
    case "route":
      return group.route ?? "no route given";
    case "unattributed":
      return "unattributed";
    case "other":
      return others > 0 ? `${count(others)} other${others === 1 ? "" : "s"}` : "other";
  }
}

/** What tells groups apart. */
export function groupId(group: Group): string {
  switch (group.kind) {
    case "key":
      return `key ${group.id}`;
    case "outcome":
      return `outcome ${group.outcome}`;
    case "environment":
      return `environment ${group.environment}`;
    case "route":
      return `route ${group.route ?? ""}`;
    default:
      return group.kind;
  }
}

export function environmentOf(group: Group): Environment | null {
  return group.kind === "key" || group.kind === "environment" ? group.environment : null;
}

/** `18.42 M`, `412,331`: for tiles and axes; exact figures stand beside them. */
export function short(n: number): string {
  if (n < 1_000_000) return count(n);
  const [unit, word] = n < 1e9 ? [1e6, "M"] : [1e9, "bn"];
  return `${new Intl.NumberFormat(locale(), { maximumFractionDigits: 2 }).format(n / unit)} ${word}`;
}

/** On an axis: `12k`, `1.5M`. */
export function tick(n: number): string {
  const part = (unit: number, word: string) => `${new Intl.NumberFormat(locale(), { maximumFractionDigits: 1 }).format(n / unit)}${word}`;
  return n >= 1e9 ? part(1e9, "bn") : n >= 1e6 ? part(1e6, "M") : n >= 10_000 ? part(1e3, "k") : count(n);
}

/** `99.87 %`; never rounded up to all, or down to nothing. */
export function share(part: number, of: number): string {
  if (of === 0) return "–";
  const percent = (part / of) * 100;
  const digits = (n: number) => new Intl.NumberFormat(locale(), { maximumFractionDigits: 2 }).format(n);
  if (part < of && percent > 99.99) return "> 99.99 %";
  if (part > 0 && percent < 0.01) return "< 0.01 %";
  return `${digits(percent)} %`;
}

/** `+6.1 %` against the period before; null where there was nothing to compare with. */
export function change(now: number, before: number | null | undefined): string | null {
  if (before === null || before === undefined || before === 0) return null;
  const percent = ((now - before) / before) * 100;
  if (percent > 999) return `${new Intl.NumberFormat(locale(), { maximumFractionDigits: percent > 9_900 ? 0 : 1 }).format(now / before)} times as many`;
  const digits = new Intl.NumberFormat(locale(), { maximumFractionDigits: 1, signDisplay: "never" }).format(percent);
  return digits === "0" ? "as before" : `${percent > 0 ? "+" : "−"}${digits} %`;
}

export function verifications(n: number): string {
  return counted(n, "verification", "verifications");
}

const YEAR: Intl.DateTimeFormatOptions = { year: "numeric" };

/** The time that a figure stands for: `21 Nov, 14:00 to 14:15`, `Sat, 21 November 2026`, `November 2026`. */
export function stepTime(from: number, to: number, step: Step, zone: string): string {
  if (step === "month") return inZone(zone, { month: "long", ...YEAR }).format(from);
  if (step === "day") return inZone(zone, { weekday: "short", day: "numeric", month: "long", ...YEAR }).format(from);
  const clock = inZone(zone, { hour: "2-digit", minute: "2-digit" });
  const date = inZone(zone, { weekday: "short", day: "numeric", month: "short" }).format(from);
  return step === "minute" ? `${date}, ${clock.format(from)}` : `${date}, ${clock.format(from)} to ${clock.format(to)}`;
}

/** Beneath the chart, for ticks that lie that far apart: the day is said where it changes. */
export function axisTimes(ticks: readonly number[], apart: number, zone: string): string[] {
  let before = "";
  return ticks.map((at) => {
    const { hour, minute } = wall(at, zone);
    if (apart >= 28 * 86_400_000) {
      const year = inZone(zone, YEAR).format(at);
      const changed = year !== before;
      before = year;
      return `${inZone(zone, { month: "short" }).format(at)}${changed ? `\n${year}` : ""}`;
    }
    const day = inZone(zone, { day: "numeric", month: "short" }).format(at);
    const changed = day !== before;
    before = day;
    if (apart >= 86_400_000 - 3_600_000 || (hour === 0 && minute === 0 && apart > 6 * 3_600_000)) return day;
    return `${inZone(zone, { hour: "2-digit", minute: "2-digit" }).format(at)}${changed ? `\n${day}` : ""}`;
  });
}

/** The range in words, for a title: `24 October to 22 November 2026`. */
export function spanWords(from: number, to: number, zone: string): string {
  const day = inZone(zone, { day: "numeric", month: "long", ...YEAR });
  const first = day.format(from);
  const last = day.format(to - 1);
  const clock = inZone(zone, { hour: "2-digit", minute: "2-digit" });
  const whole = [from, to].every((at) => clock.format(at) === "00:00");
  if (to - from > 3 * 86_400_000 || whole) return first === last ? first : `${first} to ${last}`;
  return first === last ? `${first}, ${clock.format(from)} to ${clock.format(to)}` : `${first}, ${clock.format(from)} to ${last}, ${clock.format(to)}`;
}

/** Why the traffic of a key is not said. It never holds anything back. */
export function trafficFailed(failure: Failure): string {
  // A system that does not count key by key says so itself.
  if (failure.code === "incompatible") return failure.message;
  return `Its traffic is not known: ${failureLine(failure)}`;
}
