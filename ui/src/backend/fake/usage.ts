/** The fake server's figures and alerts. */
import type { Alert, Chart, Series, KeyRef, KeyRow, KeyUsage, OrganizationId, StaleKey, UsageQuery } from "../../bindings/console";
import type { Backend } from "../backend";
import { DAY, HOUR, iso, MINUTE } from "./data";
import type { Fake } from "./fake";
import { counted, groupsOf, sourcesOf, stepsOf, YEAR, type Source } from "./traffic";
import { limitMethods, type LimitMethods } from "./limits";
import { webhookMethods, type Hooks, type WebhookMethods } from "./webhooks";

/** What the fake knows of traffic besides its keys. */
export interface Traffic {
  /** How many times the usual traffic. */
  scale: number;
  /** For how long it has been counted; null where it never was. */
  counted: number | null;
  /** The person closes the dialog that asks where to. */
  closes: boolean;
  /** An export takes this long, and tells how far it is. */
  slowly: number;
  /** By organization; made when they are asked for. */
  alerts: Map<OrganizationId, Alert[]>;
  hooks: Hooks;
}

export function someTraffic(part: Partial<Traffic> = {}): Traffic {
  return { scale: 1, counted: YEAR + 40 * DAY, closes: false, slowly: 0, alerts: new Map(), hooks: { all: new Map(), told: new Set(), answers: 200 }, ...part };
}

export type UsageMethods = WebhookMethods & LimitMethods & Pick<Backend, "usage" | "keyUsage" | "sparklines" | "staleKeys" | "alerts" | "exportUsage" | "savePicture">;

/** What somebody should look at: one of each. */
export function someAlerts(rows: KeyRow[]): Alert[] {
  const now = Date.now();
  const make = (sequence: number, ago: number, notice: Alert["notice"], at: number | null): Alert => ({
    sequence,
    at: iso(now - ago),
    notice,
    key: at === null ? null : (rows[at]?.key.id ?? null),
    key_name: at === null ? null : (rows[at]?.key.name ?? null),
    until: iso(now - ago + DAY),
  });
  if (rows.length === 0) return [];
  return [
    make(41, 14 * MINUTE, { kind: "new_network", address: "198.51.100.23" }, 0),
    make(38, 3 * HOUR, { kind: "jump", count: 41_204, usual: 9_860 }, null),
    make(31, 26 * HOUR, { kind: "awake", before: iso(now - 131 * DAY) }, 5),
    make(29, 3 * DAY, { kind: "fall", count: 12, usual: 5_310 }, null),
    make(12, 20 * DAY, { kind: "awake", before: null }, 4),
  ];
}

export function usageMethods(fake: Fake): UsageMethods {
  const { world, network, rows, signedIn, failure, emit } = fake;
  const traffic = () => world.traffic;
  const sources = (organization: OrganizationId): Source[] => (traffic().counted === null ? [] : sourcesOf(rows(organization), traffic().scale));
  const since = () => Date.now() - (traffic().counted ?? 0);

  function chart(organization: OrganizationId, query: UsageQuery, before: boolean): Chart {
    const now = Date.now();
    const bounds = stepsOf(query);
    const times = bounds.slice(0, -1);
    const all = groupsOf(query, sources(organization)).map(({ group, of, outcome }): Series => {
      const values = times.map((at, index) => of.reduce((sum, [source, salt]) => sum + counted(source, salt, outcome, at, bounds[index + 1] ?? at, since(), now), 0));
      return { group, values, total: values.reduce((sum, value) => sum + value, 0) };
    });
    const there = all.filter(({ total }) => total > 0).sort((a, b) => b.total - a.total);
    const named = there.filter(({ group }) => group.kind !== "unattributed");
    const top = query.group === "outcome" || query.group === "environment" ? named.length : (query.top ?? 20);
    const rest = named.slice(top);
    const other: Series[] =
      rest.length === 0 ? [] : [{ group: { kind: "other" }, total: rest.reduce((sum, one) => sum + one.total, 0), values: times.map((_, at) => rest.reduce((sum, one) => sum + (one.values[at] ?? 0), 0)) }];
    const series = [...named.slice(0, top), ...there.filter(({ group }) => group.kind === "unattributed"), ...other];
    const length = (bounds.at(-1) ?? 0) - (bounds[0] ?? 0);
    const known = before && (bounds[0] ?? 0) - length >= since();
    const earlier = known ? times.map((at, index) => groupsOf({ ...query, group: undefined }, sources(organization)).reduce((sum, { of, outcome }) => sum + of.reduce((part, [source, salt]) => part + counted(source, salt, outcome, at - length, (bounds[index + 1] ?? at) - length, since(), now), 0), 0)) : null;
    return {
      times: times.map((at) => at / 1_000),
      end: (bounds.at(-1) ?? now) / 1_000,
      series,
      total: series.reduce((sum, one) => sum + one.total, 0),
      others: rest.length,
      bounds: "exact",
      as_of: iso(now),
      since: traffic().counted === null || sources(organization).length === 0 ? null : iso(since()),
      reduced: false,
      before: earlier && { values: earlier, total: earlier.reduce((sum, value) => sum + value, 0) },
    };
  }

  const hours = (source: Source, salt: number, of: "all" | "accepted"): number[] => {
    const now = Date.now();
    const begin = Math.floor(now / HOUR) * HOUR - 23 * HOUR;
    return Array.from({ length: 24 }, (_, hour) => counted(source, salt, of === "all" ? null : "accepted", begin + hour * HOUR, begin + (hour + 1) * HOUR, since(), now));
  };

  function keyUsage(ref: KeyRef): KeyUsage {
    const all = sources(ref.organization);
    const salt = all.findIndex(({ row }) => row?.key.id === ref.key);
    const row = rows(ref.organization).find(({ key }) => key.id === ref.key);
    if (!row) throw failure("not_found", "There is no such key.");
    const source = all[salt];
    if (!source) return { last: null, hours: new Array(24).fill(0), refused_hours: new Array(24).fill(0), total: 0, scopes: [] };
    const total = hours(source, salt, "all");
    const good = hours(source, salt, "accepted");
    const { last_used_at: last, scopes, name } = row.key;
    const used = name === "Invoice export" || name === "Production server" ? scopes.slice(0, 1) : scopes;
    return {
      last: last === null ? null : { at: last, address: "192.0.2.7", user_agent: "northwind-worker/2.4 (linux; x86_64) reqwest/0.12" },
      hours: total,
      refused_hours: total.map((value, at) => value - (good[at] ?? 0)),
      total: counted(source, salt, null, since(), Date.now(), since(), Date.now()),
      scopes: last === null ? [] : used.map((scope, index) => ({ scope, count: Math.round(40_000 / (index + 1)), last_at: last })),
    };
  }

  function stale(organization: OrganizationId, days: number): StaleKey[] {
    const border = Date.now() - days * DAY;
    return rows(organization)
      .filter(({ key }) => (key.status === "active" || key.status === "disabled") && Date.parse(key.last_used_at ?? key.created_at) < border)
      .sort((a, b) => (a.key.last_used_at ?? "").localeCompare(b.key.last_used_at ?? ""))
      .map(({ key: { id, name, environment, created_at, last_used_at } }) => ({ key: id, name, environment, created_at, last_used_at }));
  }

  /** The system's dialog and the writing, which tells how far it is. */
  async function write(name: string, operation: string, file: string, bytes: number) {
    const slowly = traffic().slowly;
    for (let part = 1; part < 4 && slowly > 0; part++) setTimeout(() => emit({ event: "progress", operation, bytes: Math.round((bytes * part) / 4) }), (slowly * part) / 4);
    const before = world.latency;
    if (slowly > 0) world.latency = slowly;
    try {
      return await network(name, operation, () => (traffic().closes ? null : { path: `/home/ada/Documents/${file}`, bytes }));
    } finally {
      world.latency = before;
    }
  }

  return {
    ...webhookMethods(fake),
    ...limitMethods(fake),
    usage: (operation, id, organization, query, _width, before) =>
      network("usage", operation, () => {
        signedIn(id);
        return chart(organization, query, before);
      }),
    keyUsage: (operation, ref) =>
      network("keyUsage", operation, () => {
        signedIn(ref.connection);
        return keyUsage(ref);
      }),
    sparklines: (operation, id, organization, keys) =>
      network("sparklines", operation, () => {
        signedIn(id);
        return sources(organization).flatMap((source, salt) => {
          const key = source.row?.key.id;
          if (key === undefined || !keys.includes(key)) return [];
          const values = hours(source, salt, "all");
          return values.some((value) => value > 0) ? [{ key, hours: values }] : [];
        });
      }),
    staleKeys: (operation, id, organization, { days, limit = 50, cursor }) =>
      network("staleKeys", operation, () => {
        signedIn(id);
        const all = stale(organization, days);
        const from = Number(cursor ?? 0);
        return { items: all.slice(from, from + limit), next: from + limit < all.length ? String(from + limit) : null, total: all.length };
      }),
    alerts: (operation, id, organization) =>
      network("alerts", operation, () => {
        signedIn(id);
        if (traffic().counted === null) return [];
        const there = traffic().alerts.get(organization) ?? someAlerts(rows(organization));
        traffic().alerts.set(organization, there);
        return there;
      }),
    exportUsage: (operation, _id, _organization, _query, format) => write("exportUsage", operation, `northwind-usage.${format}`, 48_210),
    savePicture: (operation, stem, png) => write("savePicture", operation, `${stem}.png`, Math.round(png.length * 0.75)),
  };
}
