/** The fake's register: keys that are taken in from the clipboard. */
import type { KeyRow, Recognised } from "../../bindings/console";
import type { Backend } from "../backend";
import { key as makeKey, numbers } from "./data";
import type { Fake } from "./fake";

type RegisterMethods = Pick<Backend, "signInFromClipboard" | "signUp" | "lookAtClipboard" | "takeKeyIn" | "setRotateBy" | "forgetRegistered">;

/** What the person has copied, by what it seems to be: tests choose. */
export const COPIED: Record<string, Recognised> = {
  azotte: { system: "Azotte", environment: "test", kind: "secret", hint: "sk_dev_1f4Q…x9Lm", refused: null },
  memory: { system: "Memory API", environment: "live", kind: null, hint: "mem_live_8sKd…Pq2z", refused: null },
  token: { system: "ElizaOS", environment: null, kind: null, hint: "q83Z…QwQ=", refused: null },
  weak: { system: "ElizaOS", environment: null, kind: null, hint: "…", refused: "This key is too weak: it has fewer than 22 characters, so it can be guessed. Nothing was taken in." },
};

export function registerMethods(fake: Fake): RegisterMethods {
  const { world, network, failure, find, rows } = fake;
  const random = numbers(11);

  const seen = (): Recognised => {
    const copied = COPIED[world.copied ?? ""];
    if (!copied) throw failure("clipboard", "There is no text in the clipboard. Copy the key, then try again.");
    return copied;
  };
  const put = (organization: string, id: string, change: (row: KeyRow) => KeyRow | null): KeyRow => {
    const found = rows(organization).find((row) => row.key.id === id);
    if (!found) throw failure("not_found", "There is no such key in the register any more.");
    const now = change(found);
    world.keys.set(
      organization,
      rows(organization).flatMap((row) => (row === found ? (now ? [now] : []) : [row])),
    );
    return now ?? found;
  };

  return {
    signInFromClipboard: (operation, id) =>
      network("signInFromClipboard", operation, () => {
        const copied = seen();
        const one = find(id);
        if (one.kind === "memory_api" && copied.system !== "Memory API") {
          throw failure("invalid", `What you copied is a key of ${copied.system}, not of Memory API. Nothing was sent.`);
        }
        world.copied = null;
        return Object.assign(one, { state: "signed_in" as const, user: { id: "0193aaaa-7000-7000-8000-0000000000d0", email: "key@api.memory-api.com", name: "Memory API" } });
      }),
    signUp: (operation, id, email, name) =>
      network("signUp", operation, () =>
        Object.assign(find(id), { state: "signed_in" as const, user: { id: "0193aaaa-7000-7000-8000-0000000000d1", email, name } }),
      ),
    lookAtClipboard: (operation) => network("lookAtClipboard", operation, seen),
    takeKeyIn: (operation, id, organization, wanted) =>
      network("takeKeyIn", operation, () => {
        const copied = seen();
        if (copied.refused) throw failure("invalid", copied.refused);
        const of = find(id).organizations.find((one) => one.id === organization);
        if (!of) throw failure("not_found", "There is no such organization.");
        const now = new Date().toISOString();
        const environment = copied.environment ?? wanted.environment;
        const part = { name: wanted.name, note: wanted.note, environment, kind: copied.kind ?? ("secret" as const), hint: copied.hint ?? "…", scopes: [], expires_at: null, last_used_at: null, created_at: now, updated_at: now };
        const row: KeyRow = { key: makeKey(of, part, random), custody: "kept", entry: { rotate_by: wanted.rotate_by, checked_at: null, checked: null, gone_at: null } };
        world.keys.set(organization, [row, ...rows(organization)]);
        world.copied = null;
        return row;
      }),
    setRotateBy: (operation, ref, rotateBy) =>
      network("setRotateBy", operation, () => put(ref.organization, ref.key, (row) => ({ ...row, entry: { checked_at: null, checked: null, gone_at: null, ...row.entry, rotate_by: rotateBy } }))),
    forgetRegistered: (operation, ref) => network("forgetRegistered", operation, () => void put(ref.organization, ref.key, () => null)),
  };
}
