/** What the fake's keys were asked for: a day has a noon, a week an end, and the sums add up. */
import type { Group, KeyRow, Outcome, Step, UsageQuery } from "../../bindings/console";
import { instantOf, startOf, wall } from "../../words/zones";
import { HOUR } from "./data";

const MINUTE = 60_000;
const DAY = 24 * HOUR;

/** One thing that is counted: a key, or what names none. */
export interface Source {
  row: KeyRow | null;
  route: string | null;
  /** Verifications in the busiest hours. */
  rate: number;
  /** How much of it ends otherwise than accepted, and how. */
  ends: [Outcome, number][];
  /** Hours with far more, and with a limit. */
  bursts: boolean;
}

const ROUTES = ["/search", "/records", "/invoices", null];
const RATES = [19_400, 8_700, 160, 900, 0, 45, 3, 220, 2_600, 410];

/** The sources of an organization: its first keys are busy, half of them idle. */
export function sourcesOf(rows: KeyRow[], scale: number): Source[] {
  const keys = rows.slice(0, 60).map((row, index): Source => {
    const unused = row.key.last_used_at === null;
    const rate = unused ? 0 : (RATES[index] ?? (index % 2 === 0 ? 0 : Math.round(600 / (index - 8))));
    return {
      row,
      route: ROUTES[index % ROUTES.length] ?? null,
      rate: rate * scale,
      ends: index % 4 === 1 ? [["missing_scope", 0.0011], ["address_refused", 0.0004]] : [["missing_scope", 0.0003]],
      bursts: index < 2,
    };
  });
  const nobody: Source = { row: null, route: null, rate: 74 * scale, ends: [["unknown", 0.72], ["malformed", 0.16], ["missing", 0.12]], bursts: false };
  return rows.length === 0 ? [] : [...keys, nobody];
}

/** The same for the same hour in every run. */
function noise(hour: number, salt: number): number {
  const x = Math.sin(hour * 12.9898 + salt * 78.233) * 43_758.5453;
  return x - Math.floor(x);
}

const GROWN = Date.now() / HOUR;
const hours = new Map<number, number>();

/** Verifications in the hour that begins at `hour` hours since 1970, in thousandths of the busiest. */
function perHour(salt: number, hour: number): number {
  const known = hours.get(salt * 1e6 + hour);
  if (known !== undefined) return known;
  const day = Math.floor(hour / 24);
  const weekend = (day + 3) % 7 >= 5 ? 0.45 : 1;
  const noon = 0.35 + 0.65 * Math.max(0, Math.sin((((hour % 24) - 5) / 15) * Math.PI));
  const growth = 1 - Math.min(0.75, ((GROWN - hour) / (24 * 365)) * 0.75);
  const wobble = 0.82 + 0.36 * noise(hour, salt) + 0.12 * Math.sin(day / 3 + salt);
  const made = weekend * noon * growth * wobble;
  hours.set(salt * 1e6 + hour, made);
  return made;
}

/** How many of a source ended so between two instants; nothing of before `since` or after `now`. */
export function counted(source: Source, salt: number, outcome: Outcome | null, from: number, to: number, since: number, now: number): number {
  if (source.rate === 0 || (outcome !== null && !mayEnd(source, outcome))) return 0;
  let sum = 0;
  const begin = Math.max(from, since);
  const end = Math.min(to, now);
  for (let hour = Math.floor(begin / HOUR); hour * HOUR < end; hour++) {
    const rate = source.rate * perHour(salt, hour);
    const last = Math.min(1, (end - hour * HOUR) / HOUR);
    const first = Math.max(0, (begin - hour * HOUR) / HOUR);
    for (const [which, share] of outcomesOf(source, hour)) {
      if (outcome === null || which === outcome) sum += Math.round(rate * share * last) - Math.round(rate * share * first);
    }
  }
  return sum;
}

function mayEnd({ row, ends, bursts }: Source, outcome: Outcome): boolean {
  if (outcome === "accepted") return row !== null;
  if (outcome === "revoked") return row !== null && row.key.revoked_at !== null;
  if (outcome === "expired") return row !== null && row.key.expires_at !== null;
  return (outcome === "rate_limited" && bursts) || ends.some(([which]) => which === outcome);
}

const REVOKED: [Outcome, number][] = [["revoked", 0.06]];
const EXPIRED: [Outcome, number][] = [["expired", 0.04]];
const mixes = new WeakMap<Source, { usual: [Outcome, number][]; burst: [Outcome, number][] }>();

/** What part of an hour ends how. */
function outcomesOf(source: Source, hour: number): [Outcome, number][] {
  const { row, ends, bursts } = source;
  if (row === null) return ends;
  const over = (at: string | null) => at !== null && Date.parse(at) / HOUR <= hour;
  // Who holds a key that is over goes on trying for a while.
  if (over(row.key.revoked_at)) return REVOKED;
  if (over(row.key.expires_at)) return EXPIRED;
  // Nobody has it any more since then.
  if (row.key.last_used_at !== null && Date.parse(row.key.last_used_at) / HOUR < hour - 24) return [];
  let mix = mixes.get(source);
  if (!mix) {
    const of = (limited: number): [Outcome, number][] => [["accepted", 1 - limited - ends.reduce((all, [, part]) => all + part, 0)], ...ends, ...(limited > 0 ? [["rate_limited", limited] as [Outcome, number]] : [])];
    mix = { usual: of(bursts ? 0.0004 : 0), burst: of(bursts ? 0.085 : 0) };
    mixes.set(source, mix);
  }
  return hour % (24 * 9) < 9 ? mix.burst : mix.usual;
}

export const ALL_OUTCOMES: Outcome[] = ["accepted", "rate_limited", "missing_scope", "address_refused", "revoked", "expired", "unknown", "malformed", "missing"];

/** Where each step of a query begins, and where the last one ends. */
export function stepsOf(query: UsageQuery): number[] {
  const zone = query.zone ?? "UTC";
  const to = Date.parse(query.to);
  const begin = (at: number): number => {
    if (query.step === "minute" || query.step === "quarter") {
      const width = WIDTH[query.step];
      return Math.floor(at / width) * width;
    }
    return startOf(query.step, at, zone);
  };
  const next = (at: number): number => {
    if (query.step === "day" || query.step === "month") {
      const { year, month, day } = wall(at, zone);
      return query.step === "day" ? instantOf(zone, year, month, day + 1) : instantOf(zone, year, month + 1, 1);
    }
    return at + WIDTH[query.step];
  };
  const times = [begin(Date.parse(query.from))];
  while ((times.at(-1) as number) < to) times.push(next(times.at(-1) as number));
  return times;
}

const WIDTH: Record<Exclude<Step, "day" | "month">, number> = { minute: MINUTE, quarter: 15 * MINUTE, hour: HOUR };

/** The groups of a query, each with what belongs to it. */
export function groupsOf(query: UsageQuery, sources: Source[]): { group: Group; of: [Source, number][]; outcome: Outcome | null }[] {
  const wanted = query.keys?.split(",");
  const matching = sources
    .map((source, salt): [Source, number] => [source, salt])
    .filter(([{ row }]) => (wanted === undefined || (row !== null && wanted.includes(row.key.id))) && (query.environment === undefined || row?.key.environment === query.environment));
  const outcome = query.outcome ?? null;
  const where = (test: (source: Source) => boolean) => matching.filter(([source]) => test(source));
  switch (query.group) {
    case "outcome":
      return ALL_OUTCOMES.filter((one) => outcome === null || one === outcome).map((one) => ({ group: { kind: "outcome", outcome: one }, of: matching, outcome: one }));
    case "environment":
      return [
        ...(["live", "test"] as const).map((environment) => ({ group: { kind: "environment" as const, environment }, of: where(({ row }) => row?.key.environment === environment), outcome })),
        { group: { kind: "unattributed" }, of: where(({ row }) => row === null), outcome },
      ];
    case "route":
      return [...new Set(matching.map(([{ route }]) => route))].map((route) => ({ group: { kind: "route" as const, route }, of: where((one) => one.route === route), outcome }));
    case "key":
      return matching.map((one) => ({
        group: one[0].row
          ? { kind: "key" as const, id: one[0].row.key.id, name: one[0].row.key.name, environment: one[0].row.key.environment, revoked: one[0].row.key.revoked_at !== null }
          : { kind: "unattributed" as const },
        of: [one],
        outcome,
      }));
    default:
      return [{ group: { kind: "all" }, of: matching, outcome }];
  }
}

export const YEAR = 365 * DAY;
