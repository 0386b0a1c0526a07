/** Ranges of time and the steps that fit them. The clock is handed in. */
import type { GroupBy, Step } from "../bindings/console";
import { dateIn, dayIn, startOf } from "../words/zones";

export type Range = "day" | "week" | "month" | "year" | "own";

/** From an instant up to before another, in milliseconds since 1970. */
export interface Span {
  from: number;
  to: number;
}

/** The days of *own*, as date fields have them; both belong to it. */
export interface Days {
  from: string;
  to: string;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const WIDTH: Record<Step, number> = { minute: MINUTE, quarter: 15 * MINUTE, hour: HOUR, day: DAY, month: 30 * DAY };
export const STEPS: readonly Step[] = ["minute", "quarter", "hour", "day", "month"];
/** How long minutes are kept. */
const MINUTES_KEPT = 2 * DAY;
/** More than so many steps say nothing more. */
const STEPS_MAX = 3_000;
/** The hours of keys are kept for so long. */
const HOURS_KEPT = 90 * DAY;
/** A range that was drawn is at least so long. */
const NARROWEST = 5 * MINUTE;

/** The span that a range stands for; null where the days of *own* can't be read or run backwards. */
export function spanOf(range: Range, days: Days, zone: string, now: number): Span | null {
  switch (range) {
    case "day":
      return { from: startOf("hour", now, zone, -23), to: now };
    case "week":
      return { from: startOf("day", now, zone, -6), to: now };
    case "month":
      return { from: startOf("day", now, zone, -29), to: now };
    case "year":
      return { from: startOf("month", now, zone, -11), to: now };
    case "own": {
      const from = dayIn(zone, days.from);
      const to = dayIn(zone, days.to, 1);
      if (from === null || to === null || to <= from || from >= now) return null;
      return { from, to: Math.min(to, Math.max(now, from + MINUTE)) };
    }
  }
}

/** The days of *own* where none were chosen: what the range before it showed. */
export function daysOf(span: Span, zone: string): Days {
  return { from: dateIn(zone, span.from), to: dateIn(zone, span.to - 1) };
}

/** Minutes and quarter hours are kept for the organization as a whole. */
function fine(step: Step, group: GroupBy | null): boolean {
  return (step !== "minute" && step !== "quarter") || (group !== "key" && group !== "route");
}

/** The steps that make sense for a span: enough of them to see something, not more than can be seen, and kept. */
export function stepsFor(span: Span, group: GroupBy | null, now: number): Step[] {
  const length = span.to - span.from;
  return STEPS.filter((step) => {
    if (!fine(step, group)) return false;
    if (step === "minute" && span.from < now - MINUTES_KEPT) return false;
    if (step === "hour" && !fine("quarter", group) && span.from < now - HOURS_KEPT) return false;
    if (length / WIDTH[step] > STEPS_MAX) return false;
    // A day may be looked at as one day, a month only among others.
    return step === "minute" || length >= (step === "month" ? 2 : step === "day" ? 1.5 : 1) * WIDTH[step];
  });
}

/** The step that shows a span best: as many figures as a line needs. */
export function fitting(span: Span, group: GroupBy | null, now: number): Step {
  const length = span.to - span.from;
  const wanted: Step = length <= 4 * HOUR ? "minute" : length <= 26 * HOUR ? "quarter" : length <= 8 * DAY ? "hour" : length <= 800 * DAY ? "day" : "month";
  const there = stepsFor(span, group, now);
  return there.find((step) => STEPS.indexOf(step) >= STEPS.indexOf(wanted)) ?? there.at(-1) ?? "hour";
}

/** The step that was chosen, where it makes sense for the span; else the fitting one. */
export function stepFor(chosen: Step | null, span: Span, group: GroupBy | null, now: number): Step {
  return chosen !== null && stepsFor(span, group, now).includes(chosen) ? chosen : fitting(span, group, now);
}

/**
 * What was drawn over a chart, widened to whole steps, so that what is added up there is what was
 * seen; null where it is all that is shown. `times` are where its steps begin, in seconds.
 */
export function drawn(from: number, to: number, times: readonly number[], end: number): Span | null {
  const first = times[0];
  const left = Math.min(from, to) / 1_000;
  const right = Math.max(from, to) / 1_000;
  if (first === undefined || right <= first || left >= end) return null;
  const begin = times.findLast((at) => at <= left) ?? first;
  const until = times.find((at) => at >= right && at > begin) ?? end;
  if ((until - begin) * 1_000 < NARROWEST || (begin === first && until === end)) return null;
  return { from: begin * 1_000, to: until * 1_000 };
}
