import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";
import { noHydration } from "./no-hydration.js";

/** The same window over the fake backend, for tests and pictures. Never part of `dist`. */
export default defineConfig({
  plugins: [svelte(), noHydration()],
  base: "./",
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    outDir: "../target/ui-fake",
    emptyOutDir: true,
    rollupOptions: { input: "fake.html" },
  },
});
