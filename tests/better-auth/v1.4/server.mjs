// A plain Better Auth 1.4, where keys belong to people alone.

import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { getMigrations } from "better-auth/db";
import { toNodeHandler } from "better-auth/node";
import { apiKey, bearer, organization } from "better-auth/plugins";
import { PERSON, STRANGER, asked, listen, options, ready, storage, testing } from "../auth.mjs";

const TABLES = ["user", "session", "account", "verification", "organization", "member", "invitation", "apikey", "rateLimit"];

const { port, serve } = await listen();
const { database, sqlite } = await storage(memoryAdapter, TABLES);
const whole = {
  ...options(port),
  database,
  plugins: [
    organization(),
    ...(asked.bearer === "no" ? [] : [bearer()]),
    apiKey({ defaultPrefix: "azen_", enableMetadata: true, rateLimit: { enabled: true, timeWindow: 60_000, maxRequests: 60 } }),
  ],
};
const auth = betterAuth(whole);
if (sqlite) await (await getMigrations(whole)).runMigrations();
for (const person of [PERSON, STRANGER]) await auth.api.signUpEmail({ body: person });
const handle = toNodeHandler(auth);
serve((request, response) => (request.url.startsWith("/test/") ? testing(auth, request, response) : handle(request, response)));
ready(port);
