/** Believable data for the fake backend: organizations, people, keys. Nothing here is a secret. */
import type {
  Capabilities,
  Connection,
  Environment,
  Handoff,
  Key,
  KeyRow,
  Organization,
  Permission,
  Role,
  ScopeDefinition,
} from "../../bindings/console";

export const DAY = 86_400_000;
export const HOUR = 3_600_000;
export const MINUTE = 60_000;

let ids = 0;
export function fakeId(kind: string): string {
  return `0193${kind.padStart(4, "0").slice(0, 4)}-7000-7000-8000-${(++ids).toString(16).padStart(12, "0")}`;
}

/** The same numbers in every run, so that pictures can be compared. */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
export function hint(prefix: string, environment: Environment, random: () => number): string {
  const four = () => Array.from({ length: 4 }, () => BASE62[Math.floor(random() * 62)]).join("");
  return `${prefix}_${environment}_${four()}…${four()}`;
}

export const ADA = { id: "0193aaaa-7000-7000-8000-0000000000a1", email: "ada@northwind.example", name: "Ada Northwind" };
export const GRACE = { id: "0193aaaa-7000-7000-8000-0000000000c1", email: "grace@northwind.example", name: "Grace Hopper" };
export const LINUS = { id: "0193aaaa-7000-7000-8000-0000000000c2", email: "linus@northwind.example", name: "Linus" };
export const VERA = { id: "0193aaaa-7000-7000-8000-0000000000c3", email: "vera@northwind.example", name: "Vera Viewer" };
/** He left: his keys are still there. */
export const BOB = { id: "0193aaaa-7000-7000-8000-0000000000b0", email: "bob@northwind.example", name: "Bob" };

export const ALL: Capabilities = {
  list: true,
  create: true,
  client_made_secrets: true,
  edit: true,
  disable: true,
  revoke: true,
  environments: true,
  addresses: true,
  probe: true,
  members: true,
  organizations: true,
  sessions: true,
  audit: true,
  invitations: true,
  verifiers: true,
  usage: true,
  webhooks: true,
  scopes: "scopes",
  edit_scopes: true,
  expiry: true,
  edit_expiry: true,
  rename: true,
  notes: true,
  metadata: true,
  kinds: true,
  rotate: "create_hand_over_revoke",
  take_in: false,
  explain: [],
};

const CATALOGUE: ScopeDefinition[] = [
  { scope: "read", description: "Sees records, changes nothing." },
  { scope: "write", description: "Makes and changes records." },
  { scope: "delete", description: "Removes records for good." },
  { scope: "invoices:read", description: "Sees invoices and payments." },
  { scope: "invoices:write", description: "Sends invoices and books payments." },
  { scope: "admin", description: "Manages members and keys of the organization." },
];

/** As `Permission::least_role`, from what everybody may to what owners alone may. */
const LEAST: [Permission, Role][] = [
  ["see", "viewer"],
  ["create_keys", "member"],
  ["change_own_keys", "member"],
  ["change_all_keys", "admin"],
  ["manage_verifiers", "admin"],
  ["manage_webhooks", "admin"],
  ["manage_members", "admin"],
  ["read_audit", "admin"],
  ["edit_catalogue", "admin"],
  ["manage_owners", "owner"],
  ["rename_organization", "owner"],
  ["create_organization", "owner"],
];
const POWER: Role[] = ["viewer", "member", "admin", "owner"];

/** An organization as a member with this role sees it. */
export function seenAs(of: Organization, role: Role): Organization {
  const all = of.scopes.map((definition) => definition.scope).sort();
  return {
    ...of,
    role,
    grantable: role === "viewer" ? [] : role === "member" ? all.filter((scope) => scope !== "admin") : all,
    permissions: LEAST.filter(([, least]) => POWER.indexOf(role) >= POWER.indexOf(least)).map(([permission]) => permission),
  };
}

export function organization(name: string, prefix: string, role: Role = "owner"): Organization {
  const scopes = CATALOGUE;
  const of = (test: (action: string) => boolean) =>
    scopes
      .map((definition) => definition.scope)
      .filter((scope) => scope !== "admin" && test(scope.split(":").at(-1) ?? ""))
      .sort();
  const made: Organization = {
    id: fakeId("0000"),
    dialect: "keydeck",
    name,
    prefix,
    role,
    scopes,
    accesses: [
      { access: "read_only", scopes: of((action) => action === "read") },
      { access: "write_only", scopes: of((action) => action === "write") },
      { access: "full", scopes: of(() => true) },
    ],
    presets: [
      { name: "Billing worker", scopes: ["invoices:read", "invoices:write"] },
      { name: "Nightly import", scopes: ["read", "write"] },
    ],
    grantable: [],
    permissions: [],
    version: 3,
  };
  return seenAs(made, role);
}

export function connection(part: Partial<Connection> & Pick<Connection, "name" | "address">): Connection {
  return {
    id: fakeId("c0c0"),
    kind: "keydeck",
    colour: "blue",
    tenant: null,
    ca_file: null,
    state: "signed_in",
    user: ADA,
    organizations: [],
    organization: null,
    capabilities: ALL,
    notice: null,
    answered_at: null,
    proxy: null,
    ...part,
  };
}

export const iso = (at: number) => new Date(at).toISOString();

/** Status as the server would say it, at the time of asking. */
export function withStatus(key: Key): Key {
  const over = key.expires_at !== null && Date.parse(key.expires_at) <= Date.now();
  const status = key.revoked_at ? "revoked" : over ? "expired" : key.enabled ? "active" : "disabled";
  return { ...key, status };
}

export function key(of: Organization, part: Partial<Key> & Pick<Key, "name">, random: () => number): Key {
  const now = Date.now();
  const environment = part.environment ?? "test";
  return withStatus({
    id: fakeId("eeee"),
    organization_id: of.id,
    environment,
    kind: "secret",
    hint: hint(of.prefix, environment, random),
    scopes: ["read"],
    note: "",
    metadata: {},
    allowed_addresses: [],
    status: "active",
    enabled: true,
    expires_at: iso(now + 64 * DAY),
    revoked_at: null,
    created_at: iso(now - 40 * DAY),
    created_by: { id: ADA.id, email: ADA.email },
    creator_left: false,
    updated_at: iso(now - 40 * DAY),
    last_used_at: iso(now - 2 * MINUTE),
    version: 1,
    ...part,
  });
}

export function someKeys(of: Organization): KeyRow[] {
  const now = Date.now();
  const random = numbers(7);
  const make = (part: Partial<Key> & Pick<Key, "name">, custody: KeyRow["custody"] = "none"): KeyRow => ({ key: key(of, part, random), custody, entry: null });
  const ago = (ms: number) => iso(now - ms);
  return [
    make(
      {
        name: "Production server",
        environment: "live",
        scopes: ["read", "write"],
        allowed_addresses: ["203.0.113.0/24"],
        metadata: { team: "platform", cost: "4410" },
        note: "Behind the load balancer; ask Ada before it is changed.",
      },
      "kept",
    ),
    make({ name: "Analytics", environment: "live", last_used_at: ago(HOUR + 4 * MINUTE), expires_at: iso(now + 5 * DAY + HOUR), created_at: ago(60 * DAY) }),
    make({ name: "CI integration tests", scopes: ["delete", "read", "write"], last_used_at: ago(30 * HOUR), expires_at: null, created_at: ago(90 * DAY) }, "kept"),
    make({
      name: "Ingest worker (old)",
      environment: "live",
      scopes: ["write"],
      last_used_at: ago(3 * DAY),
      expires_at: iso(now + 21 * HOUR),
      created_at: ago(200 * DAY),
      created_by: { id: BOB.id, email: BOB.email },
      creator_left: true,
    }),
    make({ name: "Partner: Contoso", environment: "live", last_used_at: null, enabled: false, expires_at: iso(now + 200 * DAY), created_at: ago(20 * DAY) }),
    make({ name: "Invoice export", scopes: ["invoices:read", "invoices:write", "read"], last_used_at: ago(12 * DAY), created_at: ago(100 * DAY), created_by: { id: LINUS.id, email: LINUS.email } }),
    make({ name: "Load test, spring", last_used_at: ago(130 * DAY), expires_at: ago(100 * DAY), created_at: ago(190 * DAY) }),
    make({ name: "Leaked in a build log", environment: "live", scopes: ["read", "write"], revoked_at: ago(9 * DAY), enabled: true, last_used_at: ago(9 * DAY), created_at: ago(300 * DAY) }),
    make({ name: "Storefront", kind: "publishable", last_used_at: ago(5 * MINUTE), created_at: ago(15 * DAY), created_by: { id: GRACE.id, email: GRACE.email } }),
    make({ name: "Nightly backup", environment: "live", last_used_at: ago(9 * HOUR), expires_at: iso(now + 320 * DAY), created_at: ago(45 * DAY) }, "kept"),
  ];
}

export function manyKeys(of: Organization, count: number): KeyRow[] {
  const random = numbers(42);
  const now = Date.now();
  const words = ["Billing", "Search", "Export", "Import", "Mailer", "Report", "Sync", "Gateway", "Ledger", "Vision"];
  const kinds = ["worker", "server", "cron", "tests", "partner", "laptop"];
  const pick = <T>(list: T[]): T => list[Math.floor(random() * list.length)] as T;
  return Array.from({ length: count }, (_, index) => ({
    custody: random() < 0.1 ? "kept" : "none",
    entry: null,
    key: key(
      of,
      {
        name: `${pick(words)} ${pick(kinds)} ${index + 1}`,
        environment: random() < 0.5 ? "live" : "test",
        scopes: pick([["read"], ["read", "write"], ["write"], ["delete", "read", "write"]]),
        last_used_at: random() < 0.2 ? null : iso(now - random() * 100 * DAY),
        expires_at: random() < 0.2 ? null : iso(now + (random() * 400 - 30) * DAY),
        enabled: random() > 0.05,
        revoked_at: random() < 0.06 ? iso(now - random() * 50 * DAY) : null,
        created_at: iso(now - (index + random()) * HOUR),
        ...(index % 7 === 3 ? { created_by: { id: BOB.id, email: BOB.email }, creator_left: true } : {}),
      },
      random,
    ),
  }));
}

/** The longest that is allowed, markup that must show as text, and scripts of other languages. */
export function longKeys(of: Organization): KeyRow[] {
  const random = numbers(9);
  const names = [
    "W".repeat(100),
    "The billing worker of the northern region's second data centre, blue half, do not touch before Friday",
    `<img src=x onerror="document.title='owned'"> <script>document.title='owned'</script>`,
    "Gehaltsabrechnungsdatenverarbeitungsserver für die Außenstelle Großröhrsdorf",
    "請求書処理ワーカー（本番環境・東日本リージョン・第二データセンター）",
    "مفتاح خادم الفواتير للإنتاج",
    "a",
  ];
  return names.map((name, index) => ({
    entry: null,
    custody: index === 1 ? "unclaimed" : index === 0 ? "kept" : "none",
    key: key(
      of,
      {
        name,
        environment: index % 2 === 0 ? "live" : "test",
        scopes: index === 0 ? ["a-very-long-resource-name-indeed.of.the.north:read", "admin", "delete", "invoices:read", "invoices:write", "read", "write"] : ["read"],
        note: index === 0 ? "A note of many words. ".repeat(20) : "",
        metadata: index === 0 ? { ["n".repeat(64)]: "v".repeat(200) } : {},
        allowed_addresses: index === 0 ? ["2001:db8:1234:5678:9abc:def0:1234:0/112", "203.0.113.0/24"] : [],
        creator_left: true,
        created_by: { id: BOB.id, email: `${"long.address.of.somebody.".repeat(3)}@departments.northwind.example` },
      },
      random,
    ),
  }));
}

export function handoffOf(connectionId: string, row: KeyRow, part: Partial<Handoff> = {}): Handoff {
  return {
    key: { connection: connectionId, organization: row.key.organization_id, key: row.key.id },
    name: row.key.name,
    environment: row.key.environment,
    hint: row.key.hint,
    custody: row.custody,
    copied: false,
    registered: true,
    problem: null,
    ...part,
  };
}
