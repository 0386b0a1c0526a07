import { readdirSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { vitePreprocess } from "@sveltejs/vite-plugin-svelte";

/** Every component of the window, in an order that is the same everywhere. */
const COMPONENTS = ["components", "views"]
  .flatMap((folder) => readdirSync(fileURLToPath(new URL(`src/${folder}`, import.meta.url))))
  .filter((name) => name.endsWith(".svelte"))
  .sort();

export default {
  preprocess: vitePreprocess(),
  compilerOptions: {
    runes: true,
    fragments: "tree",
    cssHash: ({ filename }) => `s${COMPONENTS.indexOf(basename(filename)).toString(36)}`,
  },
};
