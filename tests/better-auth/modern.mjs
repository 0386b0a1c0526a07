// Better Auth 1.7 with organizations and two configurations of keys, one of which belongs to organizations.

import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { getMigrations } from "better-auth/db/migration";
import { bearer, organization } from "better-auth/plugins";
import { apiKey } from "@better-auth/api-key";
import { PERSON, STRANGER, asked, options, storage } from "./auth.mjs";

const TABLES = ["user", "session", "account", "verification", "organization", "member", "invitation", "apikey", "rateLimit"];

export async function make(port) {
  const { database, sqlite } = await storage(memoryAdapter, TABLES);
  const limit = { enabled: true, timeWindow: 60_000, maxRequests: 60 };
  const whole = {
    ...options(port),
    database,
    plugins: [
      organization(),
      ...(asked.bearer === "no" ? [] : [bearer()]),
      apiKey([
        { configId: "default", defaultPrefix: "azen_", enableMetadata: true, rateLimit: limit },
        { configId: asked.config ?? "org-keys", references: "organization", defaultPrefix: "org_", enableMetadata: true, rateLimit: limit },
      ]),
    ],
  };
  const auth = betterAuth(whole);
  if (sqlite) await (await getMigrations(whole)).runMigrations();
  const people = [];
  for (const person of [PERSON, STRANGER]) people.push((await auth.api.signUpEmail({ body: person })).user);
  for (const [name, slug] of [["Northwind", "northwind"], ["Fabrikam", "fabrikam"]]) {
    await auth.api.createOrganization({ body: { name, slug, userId: people[0].id } });
  }
  await auth.api.createOrganization({ body: { name: "Eve's own", slug: "eve", userId: people[1].id } });
  return { auth, people };
}
