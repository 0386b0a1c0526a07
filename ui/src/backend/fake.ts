/** A key server, a keychain and a clipboard that exist in this page only: for tests and pictures. */
import type {
  ClipboardState,
  Connection,
  Custody,
  ErrorCode,
  Event,
  Handoff,
  Key,
  KeyRef,
  KeyRow,
  Overview,
  Revocation,
} from "../bindings/console";
import { asFailure } from "../words/errors";
import type { Backend, Failure } from "./backend";
import { ADA, connection, fakeId, handoffOf, key as makeKey, numbers, organization, withStatus } from "./fake/data";
import type { Fake } from "./fake/fake";
import { answer } from "./fake/query";
import { registerMethods } from "./fake/register";
import type { World } from "./fake/scenarios";
import { KINDS } from "./fake/kinds";
import { serverMethods } from "./fake/servers";
import { teamMethods } from "./fake/team";
import { usageMethods } from "./fake/usage";

export const EMPTY_CLIPBOARD: ClipboardState = { holds_secret: false, hint: null, clears_at: null, seconds_left: null, ended: null };
/** The only password that the fake server takes. */
export const PASSWORD = "correct horse";

export interface FakeBackend extends Backend {
  world: World;
  emit(event: Event): void;
  /** The server ends the session of a connection. */
  expireSession(id: string): void;
  /** Somebody removes the person from an organization; the program hears of it. */
  removeFrom(id: string, organization: string): void;
  /** The names of the commands that were called. */
  calls: string[];
}

/** What a server without a token says when it is tried. */
const OPEN_TO_ALL = [{ gravity: "warning" as const, text: "This server answers without a key as well: ELIZA_SERVER_AUTH_TOKEN is not set there. Set it and restart the server." }];

export function failure(code: ErrorCode, message: string, retryAfter: number | null = null): Failure {
  return { code, message, retry_after: retryAfter };
}

const MESSAGES: Partial<Record<ErrorCode, string>> = {
  unreachable: "keys.northwind.example did not answer.",
  server_failed: "keys.northwind.example answered 503.",
  signed_out: "The session is over.",
  settings: "The settings file can't be read: permission denied.",
};

export function fakeBackend(world: World): FakeBackend {
  const handlers = new Set<(event: Event) => void>();
  const running = new Map<string, (reason: Failure) => void>();
  const calls: string[] = [];
  const random = numbers(1);
  let clipboard = EMPTY_CLIPBOARD;
  let clearing: ReturnType<typeof setTimeout> | undefined;
  let reveals = 0;
  let served = new Set<string>();

  const emit = (event: Event) => handlers.forEach((handler) => handler(structuredClone(event)));

  /** Everything that goes over the network: takes its time, fails as the world says, can be cancelled. */
  function network<T>(name: string, operation: string, work: () => T): Promise<T> {
    calls.push(name);
    return new Promise<T>((resolve, reject) => {
      running.set(operation, reject);
      setTimeout(() => {
        if (!running.delete(operation)) return;
        const code = world.fails.get(name) ?? world.fails.get("*");
        if (code) return reject(failure(code, MESSAGES[code] ?? "It failed."));
        try {
          resolve(structuredClone(work()));
        } catch (reason) {
          reject(asFailure(reason));
        }
      }, world.latency);
    });
  }

  async function here<T>(name: string, work: () => T): Promise<T> {
    calls.push(name);
    await Promise.resolve();
    const code = world.fails.get(name);
    if (code) throw failure(code, MESSAGES[code] ?? "It failed.");
    return structuredClone(work());
  }

  /** Nobody is told of the organizations of a person that is not signed in. What is shown is still there. */
  const view = (one: Connection): Connection => {
    if (one.state === "signed_out") return { ...one, user: null, organizations: [] };
    const there = one.organizations.some((other) => other.id === one.organization);
    return { ...one, organization: there ? one.organization : (one.organizations[0]?.id ?? null) };
  };
  const find = (id: string): Connection => {
    const found = world.connections.find((one) => one.id === id);
    if (!found) throw failure("not_found", "There is no such connection.");
    return found;
  };
  const rows = (organizationId: string): KeyRow[] => world.keys.get(organizationId) ?? [];
  const signedIn = (id: string): Connection => {
    const found = find(id);
    if (found.state === "signed_out") throw failure("signed_out", "The session is over.");
    const down = world.down.has(id);
    if (down !== (found.state === "unreachable")) {
      Object.assign(found, { state: down ? "unreachable" : "signed_in", answered_at: found.answered_at ?? new Date().toISOString() });
      emit({ event: "connection", connection: view(found) });
    }
    if (down) throw failure("unreachable", `${new URL(found.address).host} did not answer.`);
    return found;
  };
  const row = (ref: KeyRef): KeyRow => {
    signedIn(ref.connection);
    const found = rows(ref.organization).find((one) => one.key.id === ref.key);
    if (!found) throw failure("not_found", "There is no such key.");
    return found;
  };
  const put = (ref: KeyRef, now: Partial<KeyRow>) => {
    world.keys.set(
      ref.organization,
      rows(ref.organization).map((one) => (one.key.id === ref.key ? { ...one, ...now } : one)),
    );
  };
  const settle = (ref: KeyRef, custody: Custody): Handoff[] => {
    put(ref, { custody });
    world.handoffs =
      custody === "unclaimed"
        ? world.handoffs.map((one) => (one.key.key === ref.key ? { ...one, custody } : one))
        : world.handoffs.filter((one) => one.key.key !== ref.key);
    return world.handoffs;
  };
  const revoke = (ref: KeyRef): Revocation => {
    const before = row(ref);
    const held = before.custody !== "none";
    const now = new Date().toISOString();
    const revoked = withStatus({ ...before.key, revoked_at: now, updated_at: now, version: before.key.version + 1 });
    put(ref, { key: revoked, custody: "none" });
    world.handoffs = world.handoffs.filter((one) => one.key.key !== ref.key);
    emit({ event: "handoffs", handoffs: world.handoffs });
    return { row: row(ref), check: held ? { result: "refused" } : { result: "not_held" } };
  };
  const overview = (): Overview => ({
    version: "0.1.0",
    kinds: KINDS,
    connections: world.connections.map(view),
    connection: world.shown,
    preferences: world.preferences,
    keychain: world.keychain,
    keychain_worked_at: world.keychainWorkedAt,
    handoffs: world.handoffs,
    clipboard,
    notice: world.notice,
  });
  const setClipboard = (state: ClipboardState): ClipboardState => {
    clipboard = state;
    clearTimeout(clearing);
    if (state.holds_secret && state.seconds_left !== null) {
      clearing = setTimeout(() => {
        clipboard = { ...EMPTY_CLIPBOARD, ended: "cleared" };
        emit({ event: "clipboard", clipboard });
      }, state.seconds_left * 1_000);
    }
    return state;
  };
  const copied = (hint: string): ClipboardState => {
    const seconds = world.preferences.clear_clipboard_after;
    return setClipboard({
      holds_secret: true,
      hint,
      clears_at: seconds === null ? null : new Date(Date.now() + seconds * 1_000).toISOString(),
      seconds_left: seconds,
      ended: null,
    });
  };
  const needsKeychain = () => {
    if (world.keychain === "locked") throw failure("keychain_locked", "The login keyring is locked.");
  };

  const fake: Fake = {
    world,
    network,
    here,
    failure,
    emit,
    find,
    signedIn,
    view,
    rows,
    copied,
    password: () => world.password ?? PASSWORD,
  };

  return {
    world,
    calls,
    emit,
    expireSession: (id) => {
      const one = find(id);
      one.state = "signed_out";
      emit({ event: "connection", connection: view(one) });
    },
    removeFrom: (id, organizationId) => {
      const one = find(id);
      const gone = one.organizations.find((other) => other.id === organizationId);
      one.organizations = one.organizations.filter((other) => other !== gone);
      if (gone) one.notice = `You are not a member of ${gone.name} any more.`;
    },
    ...serverMethods(fake),
    ...registerMethods(fake),
    ...teamMethods(fake),
    ...usageMethods(fake),
    overview: () => here("overview", overview),
    listen: (handler) => {
      handlers.add(handler);
      return Promise.resolve(() => void handlers.delete(handler));
    },
    cancel: async (operation) => {
      running.get(operation)?.(failure("cancelled", "Cancelled."));
      running.delete(operation);
    },

    startLocal: (operation) =>
      network("startLocal", operation, () => {
        const there = world.connections.find((one) => one.kind === "local");
        if (there) return Object.assign(there, { state: "signed_in" });
        const of = organization("This computer", "kd");
        const made = connection({
          name: "On this computer",
          kind: "local",
          colour: "green",
          address: "http://127.0.0.1:7345",
          organizations: [of],
          organization: of.id,
          user: { id: fakeId("aaaa"), email: "owner@localhost", name: "You" },
        });
        world.keys.set(of.id, []);
        world.connections.push(made);
        return made;
      }),
    removeConnection: (operation, id) =>
      network("removeConnection", operation, () => {
        world.connections = world.connections.filter((one) => one.id !== id);
        world.shown = world.connections[0]?.id ?? null;
        return overview();
      }),
    showConnection: (id, organizationId) =>
      here("showConnection", () => {
        world.shown = id;
        find(id).organization = organizationId;
      }),
    signIn: (operation, id, email, password) =>
      network("signIn", operation, () => {
        if (password !== fake.password()) throw failure("wrong_credentials", "The server does not know this pair.");
        return Object.assign(find(id), { state: "signed_in", user: { ...ADA, email } });
      }),
    signOut: (operation, id) => network("signOut", operation, () => view(Object.assign(find(id), { state: "signed_out" as const }))),

    listKeys: (operation, id, organizationId, query) =>
      network("listKeys", operation, () => {
        const one = find(id);
        if (!one.organizations.some((other) => other.id === organizationId)) throw failure("not_found", "There is no such organization.");
        // The last list is given instead, and says of when it is.
        const old = world.down.has(id) ? world.lists.get(organizationId) : undefined;
        if (old !== undefined) return { ...answer(rows(organizationId), query), as_of: old };
        signedIn(id);
        return answer(rows(organizationId), query);
      }),
    getKey: (operation, ref) => network("getKey", operation, () => row(ref)),
    updateKey: (operation, ref, version, change) =>
      network("updateKey", operation, () => {
        if (world.rival) {
          world.rival = false;
          const theirs = row(ref).key;
          put(ref, { key: { ...theirs, name: `${theirs.name} (renamed)`, scopes: ["delete", ...theirs.scopes], version: theirs.version + 1 } });
        }
        const before = row(ref);
        if (before.key.revoked_at) throw failure("revoked", "It was revoked.");
        if (before.key.version !== version) return { result: "changed", row: before } as const;
        const bad = change.allowed_addresses?.find((address) => !/^[0-9a-f.:/]+$/i.test(address));
        if (bad) throw failure("invalid", "must be an address or a network, such as 203.0.113.7 or 203.0.113.0/24");
        const now = withStatus({ ...before.key, ...change, updated_at: new Date().toISOString(), version: version + 1 } as Key);
        put(ref, { key: now });
        return { result: "saved", row: row(ref) } as const;
      }),
    revokeKey: (operation, ref) => network("revokeKey", operation, () => revoke(ref)),

    createKey: (operation, id, organizationId, wanted) =>
      network("createKey", operation, () => {
        needsKeychain();
        const owner = signedIn(id);
        const of = owner.organizations.find((one) => one.id === organizationId);
        if (!of) throw failure("not_found", "There is no such organization.");
        if (wanted.allowed_addresses.some((address) => !/^[0-9a-f.:/]+$/i.test(address))) {
          throw failure("invalid", "must be an address or a network, such as 203.0.113.7 or 203.0.113.0/24");
        }
        const now = new Date().toISOString();
        const custody: Custody = world.loses ? "pending" : world.keychain === "absent" ? "memory_only" : "unclaimed";
        const made: KeyRow = {
          custody,
          entry: null,
          key: makeKey(of, { ...wanted, created_at: now, updated_at: now, last_used_at: null }, random),
        };
        const handoff = handoffOf(id, made, world.loses ? { registered: null, problem: "keys.northwind.example took too long to answer." } : {});
        world.handoffs = [...world.handoffs, handoff];
        if (!world.loses) world.keys.set(organizationId, [made, ...rows(organizationId)]);
        emit({ event: "handoffs", handoffs: world.handoffs });
        return handoff;
      }),
    handoffs: (operation) => network("handoffs", operation, () => world.handoffs),
    finishHandoff: (ref, keep) =>
      here("finishHandoff", () => {
        if (keep) needsKeychain();
        return settle(ref, keep ? "kept" : "unclaimed");
      }),
    confirmStored: (ref) => here("confirmStored", () => settle(ref, "none")),
    resendHandoff: (operation, ref) =>
      network("resendHandoff", operation, () => {
        const there = world.handoffs.find((one) => one.key.key === ref.key);
        const of = find(ref.connection).organizations.find((one) => one.id === ref.organization);
        if (!there || !of) throw failure("not_found", "There is no such new key.");
        const now: Handoff = { ...there, custody: "unclaimed", registered: true, problem: null };
        world.handoffs = world.handoffs.map((one) => (one === there ? now : one));
        const made = makeKey(of, { name: there.name, environment: there.environment, hint: there.hint, id: ref.key, last_used_at: null }, random);
        world.keys.set(ref.organization, [{ key: { ...made, created_at: new Date().toISOString() }, custody: "unclaimed", entry: null }, ...rows(ref.organization)]);
        return now;
      }),
    forgetHandoff: (ref) => here("forgetHandoff", () => (world.handoffs = world.handoffs.filter((one) => one.key.key !== ref.key))),
    discardKey: (operation, ref) => network("discardKey", operation, () => revoke(ref)),
    forgetSecret: (ref) =>
      here("forgetSecret", () => {
        put(ref, { custody: "none" });
        return "none" as const;
      }),

    copySecret: (ref, _form) =>
      here("copySecret", () => {
        const hint = world.handoffs.find((one) => one.key.key === ref.key)?.hint ?? row(ref).key.hint;
        world.handoffs = world.handoffs.map((one) => (one.key.key === ref.key ? { ...one, copied: true } : one));
        return copied(hint);
      }),
    clearClipboard: () => here("clearClipboard", () => setClipboard({ ...EMPTY_CLIPBOARD, ended: "cleared" })),
    tryKey: (operation, ref) =>
      network("tryKey", operation, () => {
        const status = withStatus(row(ref).key).status;
        return { outcome: status === "active" ? ("accepted" as const) : status, address: find(ref.connection).address, milliseconds: 12, findings: find(ref.connection).kind === "elizaos" ? OPEN_TO_ALL : [] };
      }),
    revealSecret: () =>
      here("revealSecret", () => {
        const address = `http://sealed.localhost/once/${++reveals}`;
        served.add(address);
        return { address, blank: "http://sealed.localhost/blank", seconds: 30 };
      }),
    revealServed: (address) => here("revealServed", () => served.has(address)),
    endReveal: (address) => here("endReveal", () => void served.delete(address)),

    setPreferences: (preferences) => here("setPreferences", () => (world.preferences = preferences)),
    checkKeychain: () =>
      here("checkKeychain", () => {
        const words = {
          working: ["An entry was written, read and forgotten again.", ""],
          locked: ["The login keyring is locked and could not be opened.", "Unlock it with your password, then check again."],
          absent: ["No Secret Service answers on this session's bus.", "Install gnome-keyring or KeePassXC, sign in again, then check again."],
          refusing: ["The keychain refused to write.", "Look into your system's password manager."],
          unknown: ["", ""],
        }[world.keychain] as [string, string];
        return { state: world.keychain, store: "Secret Service", detail: words[0], advice: words[1], entries: 4 };
      }),
    openLink: () => here("openLink", () => undefined),
  };
}
