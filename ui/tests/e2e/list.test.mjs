// The list of keys: long, sorted, searched, in a small window.
import assert from "node:assert/strict";
import { describe } from "node:test";
import { job, names } from "./job.mjs";
import { openDrawer } from "./states.mjs";

describe("the list", () => {
  job("ten thousand keys: a few rows drawn, scrolled to load more", "many", async (page, hook) => {
    await page.getByText("10,000 keys").first().waitFor();
    assert.ok((await hook("key-row").count()) < 60);
    const box = page.getByTestId("keys-table").locator("..");
    for (let page_ = 0; page_ < 6; page_++) {
      const before = await box.evaluate((element) => element.scrollHeight);
      await box.evaluate((element) => (element.scrollTop = element.scrollHeight));
      await page.waitForFunction(([element, height]) => element.scrollHeight > height, [await box.elementHandle(), before]);
    }
    assert.ok((await hook("key-row").count()) < 60);
    assert.ok(Number(await hook("key-row").first().getAttribute("aria-rowindex")) > 400);
  });

  job("sorted by the headers, searched by the server, and cleared again", "keys", async (page, hook) => {
    const header = page.getByRole("columnheader", { name: "Name" });
    await header.getByRole("button").click();
    await page.waitForFunction(() => document.querySelector("[data-testid='key-row'] b").textContent === "Analytics");
    assert.equal(await header.getAttribute("aria-sort"), "ascending");
    await header.getByRole("button").click();
    await page.waitForFunction(() => document.querySelector("[data-testid='key-row'] b").textContent === "Storefront");
    assert.equal(await header.getAttribute("aria-sort"), "descending");
    await hook("search").fill("bob@");
    await page.waitForFunction(() => document.querySelectorAll("[data-testid='key-row']").length === 1);
    assert.deepEqual(await names(page), ["Ingest worker (old)"]);
    await hook("search").fill("%");
    await page.getByText("No key matches").waitFor();
    await page.getByRole("button", { name: "Show all keys" }).click();
    await hook("keys-table").waitFor();
    assert.equal((await names(page)).length, 10);
  });

  for (const scenario of ["keys", "longnames"]) {
    job(
      `all columns are in sight at 960 × 600: ${scenario}`,
      scenario,
      async (page) => {
        const edges = await page.getByRole("columnheader").evaluateAll((cells) => cells.map((cell) => cell.getBoundingClientRect().right));
        assert.equal(edges.length, 6);
        assert.ok(Math.max(...edges) <= 960, `${edges}`);
        const cut = await page.evaluate(() =>
          [...document.querySelectorAll("[data-testid='key-status'], .c-used > *, .c-expires > *, .c-key .mono, .c-scopes .more")]
            .filter((element) => {
              const cell = element.closest("td");
              const room = cell.getBoundingClientRect().right - parseFloat(getComputedStyle(cell).paddingRight);
              const block = getComputedStyle(element).display !== "inline";
              return element.getBoundingClientRect().right > room + 0.5 || (block && element.scrollWidth > element.clientWidth + 1);
            })
            .map((element) => element.textContent),
        );
        assert.deepEqual(cut, []);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.equal(wide, 960);
      },
      { width: 960, height: 600 },
    );
  }

  job(
    "with the drawer open, Status stays in sight",
    "keys",
    async (page, hook) => {
      await openDrawer(page);
      const status = await hook("key-status").first().boundingBox();
      const drawer = await hook("drawer").boundingBox();
      assert.ok(status.x + status.width <= drawer.x);
    },
    { width: 960, height: 600 },
  );

  job("another organization, and back", "keys", async (page) => {
    await page.getByLabel("Organization").selectOption({ label: "Northwind Labs" });
    await page.getByText("No keys yet").waitFor();
    await page.getByLabel("Organization").selectOption({ label: "Northwind" });
    await page.getByText("10 keys").first().waitFor();
  });
});
