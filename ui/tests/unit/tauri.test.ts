// @vitest-environment jsdom
import { readFileSync } from "node:fs";
import { mockIPC } from "@tauri-apps/api/mocks";
import { afterEach, expect, test } from "vitest";
import type { Backend } from "../../src/backend/backend";
import { tauriBackend } from "../../src/backend/tauri";

const COMMANDS = [...readFileSync("../src-tauri/src/commands/names.rs", "utf8").matchAll(/"([a-z_]+)"/g)].map(([, name]) => name as string).sort();
const METHODS = (Object.keys(tauriBackend) as (keyof Backend)[]).filter((method) => method !== "listen");
const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
/** The names of a method's parameters, as the interface has them. */
const parameters = (method: string) => {
  const text = new RegExp(`^  ${method}\\(([^)]*)\\)`, "m").exec(readFileSync("src/backend/backend.ts", "utf8"))?.[1];
  if (text === undefined) throw new Error(`no ${method} in the interface`);
  return [...text.matchAll(/(\w+):/g)].map(([, name]) => name as string);
};

afterEach(() => Reflect.deleteProperty(window, "__TAURI_INTERNALS__"));

test("every command that the program declares is a method, and every method a command", () => {
  expect(METHODS.map(snake).sort()).toEqual(COMMANDS);
});

test.each(METHODS)("%s calls its command with its arguments by name", async (method) => {
  const called: [string, unknown][] = [];
  mockIPC((command, given) => void called.push([command, given]));
  const names = parameters(method);
  await (tauriBackend[method] as (...values: unknown[]) => Promise<unknown>)(...names.map((name) => `the ${name}`));
  expect(called).toEqual([[snake(method), Object.fromEntries(names.map((name) => [name, `the ${name}`]))]]);
});

test.each([
  [{ code: "timeout", message: "slow", retry_after: 3 }, { code: "timeout", message: "slow", retry_after: 3 }],
  ["invalid args `key` for command `create_key`: must not be empty", { code: "invalid", message: "must not be empty", retry_after: null }],
  ["state not managed", { code: "internal", message: "state not managed", retry_after: null }],
  [undefined, { code: "internal", message: "The program gave no reason.", retry_after: null }],
])("a refusal %j becomes a failure", async (thrown, failure) => {
  mockIPC(() => {
    throw thrown;
  });
  await expect(tauriBackend.overview()).rejects.toEqual(failure);
});
