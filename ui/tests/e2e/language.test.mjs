// A system whose language Intl does not know.
import assert from "node:assert/strict";
import { describe } from "node:test";
import { job } from "./job.mjs";
import { openDrawer } from "./states.mjs";

describe("a language that Intl refuses", () => {
  job(
    "LC_ALL=C draws all the same",
    "keys",
    async (page, hook) => {
      assert.equal(await page.evaluate(() => navigator.language), "C");
      await openDrawer(page);
      await hook("drawer-edit").click();
      await page.getByText("Works until").waitFor();
    },
    { language: "C" },
  );
});
