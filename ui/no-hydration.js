const LET = "export let hydrating = false;";
const SET = "hydrating = value;";

/**
 * Svelte can take over a page that a server rendered. Nothing renders this window beforehand, but the
 * code for it stays in, because a bundler can't know that a variable never changes. Here it is told.
 * @returns {import("vite").Plugin}
 */
export function noHydration() {
  return {
    name: "no-hydration",
    transform: {
      filter: { id: /\/svelte\/src\/internal\/client\/dom\/hydration\.js$/ },
      handler(code) {
        // Another version of Svelte may say it differently: then this has to be looked at.
        if (!code.includes(LET) || !code.includes(SET)) throw new Error("no-hydration.js does not know this version of Svelte");
        return { code: code.replace(LET, LET.replace("let", "const")).replace(SET, ""), map: null };
      },
    },
  };
}
