// Every state of the window, looked at by axe: nothing serious, and nothing that the policy refuses.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import { hook, open, ready } from "./harness.mjs";
import { STATES } from "./states.mjs";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let browser;
before(async () => (browser = await open()));
after(() => browser.close());

const LOOKS = {
  "light, large": { width: 1280, height: 800 },
  "dark, small": { width: 960, height: 600, dark: true },
};

for (const [look, options] of Object.entries(LOOKS)) {
  describe(look, () => {
    let shown;
    before(async () => (shown = await browser.window("keys", options)));
    after(() => shown.close());
    for (const [name, { scenario, steps, waits = ready }] of Object.entries(STATES)) {
      test(name, async () => {
        const { page, faults } = shown;
        await shown.show(scenario);
        await waits(page);
        await steps?.(page, (id) => hook(page, id));
        // Evaluated by the debugger, which the page's policy does not bind.
        await page.evaluate(AXE);
        const { violations } = await page.evaluate(() => window.axe.run(document, { iframes: false, resultTypes: ["violations"] }));
        const grave = violations
          .filter(({ impact }) => impact === "serious" || impact === "critical")
          .map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join("; ")}`);
        assert.deepEqual(grave, []);
        assert.deepEqual(faults, []);
      });
    }
  });
}
