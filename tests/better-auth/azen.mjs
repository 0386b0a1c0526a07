// What Azen's document tells of it, around a real Better Auth: the middleware of its API, and the console's own routes.
// The document gives no shape of the latter: ours, and the same as at keydeck-server.

import { fromNodeHeaders, toNodeHandler } from "better-auth/node";
import { AUTH, answer, body, listen, ready, testing } from "./auth.mjs";
import { make } from "./modern.mjs";

const ACCESSES = { read: ["read"], write: ["write"], full: ["read", "write"] };
const RESOURCE = "memories";
const memories = new Map();
let calls = 0;

class Refused extends Error {
  constructor(status, said) {
    super();
    this.status = status;
    this.said = said;
  }
}
const told = (status, code, message) => new Refused(status, { message, code });
const notFound = () => told(404, "KEY_NOT_FOUND", "API Key not found");

const { port, serve } = await listen();
const { auth } = await make(port);
const handle = toNodeHandler(auth);
const { adapter } = await auth.$context;

const session = (request) => auth.api.getSession({ headers: fromNodeHeaders(request.headers) });

// "The middleware first checks for an active user session (used by the web console)."
// "If no session exists, the middleware extracts the azen-api-key header from the request."
async function middleware(request) {
  const action = request.method === "GET" ? "read" : "write";
  const signedIn = await session(request);
  if (signedIn) {
    const organization = signedIn.session.activeOrganizationId;
    if (!organization) throw new Refused(403, "Unauthorized");
    return organization;
  }
  const key = request.headers["azen-api-key"];
  if (!key) throw new Refused(401, "no api key");
  const { valid, error, key: record } = await auth.api.verifyApiKey({ body: { key } });
  if (!valid) {
    const refused = { KEY_DISABLED: "API Key is disabled", USAGE_EXCEEDED: "API Key has reached its usage limit" };
    if (error?.code === "RATE_LIMITED") throw new Refused(429, "Rate limit exceeded.");
    throw new Refused(403, refused[error?.code] ?? "Invalid API key.");
  }
  const organization = record.metadata?.organizationId;
  if (!organization || !(record.permissions?.[RESOURCE] ?? ["read", "write"]).includes(action)) throw new Refused(403, "Unauthorized");
  return organization;
}

// "API key permissions are configured in the console when creating or editing keys."
async function acting(request) {
  const signedIn = await session(request);
  if (!signedIn) throw told(401, "UNAUTHORIZED", "Unauthorized");
  const organization = signedIn.session.activeOrganizationId;
  if (!organization) throw told(403, "UNAUTHORIZED", "Unauthorized");
  return { user: signedIn.user, organization };
}

const read = (text) => (typeof text === "string" ? JSON.parse(text) : (text ?? null));
const access = (permissions) => {
  const actions = permissions?.[RESOURCE];
  if (!actions) return "full";
  return Object.keys(ACCESSES).find((word) => String(ACCESSES[word]) === String(actions)) ?? null;
};
const shown = ({ key: _, ...row }) => {
  const permissions = read(row.permissions);
  return { ...row, metadata: read(read(row.metadata)), permissions, access: access(permissions) };
};

async function rows(organization) {
  const all = await adapter.findMany({ model: "apikey", limit: 10000 });
  return all.map(shown).filter((row) => row.metadata?.organizationId === organization);
}

async function index(request) {
  const { organization } = await acting(request);
  const { searchParams: query } = new URL(request.url, "http://localhost");
  const by = query.get("sortBy") ?? "createdAt";
  const turned = query.get("sortDirection") === "desc" ? -1 : 1;
  const all = await rows(organization);
  all.sort((a, b) => (a[by] < b[by] ? -turned : a[by] > b[by] ? turned : 0));
  const from = Number(query.get("offset") ?? 0);
  return { keys: all.slice(from, from + Number(query.get("limit") ?? 10000)), total: all.length };
}

function permissions(word) {
  if (!Object.hasOwn(ACCESSES, word)) {
    throw told(400, "VALIDATION_ERROR", '[body.permissions] Invalid option: expected one of "read"|"write"|"full"');
  }
  return { [RESOURCE]: ACCESSES[word] };
}

// The server sets permissions and the organization.
async function create(request) {
  const { user, organization } = await acting(request);
  const { name, permissions: word, expiresIn, metadata, prefix } = JSON.parse(await body(request));
  const wanted = { name, prefix, userId: user.id, permissions: permissions(word), metadata: { ...metadata, organizationId: organization } };
  const made = await auth.api.createApiKey({ body: { ...wanted, ...(expiresIn ? { expiresIn } : {}) } });
  return { ...made, access: word };
}

async function found(id, organization) {
  const row = (await rows(organization)).find((row) => row.id === id);
  if (!row) throw notFound();
  return row;
}

async function change(request, id) {
  const { organization } = await acting(request);
  const row = await found(id, organization);
  const { name, enabled, expiresIn, metadata, permissions: word } = JSON.parse(await body(request));
  const wanted = { keyId: id, userId: row.referenceId, name, enabled, expiresIn };
  if (word !== undefined) wanted.permissions = permissions(word);
  if (metadata !== undefined) wanted.metadata = { ...metadata, organizationId: organization };
  await auth.api.updateApiKey({ body: wanted });
  return found(id, organization);
}

async function remove(request, id) {
  const { organization } = await acting(request);
  const row = await found(id, organization);
  await adapter.delete({ model: "apikey", where: [{ field: "id", value: row.id }] });
  return { success: true };
}

async function service(request) {
  const organization = await middleware(request);
  const { pathname, searchParams } = new URL(request.url, "http://localhost");
  calls += 1;
  if (pathname === "/api/v1/usage") {
    const range = searchParams.get("range") ?? "24h";
    const labels = [new Date(Date.now() - (Date.now() % 3_600_000)).toISOString()];
    const series = [{ name: "accepted", total: calls, data: [calls] }];
    return { range, labels, series, summary: { total: calls, accepted: calls, refused: 0 } };
  }
  const kept = memories.get(organization) ?? [];
  memories.set(organization, kept);
  if (request.method === "GET") return { memories: kept, total: kept.length };
  const memory = { id: String(kept.length + 1), text: JSON.parse(await body(request)).text, createdAt: new Date().toISOString() };
  kept.push(memory);
  return memory;
}

async function route(request) {
  const { pathname } = new URL(request.url, "http://localhost");
  const one = /^\/api\/keys\/([^/]+)$/.exec(pathname)?.[1];
  const at = `${request.method} ${one ? "/api/keys/" : pathname}`;
  switch (at) {
    case "GET /api/keys":
      return [200, await index(request)];
    case "POST /api/keys":
      return [201, await create(request)];
    case "PATCH /api/keys/":
      return [200, await change(request, one)];
    case "DELETE /api/keys/":
      return [200, await remove(request, one)];
    case "GET /api/v1/usage":
    case "GET /api/v1/memories":
      return [200, await service(request)];
    case "POST /api/v1/memories":
      return [201, await service(request)];
    default:
      return [404, ""];
  }
}

serve(async (request, response) => {
  if (request.url.startsWith("/test/")) return testing(auth, request, response);
  if (request.url.startsWith(`${AUTH}/`)) return handle(request, response);
  try {
    answer(response, ...(await route(request)));
  } catch (error) {
    if (error instanceof Refused) return answer(response, error.status, error.said);
    // Better Auth's own refusals, as it would answer them.
    if (typeof error.statusCode === "number") return answer(response, error.statusCode, error.body ?? {});
    throw error;
  }
});
ready(port);
