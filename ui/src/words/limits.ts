/** The words of limits. */
import type { Limit } from "../bindings/console";
import { count, counted } from "./numbers";

const WINDOW: [number, string][] = [
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
  [1, "second"],
];

/** `a minute`, `5 minutes`, `90 seconds`. */
export function windowText(seconds: number): string {
  const [unit, word] = WINDOW.find(([unit]) => seconds % unit === 0) ?? [1, "second"];
  const many = seconds / unit;
  return many === 1 ? `${word === "hour" ? "an" : "a"} ${word}` : `${count(many)} ${word}s`;
}

/** `Each key, test`. */
export function limitOf({ of, environment }: Pick<Limit, "of" | "environment">): string {
  return `${of === "key" ? "Each key" : "All keys together"}${environment === null ? "" : `, ${environment} alone`}`;
}

/** `60 requests in a minute, 5,000 a day (UTC), 5 at once`. */
export function limitText({ burst, per_day, at_once, on_failure }: Limit): string {
  const parts: string[] = [];
  if (burst) parts.push(`${counted(burst.requests, "request", "requests")} in ${windowText(burst.window_seconds)}`);
  if (per_day !== null) parts.push(`${count(per_day)} a day (UTC)${on_failure === "open" ? ", counted from nothing where the count can't be read" : ""}`);
  if (at_once !== null) parts.push(`${count(at_once)} at once`);
  return parts.join("; ");
}

/** A limit as it is typed: a field that is empty limits nothing. */
export interface TypedLimit {
  of: Limit["of"];
  environment: "" | "live" | "test";
  requests: string;
  window: string;
  perDay: string;
  atOnce: string;
  onFailure: Limit["on_failure"];
}

const text = (value: number | null | undefined) => (value === null || value === undefined ? "" : String(value));

export function typed(limit: Limit): TypedLimit {
  return {
    of: limit.of,
    environment: limit.environment ?? "",
    requests: text(limit.burst?.requests),
    window: text(limit.burst?.window_seconds ?? 60),
    perDay: text(limit.per_day),
    atOnce: text(limit.at_once),
    onFailure: limit.on_failure,
  };
}

export const FRESH: TypedLimit = { of: "key", environment: "", requests: "60", window: "60", perDay: "", atOnce: "", onFailure: "closed" };

/** What is no whole number is sent as 0, which the server refuses with the name of the field. */
const whole = (value: string) => (/^\d{1,15}$/.test(value.trim()) ? Number(value.trim()) : 0);
const perhaps = (value: string) => (value.trim() === "" ? null : whole(value));

export function asLimit(row: TypedLimit): Limit {
  return {
    of: row.of,
    environment: row.environment === "" ? null : row.environment,
    burst: row.requests.trim() === "" ? null : { requests: whole(row.requests), window_seconds: whole(row.window) },
    per_day: perhaps(row.perDay),
    at_once: perhaps(row.atOnce),
    on_failure: row.onFailure,
  };
}
