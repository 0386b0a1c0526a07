// The window's layers: imports only go down, and Tauri is known to one file alone.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

export const SOURCE = join(dirname(fileURLToPath(import.meta.url)), "..", "src");

/** What each folder may import from, besides itself. */
const MAY = {
  bindings: [],
  backend: ["bindings"],
  words: ["bindings", "backend"],
  state: ["bindings", "backend", "words"],
  components: ["bindings", "backend", "words", "state"],
  views: ["bindings", "backend", "words", "state", "components"],
  styles: [],
  ".": ["backend", "views", "styles"],
};
const TAURI = "backend/tauri.ts";
/** The fake throws the failures that the real one would, and its days begin where the window's do. */
const EXCEPTIONS = new Set(["backend/fake.ts → words", "backend/fake/traffic.ts → words"]);

export function files(folder = SOURCE) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return files(path);
    return /\.(ts|svelte)$/.test(entry.name) ? [path] : [];
  });
}

const tier = (path) => (path.includes("/") ? path.split("/")[0] : ".");

/** The sins of one file, given its path below src and its text. */
export function sins(path, text) {
  const found = [];
  for (const [, specifier] of text.matchAll(/(?:from|import)\s*\(?\s*["']([^"']+)["']/g)) {
    if (specifier.startsWith("@tauri-apps/")) {
      if (path !== TAURI) found.push(`${path}: only ${TAURI} may import ${specifier}`);
    } else if (specifier.startsWith(".")) {
      const from = tier(path);
      const to = tier(posix.normalize(posix.join(posix.dirname(path), specifier)));
      if (to !== from && !(MAY[from] ?? []).includes(to) && !EXCEPTIONS.has(`${path} → ${to}`)) {
        found.push(`${path}: ${from} must not import from ${to} (${specifier})`);
      }
      if (/\/fake(\.ts|\/|$)/.test(specifier) && path !== "fake.ts" && !path.startsWith("backend/fake")) {
        found.push(`${path}: the fake backend is for tests alone`);
      }
    }
  }
  if (/\{@html|\beval\(|localStorage|sessionStorage|indexedDB/.test(text)) found.push(`${path}: no raw markup, no eval, no web storage`);
  if (/<[a-z][^<>]*\sstyle="/.test(text)) found.push(`${path}: no style attributes: the policy refuses them`);
  const lines = text.split("\n").length;
  if (lines > 400 && tier(path) !== "bindings") found.push(`${path}: ${lines} lines; a file holds one idea`);
  return found;
}

if (process.argv[1] && dirname(process.argv[1]) === dirname(fileURLToPath(import.meta.url)) && process.argv[1].endsWith("layers.mjs")) {
  const all = files().flatMap((file) => sins(relative(SOURCE, file).split(sep).join("/"), readFileSync(file, "utf8")));
  for (const sin of all) process.stderr.write(`${sin}\n`);
  process.exitCode = all.length === 0 ? 0 : 1;
}
