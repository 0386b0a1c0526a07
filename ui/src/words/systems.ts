/** The kinds of key servers in words. */
import type { Ability, Capabilities, ServerKind } from "../bindings/console";

/** What one reads before one chooses it. */
export const SYSTEM: Record<ServerKind, string> = {
  local: "Start a key server here, ready in a second. Good for trying things out.",
  keydeck: "Your team's server. You need its address, or the link of an invitation.",
  azen: "Sign in as in its console: read only, write only or full keys.",
  better_auth: "Any server with Better Auth's organization and API key plugins.",
  memory_api: "Keys with live and test environments, scopes and expiry.",
  elizaos: "One server token: make it, check it, replace it.",
  azotte: "Publishable and secret keys, per tenant.",
  azerion: "Named keys, checked against the models endpoint.",
};

/** What to type as its address. */
export const ADDRESS_HELP: Record<ServerKind, string> = {
  local: "",
  keydeck: "https, or http on this computer alone.",
  azen: "Where Azen's console is: https, or http on this computer alone. Its path too, if it has one.",
  better_auth: "With the path of Better Auth, which is /api/auth unless the server says otherwise.",
  memory_api: "With its version: …/v1. At a Keydeck server: https://keys.example.org/memory-api/v1.",
  elizaos: "Without /api. At a Keydeck server: https://keys.example.org/elizaos.",
  azotte: "At a Keydeck server: https://keys.example.org/azotte.",
  azerion: "With its version: …/v1. At a Keydeck server: https://keys.example.org/azerion/v1.",
};

/** Which key signs in. */
export const KEY_TO_SIGN_IN: Partial<Record<ServerKind, string>> = {
  memory_api: "It needs the scope admin, with which keys are listed, made and revoked.",
};

/** Why something is absent, where the program says it; else that this kind of server can't. */
export function whyAbsent(can: Capabilities, what: Ability, otherwise: string): string {
  return can.explain.find((one) => one.what === what)?.why ?? otherwise;
}
