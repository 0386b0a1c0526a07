import { untrack } from "svelte";
import type { Failure } from "../backend/backend";
import type { Connection, ConnectionId } from "../bindings/console";
import { ERRORS } from "../words/errors";
import { clock } from "../words/times";
import type { Clock } from "./clock.svelte";
import type { Connections } from "./connections.svelte";
import { keepTrying } from "./retry";

/** A failure that passes: what is shown stays, marked as old, and changes are switched off. */
const PASSING = new Set(["unreachable", "timeout", "not_a_key_server", "bad_answer", "server_failed", "rate_limited", "certificate"]);
/** Nobody answered at all: there is nothing more to say of it. */
const SILENT = new Set(["unreachable", "timeout"]);

/** Whether a failure says no more than that nobody answered. */
export function isSilent(failure: Failure | null): boolean {
  return failure !== null && SILENT.has(failure.code);
}

/** The last list that was asked for did not come, or an old one in its place. */
interface Missed {
  at: string;
  /** Null where the program gave an old list without a word. */
  failure: Failure | null;
}

/** The attributes of a control that changes something. */
export interface Control {
  disabled: boolean;
  title: string | undefined;
  "aria-describedby": string | undefined;
}

/** The element that says in words why nothing can be changed: the note over what is old. */
export const WHY_ID = "why-no-changes";

/**
 * Whether a connection takes changes: it takes none while its server does not answer. The one place
 * that says so, and why.
 */
export class Reach {
  #connections: Connections;
  #clock: Clock;
  #missed: Record<ConnectionId, Missed> = $state.raw({});

  constructor(connections: Connections, clock: Clock) {
    this.#connections = connections;
    this.#clock = clock;
  }

  isOut(id: ConnectionId): boolean {
    const state = this.#connection(id)?.state;
    return state === "unreachable" || (state === "signed_in" && id in this.#missed);
  }

  /** What went wrong, where more than silence did. */
  failureOf(id: ConnectionId): Failure | null {
    const failure = this.#missed[id]?.failure ?? null;
    return isSilent(failure) ? null : failure;
  }

  /** `Not reachable since 14:02`, or what the server did instead of answering; empty where it answers. */
  words(id: ConnectionId): string {
    if (!this.isOut(id)) return "";
    const failure = this.failureOf(id);
    if (failure) return ERRORS[failure.code].title;
    const since = this.#connection(id)?.answered_at ?? this.#missed[id]?.at;
    return since ? `Not reachable since ${clock(since, this.#clock.now)}` : "Not reachable";
  }

  /** Why a connection takes no change now; empty where it takes them. */
  whyNot(id: ConnectionId | undefined): string {
    const words = id === undefined ? "" : this.words(id);
    return words && `${words}; changes can't be made until the server answers.`;
  }

  /** For a control that changes something: off with the reason in words, where there is one. */
  control(id: ConnectionId | undefined, off = false): Control {
    const why = this.whyNot(id);
    return { disabled: off || why !== "", title: why || undefined, "aria-describedby": why ? WHY_ID : undefined };
  }

  /** A list came, or not: whether the server answers is known from that. `asOf` where an old one came. */
  asked(id: ConnectionId, failure: Failure | null, asOf: string | null = null): void {
    if (failure?.code === "cancelled") return;
    const { [id]: before, ...others } = this.#missed;
    if (asOf === null && (failure === null || !PASSING.has(failure.code))) {
      if (before) this.#missed = others;
    } else {
      this.#missed = { ...others, [id]: { at: asOf ?? before?.at ?? new Date().toISOString(), failure } };
    }
  }

  #connection(id: ConnectionId): Connection | undefined {
    return this.#connections.all.find((connection) => connection.id === id);
  }
}

/**
 * For a view, while it is made: asks again by itself as long as the server does not answer, and at
 * once when somebody else has heard it answer.
 */
export function keepCurrent(reach: Reach, connection: () => Connection, load: () => Promise<unknown>): void {
  let asking = false;
  const again = async () => {
    if (asking) return;
    asking = true;
    await load().finally(() => (asking = false));
  };
  const out = $derived(reach.isOut(connection().id));
  const state = $derived(connection().state);
  const pause = () => reach.failureOf(connection().id)?.retry_after ?? null;
  // Each try makes the next one later: nothing but an answer begins anew.
  $effect(() => {
    if (out) return untrack(() => keepTrying(again, pause));
  });
  let before: string | undefined;
  $effect(() => {
    if (before === "unreachable" && state === "signed_in") untrack(() => void again().catch(() => undefined));
    before = state;
  });
}
