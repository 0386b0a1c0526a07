import { expect, test } from "vitest";
import { readFileSync } from "node:fs";
import { organization } from "../../src/backend/fake/data";
import { defaultExpiry, expirySentence, instantOf } from "../../src/words/expiry";
import { asFailure, ERRORS, failureLine, messageOf, retryWords } from "../../src/words/errors";
import { fieldMessage, fieldOf } from "../../src/words/fields";
import { accessOf, checkWords, mayChange, OUTCOME, statusWord, whyNotGrantable } from "../../src/words/keys";
import { isVariable, suggestVariable } from "../../src/words/variable";

const NOW = Date.parse("2026-11-22T12:00:00Z");
const BINDINGS = readFileSync("src/bindings/console.ts", "utf8");
const union = (name: string) => [...(new RegExp(`export type ${name} = ([^;]+);`).exec(BINDINGS)?.[1] ?? "").matchAll(/"(\w+)"/g)].map(([, word]) => word);

test("every error code of the program has its words", () => {
  expect(Object.keys(ERRORS).sort()).toEqual(union("ErrorCode").sort());
  for (const words of Object.values(ERRORS)) {
    expect(words.title).not.toMatch(/\.$/);
    expect(words.advice).toMatch(/\.$/);
  }
});

test("every outcome has its sentence", () => expect(Object.keys(OUTCOME).sort()).toEqual(union("Outcome").sort()));

test("what is thrown becomes a failure, whatever it is", () => {
  expect(asFailure({ code: "timeout", message: "m", retry_after: null }).code).toBe("timeout");
  expect(asFailure({ code: "nonsense", message: "m" }).code).toBe("internal");
  expect(asFailure("text").code).toBe("internal");
  expect(asFailure(undefined).code).toBe("internal");
});

test("a failure says when it can be tried again", () => {
  expect(retryWords({ code: "rate_limited", message: "", retry_after: 30 })).toBe("It can be tried again in 30 s.");
  expect(retryWords({ code: "rate_limited", message: "", retry_after: 600 })).toBe("It can be tried again in 10 min.");
  expect(retryWords({ code: "timeout", message: "", retry_after: null })).toBe("");
  expect(failureLine({ code: "timeout", message: "nw did not answer.", retry_after: null })).toBe("The server took too long: nw did not answer.");
});

test.each([
  ["must be an address or a network, such as 203.0.113.7 or 203.0.113.0/24", "allowed_addresses", "Must be an address or a network, such as 203.0.113.7 or 203.0.113.0/24."],
  ["must have at most 100 characters", "name", "Must have at most 100 characters."],
  ["must have at most 2000 characters", "note", "Must have at most 2000 characters."],
  ["`key.name` must not be empty", "name", "Must not be empty."],
  ["`expires_at` must lie in the future", "expires_at", "Must lie in the future."],
  ["`metadata`: a name must have 1 to 64 characters", "metadata", "A name must have 1 to 64 characters."],
  ["`allowed_addresses[1]`: must be an address", "allowed_addresses", "Must be an address."],
  ["`scopes`: `x` is not in this organization's catalogue", "scopes", "`x` is not in this organization's catalogue."],
  ["`hint` must have the organization's prefix", null, "Must have the organization's prefix."],
  ["Something else about a name.", null, "Something else about a name."],
])("%s belongs at %s", (message, field, said) => {
  const refusal = { code: "invalid" as const, message, retry_after: null };
  expect(fieldOf(refusal)).toBe(field);
  expect(fieldMessage(refusal)).toBe(said);
});

test("nothing is said twice", () => {
  const of = (code: "signed_out" | "keychain_locked" | "timeout", message: string) => messageOf({ code, message, retry_after: null });
  expect(of("signed_out", "Your session is over. Sign in again.")).toBe("");
  expect(of("keychain_locked", "The keychain is locked.")).toBe("");
  expect(of("keychain_locked", "The keychain did not answer in time.")).toBe("The keychain did not answer in time.");
  expect(of("timeout", "x took too long.")).toBe("x took too long.");
});

test("only a refused value belongs at a field", () => expect(fieldOf({ code: "timeout", message: "The name server", retry_after: null })).toBeNull());

test.each([
  ["Billing worker", "BILLING_WORKER_KEY"],
  ["Partner: Contoso", "PARTNER_CONTOSO_KEY"],
  ["Größe", "GROSSE_KEY"],
  ["api key", "API_KEY"],
  ["Deploy token", "DEPLOY_TOKEN"],
  ["2nd worker", "_2ND_WORKER_KEY"],
  ["請求書", "API_KEY"],
  ["--", "API_KEY"],
  ["x".repeat(100), `${"X".repeat(48)}_KEY`],
])("the variable of %s is %s", (name, variable) => {
  expect(suggestVariable(name)).toBe(variable);
  expect(isVariable(suggestVariable(name))).toBe(true);
});

test.each(["", "2A", "A-B", "A B", "Ä", "A".repeat(129), "A=B"])("%s is no variable", (text) => expect(isVariable(text)).toBe(false));

test("a status says that it is expiring only while the key works", () => {
  const soon = new Date(NOW + 86_400_000).toISOString();
  expect(statusWord({ status: "active", expires_at: soon }, NOW)).toBe("expiring");
  expect(statusWord({ status: "disabled", expires_at: soon }, NOW)).toBe("disabled");
  expect(statusWord({ status: "active", expires_at: null }, NOW)).toBe("active");
});

test("who may change a key", () => {
  expect(mayChange("viewer", true)).toBe(false);
  expect(mayChange("member", true)).toBe(true);
  expect(mayChange("member", false)).toBe(false);
  expect(mayChange("admin", false)).toBe(true);
});

test("a scope that can't be given says why", () => {
  const of = organization("Northwind", "nw", "member");
  expect(whyNotGrantable(of, "read")).toBe("");
  expect(whyNotGrantable(of, "admin")).toContain("member");
  expect(accessOf(of, ["invoices:read", "read"])).toBe("read_only");
  expect(accessOf(of, ["read"])).toBeNull();
});

test("the check after a revoke is good only where nothing works any more", () => {
  expect(checkWords({ result: "refused" })).toMatchObject({ good: true });
  expect(checkWords({ result: "not_held" }).text).toContain("does not hold the secret");
  expect(checkWords({ result: "still_accepted" })).toMatchObject({ good: false });
  expect(checkWords({ result: "failed", why: "no network" })).toMatchObject({ good: false, text: expect.stringContaining("no network") });
});

test("expiry choices", () => {
  expect(instantOf(defaultExpiry(90, NOW), NOW, null)).toBe("2027-02-20T12:00:00.000Z");
  expect(instantOf(defaultExpiry(null, NOW), NOW, null)).toBeNull();
  expect(instantOf({ choice: "keep", date: "" }, NOW, "2027-01-01T00:00:00Z")).toBe("2027-01-01T00:00:00Z");
  expect(instantOf({ choice: "date", date: "" }, NOW, null)).toBeUndefined();
  expect(expirySentence(undefined, NOW)).toBe("Pick a date.");
  expect(expirySentence(null, NOW)).toBe("Works until it is revoked.");
  expect(expirySentence(new Date(NOW - 1).toISOString(), NOW)).toBe("That day is over.");
});
