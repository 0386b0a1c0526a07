// What the servers of this folder have in common: people and organizations to begin with, a way to put rows and times
// into the database that no route of Better Auth would take, and one port on this computer.

import { createServer } from "node:http";
import { randomBytes } from "node:crypto";

export const AUTH = "/api/auth";
export const PERSON = { email: "ada@example.org", password: "a good long password", name: "Ada" };
export const STRANGER = { email: "eve@example.org", password: "another long password", name: "Eve" };

// What is asked for with `name=value` arguments: `bearer=no`, `limit=yes`, `base=https://…`, `config=…`.
export const asked = Object.fromEntries(process.argv.slice(2).map((argument) => argument.split("=")));

// Node 22.5 and newer have SQLite; older ones keep everything in memory.
export async function storage(memoryAdapter, tables) {
  const { DatabaseSync } = await import("node:sqlite").catch(() => ({}));
  if (DatabaseSync) return { database: new DatabaseSync(":memory:"), sqlite: true };
  const rows = Object.fromEntries(tables.map((table) => [table, []]));
  return { database: memoryAdapter(rows), sqlite: false };
}

export function options(port) {
  return {
    baseURL: asked.base ?? `http://127.0.0.1:${port}`,
    basePath: AUTH,
    secret: randomBytes(32).toString("hex"),
    telemetry: { enabled: false },
    logger: { disabled: true },
    emailAndPassword: { enabled: true, autoSignIn: false },
    rateLimit: { enabled: asked.limit === "yes" },
  };
}

// Better Auth wants to know its own address, so the port comes first.
export async function listen() {
  let handle = (_, response) => response.writeHead(503).end();
  const server = createServer((request, response) => {
    Promise.resolve(handle(request, response)).catch(() => {
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: server.address().port, serve: (next) => (handle = next) };
}

export async function body(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}

export function answer(response, status, value) {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const type = typeof value === "string" ? "text/plain" : "application/json";
  response.writeHead(status, { "content-type": type }).end(text);
}

// `POST /test/…`, for the tests alone: what time and other clients do to a server.
export async function testing(auth, request, response) {
  const wanted = JSON.parse(await body(request));
  const { adapter } = await auth.$context;
  const where = Object.entries(wanted.where ?? {}).map(([field, value]) => ({ field, value }));
  const dates = (row) => {
    for (const name of ["createdAt", "updatedAt", "expiresAt", "lastRequest"]) if (row[name]) row[name] = new Date(row[name]);
    return row;
  };
  switch (request.url) {
    case "/test/find":
      return answer(response, 200, await adapter.findMany({ model: wanted.model, where, limit: 10000 }));
    case "/test/update":
      return answer(response, 200, { updated: await adapter.updateMany({ model: wanted.model, where, update: dates(wanted.update) }) });
    case "/test/delete":
      return answer(response, 200, { deleted: await adapter.deleteMany({ model: wanted.model, where }) });
    case "/test/insert": {
      for (const row of wanted.rows) await adapter.create({ model: wanted.model, data: dates(row) });
      return answer(response, 200, { inserted: wanted.rows.length });
    }
    default:
      return response.writeHead(404).end();
  }
}

// Says where it answers, and ends with whom it was started for.
export function ready(port) {
  process.stdout.write(`${JSON.stringify({ address: `http://127.0.0.1:${port}` })}\n`);
  process.stdin.on("end", () => process.exit(0)).resume();
}
