import type { Handoff, KeyRef } from "../bindings/console";

export function sameKey(a: KeyRef, b: KeyRef): boolean {
  return a.key === b.key && a.organization === b.organization && a.connection === b.connection;
}

/** The new keys whose secrets are not settled. */
export class Handoffs {
  all = $state.raw<Handoff[]>([]);

  set(handoffs: Handoff[]): void {
    this.all = handoffs;
  }

  find(key: KeyRef): Handoff | undefined {
    return this.all.find((handoff) => sameKey(handoff.key, key));
  }
}

/** How many are unsettled, in words. */
export function handoffWords(handoffs: Handoff[]): string {
  const n = handoffs.length;
  return n === 1 ? "1 new key is not stored yet" : `${n} new keys are not stored yet`;
}
