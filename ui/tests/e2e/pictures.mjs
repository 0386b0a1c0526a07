// A picture of every state, light and dark, large and small, to be looked at.
import { mkdir } from "node:fs/promises";
import { hook, open, PICTURES, ready } from "./harness.mjs";
import { STATES } from "./states.mjs";

await mkdir(PICTURES, { recursive: true });
const browser = await open();
const only = process.argv.slice(2);
let bad = 0;
for (const [name, { scenario, steps, waits = ready }] of Object.entries(STATES)) {
  if (only.length > 0 && !only.some((part) => name.includes(part))) continue;
  for (const [suffix, options] of Object.entries({
    "": {},
    "-dark": { dark: true },
    "-960": { width: 960, height: 600 },
    "-960-dark": { width: 960, height: 600, dark: true },
  })) {
    const { page, faults, close } = await browser.window(scenario, options);
    try {
      await waits(page);
      await steps?.(page, (id) => hook(page, id));
      await page.screenshot({ path: `${PICTURES}${name}${suffix}.png` });
    } catch (error) {
      bad++;
      process.stderr.write(`${name}${suffix}: ${error.message}\n`);
      await page.screenshot({ path: `${PICTURES}${name}${suffix}-failed.png` });
    }
    for (const fault of faults) {
      bad++;
      process.stderr.write(`${name}${suffix}: ${fault}\n`);
    }
    await close();
  }
}
await browser.close();
process.exitCode = bad === 0 ? 0 : 1;
