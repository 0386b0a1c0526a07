/** The kinds of key servers, as the program tells them: see crates/console/src/kinds.rs. */
import type { KindInfo } from "../../bindings/console";

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
