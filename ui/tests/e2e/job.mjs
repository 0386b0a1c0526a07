// What a person does in a window over the fake backend, as a test: one browser for a file, one window for a job.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { hook, open as openBrowser, ready } from "./harness.mjs";

let browser;
before(async () => (browser = await openBrowser()));
after(() => browser?.close());

/** A window on a world, for what does not begin with a page that is ready. */
export const open = (scenario, options) => browser.window(scenario, options);

/** A test in a window of its own, which must end without any fault. */
export function job(name, scenario, steps, options) {
  test(name, async () => {
    const { page, faults, close } = await open(scenario, options);
    try {
      await ready(page);
      await steps(page, (id) => hook(page, id));
      assert.deepEqual(faults, []);
    } finally {
      await close();
    }
  });
}

export const focused = (page) =>
  page.evaluate(() => document.activeElement?.textContent?.trim() || document.activeElement?.getAttribute("aria-label") || document.activeElement?.tagName);
export const calls = (page) => page.evaluate(() => window.__fake.calls);
export const gone = (locator) => locator.waitFor({ state: "detached" });
export const names = (page) => page.getByTestId("key-row").evaluateAll((rows) => rows.map((row) => row.querySelector("b").textContent));
