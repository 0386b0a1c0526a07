/** What a chart draws, from an answer: bands on each other, or lines over each other. */
import type { Chart, GroupBy, Series } from "../bindings/console";
import { FAMILIES, FAMILY, FAMILY_WORD, groupId, groupName, type Family } from "../words/usage";

/** How a line looks: each has a colour and a dash of its own, so that colour alone says nothing. */
export type Look = Family | "live" | "test" | "other" | `line${1 | 2 | 3 | 4 | 5 | 6}`;

export interface Line {
  id: string;
  name: string;
  look: Look;
  total: number;
  /** As counted; null where nothing was counted yet, or not any more. */
  values: (number | null)[];
  /** Where it is drawn: on top of those before it, where they are stacked. */
  drawn: (number | null)[];
}

const LINES = 6;

/** Steps in which nothing was counted at all, because the counting began later or has not come so far. */
function counted(chart: Chart): boolean[] {
  const since = chart.since === null ? Infinity : Date.parse(chart.since) / 1_000;
  const until = Date.parse(chart.as_of) / 1_000;
  return chart.times.map((at, index) => (chart.times[index + 1] ?? chart.end) > since && at <= until);
}

function sum(series: readonly Series[], length: number): number[] {
  const values = new Array<number>(length).fill(0);
  for (const one of series) for (let at = 0; at < length; at++) values[at] = (values[at] ?? 0) + (one.values[at] ?? 0);
  return values;
}

/** Lines that are drawn over each other, or (outcomes) bands on each other, the first at the bottom. */
export function linesOf(chart: Chart, group: GroupBy, hidden: ReadonlySet<string> = new Set()): Line[] {
  const there = counted(chart);
  const holes = (values: readonly number[]) => values.map((value, at) => (there[at] ? value : null));
  if (group !== "outcome") {
    let next = 0;
    return chart.series.map((one) => {
      const { group: of, total } = one;
      const look: Look =
        of.kind === "environment" ? of.environment : of.kind === "unattributed" ? "nokey" : of.kind === "other" ? "other" : (`line${(next++ % LINES) + 1}` as Look);
      const values = holes(one.values);
      return { id: groupId(of), name: groupName(of, chart.others), look, total, values, drawn: values };
    });
  }
  const below = new Array<number>(chart.times.length).fill(0);
  return FAMILIES.flatMap((family): Line[] => {
    const parts = chart.series.filter(({ group: of }) => of.kind === "outcome" && FAMILY[of.outcome] === family);
    if (parts.length === 0) return [];
    const values = sum(parts, chart.times.length);
    if (!hidden.has(family)) values.forEach((value, at) => (below[at] = (below[at] ?? 0) + value));
    const total = parts.reduce((all, one) => all + one.total, 0);
    return [{ id: family, name: FAMILY_WORD[family], look: family, total, values: holes(values), drawn: holes(below) }];
  });
}

/** The sum of each family of outcomes. */
export function familyTotals(chart: Chart): Record<Family, number> {
  const all: Record<Family, number> = { accepted: 0, limited: 0, refused: 0, nokey: 0 };
  for (const { group, total } of chart.series) if (group.kind === "outcome") all[FAMILY[group.outcome]] += total;
  return all;
}

/**
 * Where the scale of values ends. It grows as it must; it shrinks only where the highest figure
 * would fill less than half of it, so that a refresh moves nothing.
 */
export function ceiling(highest: number, before: number | null): number {
  if (before !== null && highest <= before && highest > before * 0.45) return before;
  if (highest <= 4) return 4;
  const wanted = highest * 1.06;
  const unit = 10 ** Math.floor(Math.log10(wanted));
  const step = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((one) => one * unit >= wanted) ?? 10;
  return step * unit;
}

/** The highest figure that is drawn. */
export function highest(rows: readonly (readonly (number | null)[])[]): number {
  let most = 0;
  for (const row of rows) {
    for (let at = 0; at < row.length; at += 1) {
      const value = row[at] ?? 0;
      if (value > most) most = value;
    }
  }
  return most;
}
