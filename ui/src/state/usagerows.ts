/** The table beneath the chart: keys, what they asked for and how it ended. */
import type { Chart, Group, KeyId } from "../bindings/console";
import { groupId, groupName } from "../words/usage";

export interface TrafficRow {
  /** Tells rows and lines apart. */
  id: string;
  group: Group;
  total: number;
  /** Null while it is not known. */
  accepted: number | null;
  limited: number | null;
  /** Null where accepted or limited is. */
  refused: number | null;
}

export type RowSort = "name" | "total" | "accepted" | "limited" | "refused";

/** How often each group of an answer was counted. */
function totals(chart: Chart | null): Map<string, number> | null {
  return chart && sums([chart]);
}

/** The same, added up over answers that count different outcomes. */
function sums(charts: readonly Chart[]): Map<string, number> {
  const all = new Map<string, number>();
  for (const chart of charts) for (const { group, total } of chart.series) all.set(groupId(group), (all.get(groupId(group)) ?? 0) + total);
  return all;
}

/**
 * The rows of an answer by key. `accepted` and `limited` are answers for those keys alone, so that
 * they say nothing of the others; `all` are the accepted and limited ones of everything.
 */
export function trafficRows(keys: Chart, accepted: Chart | null, limited: readonly Chart[] | null, all: { accepted: number; limited: number } | null): TrafficRow[] {
  const good = totals(accepted);
  const over = limited && sums(limited);
  const rows = keys.series.map(({ group, total }): TrafficRow => {
    const id = groupId(group);
    // What names no key was never accepted.
    if (group.kind === "unattributed") return { id, group, total, accepted: 0, limited: 0, refused: total };
    if (group.kind === "other" || !good || !over) return { id, group, total, accepted: null, limited: null, refused: null };
    const a = good.get(id) ?? 0;
    const l = over.get(id) ?? 0;
    return { id, group, total, accepted: a, limited: l, refused: Math.max(0, total - a - l) };
  });
  const other = rows.find(({ group }) => group.kind === "other");
  if (other && all && good && over) {
    const named = rows.filter((row) => row !== other);
    const rest = (what: "accepted" | "limited") => Math.max(0, all[what] - named.reduce((sum, row) => sum + (row[what] ?? 0), 0));
    other.accepted = Math.min(other.total, rest("accepted"));
    other.limited = Math.min(other.total - other.accepted, rest("limited"));
    other.refused = other.total - other.accepted - other.limited;
  }
  return rows;
}

/** The ids of the keys of an answer. */
export function keysOf(chart: Chart): KeyId[] {
  return chart.series.flatMap(({ group }) => (group.kind === "key" ? [group.id] : []));
}

/** Sorted; what stands for many, and what names no key, stays last. */
export function sortRows(rows: readonly TrafficRow[], sort: RowSort, descending: boolean): TrafficRow[] {
  const last = (row: TrafficRow) => (row.group.kind === "unattributed" ? 1 : row.group.kind === "other" ? 2 : 0);
  const value = (row: TrafficRow): number => {
    if (sort === "accepted") return row.accepted === null || row.total === 0 ? -1 : row.accepted / row.total;
    return sort === "name" ? 0 : (row[sort] ?? -1);
  };
  const by = (a: TrafficRow, b: TrafficRow) => (sort === "name" ? groupName(a.group).localeCompare(groupName(b.group), "en") : value(a) - value(b));
  return [...rows].sort((a, b) => last(a) - last(b) || (descending ? -by(a, b) : by(a, b)) || b.total - a.total);
}
