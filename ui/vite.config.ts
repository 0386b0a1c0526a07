import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";
import { noHydration } from "./no-hydration.js";

/** What the window shows: built into `dist`, which the desktop program takes in. */
export default defineConfig(({ mode }) => ({
  plugins: [svelte(), noHydration()],
  base: "./",
  build: {
    target: "es2022",
    // The policy forbids inline scripts and data: scripts; everything is a file of its own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  test: { environment: "node", include: ["tests/unit/**/*.test.ts"] },
  // Svelte's browser build, not the server's, in unit tests.
  resolve: mode === "test" ? { conditions: ["browser"] } : {},
}));
