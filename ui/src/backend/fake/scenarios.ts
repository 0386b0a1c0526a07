/** The worlds that tests and pictures choose from. */
import type { Connection, ErrorCode, Handoff, KeychainState, KeyRow, Organization, Preferences } from "../../bindings/console";
import { connection, handoffOf, key, longKeys, manyKeys, numbers, organization, someKeys } from "./data";

export interface World {
  connections: Connection[];
  shown: string | null;
  /** By organization. */
  keys: Map<string, KeyRow[]>;
  handoffs: Handoff[];
  keychain: KeychainState;
  preferences: Preferences;
  /** How long an answer takes. */
  latency: number;
  /** The methods that fail, and how; `*` is every one that goes over the network. */
  fails: Map<string, ErrorCode>;
  /** The next update meets somebody else's change. */
  rival: boolean;
  /** The next create is not answered. */
  loses: boolean;
  notice: string | null;
}

function world(part: Partial<World> = {}): World {
  return {
    connections: [],
    shown: null,
    keys: new Map(),
    handoffs: [],
    keychain: "working",
    preferences: { clear_clipboard_after: 30, keep_new_secrets: true, expires_in_days: 90 },
    latency: 5,
    fails: new Map(),
    rival: false,
    loses: false,
    notice: null,
    ...part,
  };
}

function northwind(rows: (of: Organization) => KeyRow[], role: Organization["role"] = "owner"): World {
  const main = organization("Northwind", "nw", role);
  const server = connection({
    name: "Northwind production",
    address: "https://keys.northwind.example",
    organizations: [main],
    organization: main.id,
  });
  return world({ connections: [server], shown: server.id, keys: new Map([[main.id, rows(main)]]) });
}

function first(of: World): Connection {
  return of.connections[0] as Connection;
}

const SCENARIOS: Record<string, () => World> = {
  fresh: () => world(),
  keys: () => {
    const made = northwind(someKeys);
    const labs = organization("Northwind Labs", "nwl");
    const main = first(made);
    main.organizations.push(labs);
    made.keys.set(labs.id, []);
    const local = organization("This computer", "kd");
    made.connections.push(
      connection({
        name: "On this computer",
        kind: "local",
        colour: "green",
        address: "http://127.0.0.1:7345",
        organizations: [local],
        organization: local.id,
        user: { id: local.id, email: "owner@localhost", name: "You" },
      }),
      connection({ name: "Eliza staging", colour: "violet", address: "https://staging.eliza.example", state: "signed_out", user: null }),
    );
    made.keys.set(local.id, []);
    return made;
  },
  empty: () => northwind(() => []),
  many: () => northwind((of) => manyKeys(of, 10_000)),
  longnames: () => {
    const made = northwind(longKeys);
    const main = first(made);
    main.name = "The production key server of Northwind Traders International, region north";
    (main.organizations[0] as Organization).name = "Northwind Traders International Holding, Northern Region";
    main.user = { id: main.id, email: "augusta.ada.king.countess.of.lovelace@departments.northwind.example", name: "Augusta Ada King" };
    const rows = made.keys.get(main.organization as string) as KeyRow[];
    made.handoffs = [handoffOf(main.id, rows[1] as KeyRow)];
    return made;
  },
  failing: () => {
    const made = northwind(someKeys);
    made.fails.set("listKeys", "server_failed");
    return made;
  },
  offline: () => {
    const made = northwind(someKeys);
    const main = first(made);
    main.state = "unreachable";
    main.organizations = [];
    main.organization = null;
    made.fails.set("*", "unreachable");
    return made;
  },
  slow: () => ({ ...northwind(someKeys), latency: 60_000 }),
  locked: () => ({ ...northwind(someKeys), keychain: "locked" }),
  absent: () => ({ ...northwind(someKeys), keychain: "absent" }),
  signedout: () => {
    const made = northwind(someKeys);
    Object.assign(first(made), { state: "signed_out" });
    return made;
  },
  stopped: () => {
    const made = northwind(someKeys);
    Object.assign(first(made), { kind: "local", state: "stopped", name: "On this computer", address: "http://127.0.0.1:7345" });
    return made;
  },
  viewer: () => northwind(someKeys, "viewer"),
  member: () => northwind(someKeys, "member"),
  handoffs: () => {
    const made = northwind(someKeys);
    const main = first(made);
    const of = main.organizations[0] as Organization;
    const rows = made.keys.get(of.id) as KeyRow[];
    const random = numbers(3);
    const waiting: KeyRow = { key: key(of, { name: "Mail relay", last_used_at: null, created_at: new Date().toISOString() }, random), custody: "unclaimed" };
    const lost: KeyRow = { key: key(of, { name: "Webhook sender", environment: "live" }, random), custody: "pending" };
    rows.unshift(waiting);
    const gone: KeyRow = { key: key(of, { name: "Old laptop", last_used_at: null, created_at: new Date().toISOString() }, random), custody: "none" };
    rows.push(gone);
    made.handoffs = [
      handoffOf(main.id, waiting),
      handoffOf(main.id, gone, { problem: "Keydeck ended while the secret was in its memory alone: it is gone, unless you copied it." }),
      handoffOf(main.id, lost, { registered: false, problem: "The server has no such key: the request did not arrive." }),
    ];
    return made;
  },
  rival: () => ({ ...northwind(someKeys), rival: true }),
  lost: () => ({ ...northwind(someKeys), loses: true }),
  broken: () => {
    const made = world();
    made.fails.set("overview", "settings");
    return made;
  },
};

export function scenario(name: string): World {
  return (SCENARIOS[name] ?? SCENARIOS.keys ?? world)();
}
