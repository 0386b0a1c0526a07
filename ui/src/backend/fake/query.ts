import type { AuditEntry, AuditPage, AuditQuery, KeyPage, KeyQuery, KeyRow } from "../../bindings/console";
import { withStatus } from "./data";

/** What the server does with a query: search, filter, sort, page. */
export function answer(rows: KeyRow[], query: KeyQuery): KeyPage {
  const search = query.search?.toLowerCase() ?? "";
  const found = rows
    .map((row) => ({ ...row, key: withStatus(row.key) }))
    .filter(({ key }) => {
      const text = [key.name, key.hint, key.note, key.created_by.email, ...key.scopes].join("\n").toLowerCase();
      return (
        text.includes(search) &&
        (!query.environment || key.environment === query.environment) &&
        (!query.kind || key.kind === query.kind) &&
        (!query.status || key.status === query.status) &&
        (!query.created_by || key.created_by.id === query.created_by) &&
        (query.creator_left === undefined || key.creator_left === query.creator_left)
      );
    });
  const value = ({ key }: KeyRow): string => {
    switch (query.sort) {
      case "name":
        return key.name.toLowerCase();
      case "last_used_at":
        return key.last_used_at ?? "";
      case "expires_at":
        return key.expires_at ?? "9999";
      default:
        return key.created_at;
    }
  };
  const sign = query.direction === "ascending" ? 1 : -1;
  const sorted = found.map((row) => ({ row, by: value(row) })).sort((a, b) => sign * (a.by < b.by ? -1 : a.by > b.by ? 1 : a.row.key.id < b.row.key.id ? -1 : 1));
  const from = query.cursor ? Number(query.cursor) : 0;
  const to = from + (query.limit ?? 50);
  return {
    items: sorted.slice(from, to).map(({ row }) => row),
    next: to < sorted.length ? String(to) : null,
    total: sorted.length,
    as_of: null,
  };
}

/** What the server does with a query of the audit log: filter, page; newest entry first. */
export function answerAudit(entries: AuditEntry[], query: AuditQuery): AuditPage {
  const search = query.search?.toLowerCase() ?? "";
  const found = entries
    .filter((entry) => {
      const text = JSON.stringify([entry.actor?.email, entry.target, entry.target_name, entry.before, entry.after]).toLowerCase();
      return (
        text.includes(search) &&
        (!query.actor || entry.actor?.id === query.actor) &&
        (!query.target || entry.target === query.target) &&
        (!query.action || entry.action === query.action) &&
        (!query.from || entry.at >= query.from) &&
        (!query.to || entry.at < query.to)
      );
    })
    .sort((a, b) => b.sequence - a.sequence);
  const from = query.cursor ? Number(query.cursor) : 0;
  const to = from + (query.limit ?? 50);
  return { items: found.slice(from, to), next: to < found.length ? String(to) : null, total: found.length };
}
