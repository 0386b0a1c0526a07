/** The kinds of key servers, as the program tells them: see crates/console/src/kinds.rs. */
import type { Capabilities, KindInfo, ServerKind } from "../../bindings/console";

const bearer = { name: "Authorization", before: "Bearer " };
const named = (name: string) => ({ name, before: "" });

const kind = (part: Partial<KindInfo> & Pick<KindInfo, "kind" | "title">): KindInfo => ({
  sign_in: "password",
  default_address: null,
  tenant: false,
  variable: null,
  header: named("x-api-key"),
  tenant_header: null,
  rotate_days: null,
  account_page: null,
  ...part,
});

const NOTHING: Capabilities = {
  list: false,
  create: false,
  client_made_secrets: false,
  edit: false,
  disable: false,
  revoke: false,
  environments: false,
  addresses: false,
  probe: false,
  members: false,
  organizations: false,
  sessions: false,
  audit: false,
  invitations: false,
  verifiers: false,
  usage: false,
  webhooks: false,
  scopes: "none",
  edit_scopes: false,
  expiry: false,
  edit_expiry: false,
  rename: false,
  notes: false,
  metadata: false,
  kinds: false,
  rotate: "none",
  take_in: false,
  explain: [],
};

/** Keys that stand in the register alone. */
const REGISTER: Capabilities = { ...NOTHING, list: true, edit: true, rename: true, notes: true, probe: true, revoke: true, take_in: true, rotate: "create_hand_over_revoke" };

/** What the fake's servers can do, as far as they are not Keydeck's. */
export const CAN: Partial<Record<ServerKind, Capabilities>> = {
  memory_api: {
    ...NOTHING,
    list: true,
    create: true,
    revoke: true,
    environments: true,
    probe: true,
    scopes: "scopes",
    expiry: true,
    rotate: "create_hand_over_revoke",
    explain: [{ what: "edit", why: "Memory API has no way to change a key: make another one and revoke this one." }],
  },
  elizaos: { ...REGISTER, create: true, client_made_secrets: true, explain: [{ what: "scopes", why: "The token opens everything under /api." }] },
  azotte: { ...REGISTER, environments: true, kinds: true, explain: [{ what: "create", why: "Azotte makes keys in its portal: copy one there and take it in here." }] },
  azerion: { ...REGISTER, explain: [{ what: "create", why: "Azerion AI makes keys on its account page: copy one there and take it in here." }] },
};

export const KINDS: KindInfo[] = [
  kind({ kind: "local", title: "On this computer", variable: "API_KEY", header: bearer }),
  kind({ kind: "keydeck", title: "Keydeck", variable: "API_KEY", header: bearer }),
  kind({ kind: "azen", title: "Azen", variable: "AZEN_API_KEY", header: named("azen-api-key") }),
  kind({ kind: "better_auth", title: "Better Auth" }),
  kind({ kind: "memory_api", title: "Memory API", sign_in: "key", default_address: "https://api.memory-api.com/v1", variable: "MEMORY_API_KEY", header: bearer }),
  kind({ kind: "elizaos", title: "ElizaOS", sign_in: "nothing", default_address: "http://localhost:3000", variable: "ELIZA_SERVER_AUTH_TOKEN", header: named("x-api-key") }),
  kind({ kind: "azotte", title: "Azotte", sign_in: "nothing", default_address: "https://api.azotte.com", tenant: true, rotate_days: 90, variable: "AZOTTE_API_KEY", header: named("x-api-key"), tenant_header: "x-tn" }),
  kind({
    kind: "azerion",
    title: "Azerion AI",
    sign_in: "nothing",
    default_address: "https://api.azerion.ai/v1",
    variable: "AZERION_API_KEY",
    header: bearer,
    account_page: "https://app.azerion.ai/account#api-tokens",
  }),
];
