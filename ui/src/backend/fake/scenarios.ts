/** The worlds that tests and pictures choose from. */
import type {
  Connection,
  ConnectionId,
  ErrorCode,
  Handoff,
  Invited,
  KeychainState,
  KeyRow,
  Organization,
  OrganizationId,
  Preferences,
  SessionEntry,
  User,
} from "../../bindings/console";
import { ADA, ALL, connection, DAY, fakeId, GRACE, handoffOf, HOUR, iso, key, LINUS, longKeys, manyKeys, numbers, organization, someKeys, VERA } from "./data";
import { CAN } from "./kinds";
import { person, someSessions, someTeam, type Team } from "./people";
import { someTraffic, type Traffic } from "./usage";

export interface World {
  connections: Connection[];
  shown: string | null;
  /** By organization. */
  keys: Map<string, KeyRow[]>;
  /** By organization. */
  teams: Map<OrganizationId, Team>;
  sessions: Map<ConnectionId, SessionEntry[]>;
  /** The servers that nobody has claimed, by address. */
  fresh: Set<string>;
  /** What the links of invitations lead to. */
  offers: Map<string, Invited>;
  /** The connections that do not answer. */
  down: Set<ConnectionId>;
  /** The organizations whose last list is still there, and of when it is. */
  lists: Map<OrganizationId, string>;
  proxy: string | null;
  /** The password of the fake's people after it was changed. */
  password: string | null;
  handoffs: Handoff[];
  keychain: KeychainState;
  keychainWorkedAt: string | null;
  preferences: Preferences;
  /** How long an answer takes. */
  latency: number;
  /** The methods that fail, and how; `*` is every one that goes over the network. */
  fails: Map<string, ErrorCode>;
  /** The next change of a key or an organization meets somebody else's change. */
  rival: boolean;
  /** The next create is not answered. */
  loses: boolean;
  notice: string | null;
  /** What the person has copied: a name of COPIED. */
  copied: string | null;
  traffic: Traffic;
}

function world(part: Partial<World> = {}): World {
  return {
    connections: [],
    shown: null,
    keys: new Map(),
    teams: new Map(),
    sessions: new Map(),
    fresh: new Set(["https://fresh.northwind.example"]),
    offers: new Map(),
    down: new Set(),
    lists: new Map(),
    proxy: null,
    password: null,
    handoffs: [],
    keychain: "working",
    keychainWorkedAt: iso(Date.now() - 3 * DAY),
    preferences: { clear_clipboard_after: 30, keep_new_secrets: true, expires_in_days: 90, notices: true },
    latency: 5,
    fails: new Map(),
    rival: false,
    loses: false,
    notice: null,
    copied: null,
    traffic: someTraffic(),
    ...part,
  };
}

const ROLES: Record<Organization["role"], User> = { owner: ADA, admin: GRACE, member: LINUS, viewer: VERA };

function northwind(of: (organization: Organization) => KeyRow[], role: Organization["role"] = "owner"): World {
  const main = organization("Northwind", "nw", role);
  const server = connection({
    name: "Northwind production",
    address: "https://keys.northwind.example",
    organizations: [main],
    organization: main.id,
    user: ROLES[role],
  });
  const rows = of(main);
  const made = world({ connections: [server], shown: server.id, keys: new Map([[main.id, rows]]) });
  made.teams.set(main.id, someTeam(main, rows.slice(0, 12)));
  made.sessions.set(server.id, someSessions());
  offer(made, "https://keys.contoso.example/join#kdi_new", { organization: "Contoso", known: false });
  offer(made, "https://keys.contoso.example/join#kdi_known", { organization: "Contoso", known: true });
  return made;
}

function offer(of: World, link: string, { organization: name, known }: { organization: string; known: boolean }): void {
  of.offers.set(link, {
    server: { address: new URL(link).origin, name: "keydeck-server", version: "0.2.0", claimed: true, proxy: of.proxy },
    connection: null,
    offer: {
      organization_id: fakeId("0000"),
      organization: name,
      email: ADA.email,
      role: "member",
      invited_by: { ...person(GRACE), email: "grace@contoso.example" },
      expires_at: iso(Date.now() + 6 * DAY),
      known,
    },
  });
}

/** A connection that does not answer, with the list that was seen last. */
function unplug(of: World, one: Connection, asOf: number): void {
  one.state = "unreachable";
  one.answered_at = iso(Date.now() - asOf);
  of.down.add(one.id);
  for (const { id } of one.organizations) of.lists.set(id, iso(Date.now() - asOf));
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
  /** Servers of other systems: one whose keys stand in the register, and one where a key signs in. */
  systems: () => {
    const made = northwind(someKeys);
    const tenant = organization("tenant_abc123", "key");
    const user = { id: tenant.id, email: "key@api.azotte.com", name: "Azotte" };
    const azotte = connection({ name: "Azotte", kind: "azotte", colour: "violet", address: "https://api.azotte.com", tenant: "tenant_abc123", user, capabilities: CAN.azotte ?? ALL, organizations: [{ ...tenant, tenant: "tenant_abc123", dialect: "azotte" }], organization: tenant.id });
    const random = numbers(5);
    const now = Date.now();
    const entry = { rotate_by: iso(now + 5 * DAY), checked_at: iso(now - 3 * HOUR), checked: "accepted" as const, gone_at: null };
    const known = { scopes: [], expires_at: null, last_used_at: null, created_by: user };
    made.keys.set(tenant.id, [
      { key: key(tenant, { ...known, name: "Shop", environment: "live", hint: "sk_live_8Kd2…pQ7z" }, random), custody: "kept", entry },
      { key: key(tenant, { ...known, name: "Browser widget", environment: "test", kind: "publishable", hint: "pk_dev_Zx81…m3Tc" }, random), custody: "kept", entry: { ...entry, rotate_by: iso(now - 2 * DAY), checked: "unknown" } },
      { key: key(tenant, { ...known, name: "Old importer", hint: "sk_dev_77aQ…0wLe" }, random), custody: "none", entry: { rotate_by: null, checked_at: null, checked: null, gone_at: iso(now - 9 * DAY) } },
    ]);
    const memory = connection({ name: "Memory API", kind: "memory_api", colour: "orange", address: "https://api.memory-api.com/v1", state: "signed_out", user: null, capabilities: CAN.memory_api ?? ALL, organizations: [organization("Northwind", "mem")] });
    for (const one of memory.organizations) made.keys.set(one.id, []);
    made.connections.push(azotte, memory);
    made.shown = azotte.id;
    made.copied = "azotte";
    return made;
  },
  /** Two organizations on one server, and a connection in every state. */
  team: () => {
    const made = northwind(someKeys);
    const contoso = organization("Contoso", "ct", "member");
    const main = first(made);
    main.organizations.push(contoso);
    const rows = someKeys(contoso).slice(0, 4);
    made.keys.set(contoso.id, rows);
    made.teams.set(contoso.id, someTeam(contoso, rows, "member"));
    const west = organization("Northwind West", "nww", "admin");
    made.keys.set(west.id, someKeys(west));
    made.teams.set(west.id, someTeam(west, someKeys(west), "admin"));
    const away = connection({ name: "Warehouse", colour: "orange", address: "https://keys.warehouse.example", organizations: [west], organization: west.id });
    unplug(made, away, 3 * HOUR);
    made.fresh.add("https://fresh.contoso.example");
    made.connections.push(
      away,
      connection({ name: "Staging", colour: "violet", address: "https://staging.northwind.example", state: "signed_out", user: null }),
      connection({ name: "Fresh server", colour: "green", address: "https://fresh.contoso.example", state: "unclaimed", user: null }),
      connection({ name: "Basement", colour: "grey", address: "https://old.northwind.example", state: "too_old", user: null }),
      connection({ name: "Next year", colour: "blue", address: "https://next.northwind.example", state: "too_new", user: null }),
    );
    return made;
  },
  admin: () => northwind(someKeys, "admin"),
  /** Signed in, but in no organization. */
  nowhere: () => {
    const made = northwind(someKeys);
    Object.assign(first(made), { organizations: [], organization: null });
    return made;
  },
  unclaimed: () => {
    const made = world();
    const server = connection({ name: "Fresh server", address: "https://fresh.northwind.example", state: "unclaimed", user: null });
    return { ...made, connections: [server], shown: server.id };
  },
  proxied: () => ({ ...northwind(someKeys), proxy: "http://proxy.northwind.example:3128" }),
  /** The server does not answer; the last list is there. */
  cached: () => {
    const made = northwind(someKeys);
    unplug(made, first(made), 3 * HOUR);
    return made;
  },
  tampered: () => {
    const made = northwind(someKeys);
    for (const team of made.teams.values()) {
      team.broken = "Entry 7 does not follow from entry 6.";
      team.wentBack = "This computer saw 21 entries on this server; now there are fewer, or they are others.";
    }
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
    const team = made.teams.get(main.organization as string) as Team;
    const long = { ...main.user, name: "Wolfeschlegelsteinhausenbergerdorff, Hubert Blaine, the younger of the two of them" };
    team.members = team.members.map((one, index) => (index === 0 ? { ...one, user: long } : index === 2 ? { ...one, user: { ...one.user, name: "W".repeat(100) } } : one));
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
    unplug(made, main, 26 * HOUR);
    main.organizations = [];
    main.organization = null;
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
    const waiting: KeyRow = { key: key(of, { name: "Mail relay", last_used_at: null, created_at: new Date().toISOString() }, random), custody: "unclaimed", entry: null };
    const lost: KeyRow = { key: key(of, { name: "Webhook sender", environment: "live" }, random), custody: "pending", entry: null };
    rows.unshift(waiting);
    const gone: KeyRow = { key: key(of, { name: "Old laptop", last_used_at: null, created_at: new Date().toISOString() }, random), custody: "none", entry: null };
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
