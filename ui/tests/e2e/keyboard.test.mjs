// Everything by keyboard alone, and where the focus is.
import assert from "node:assert/strict";
import { describe } from "node:test";
import { focused, gone, job, names } from "./job.mjs";

describe("by keyboard alone", () => {
  job("create, copy, look, edit, revoke", "keys", async (page, hook) => {
    await page.keyboard.press("n");
    await page.keyboard.type("Keyboard worker");
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowRight");
    await page.getByText("A live key: it acts on real data.").waitFor();
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Enter");
    await hook("secret-dialog").waitFor();
    assert.equal(await focused(page), "Copy");
    await page.keyboard.press("Enter");
    await hook("clipboard-note").waitFor();
    // The focus does not leave the dialog.
    for (let step = 0; step < 14; step++) {
      await page.keyboard.press("Tab");
      assert.ok(await page.evaluate(() => document.activeElement === document.body || document.querySelector("dialog").contains(document.activeElement)));
    }
    await hook("secret-done").focus();
    await page.keyboard.press("Enter");
    await gone(hook("secret-dialog"));

    await page.keyboard.press("/");
    await page.keyboard.type("keyboard");
    await page.waitForFunction(() => document.querySelectorAll("[data-testid='key-row']").length === 1);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await hook("drawer").waitFor();
    await hook("drawer-edit").focus();
    await page.keyboard.press("Enter");
    await hook("edit-save").waitFor();
    await page.keyboard.press("Escape");
    await gone(hook("edit-save"));
    assert.equal(await focused(page), "Edit…");
    await hook("drawer-revoke").focus();
    await page.keyboard.press("Enter");
    await hook("revoke-confirm").waitFor();
    assert.equal(await focused(page), "Cancel");
    await hook("revoke-confirm").focus();
    await page.keyboard.press("Enter");
    await hook("revoke-outcome").waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await gone(hook("drawer"));
    assert.match(await focused(page), /^Keyboard worker/);
  });

  job("the arrows move through the rows, and the drawer follows", "keys", async (page, hook) => {
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    const second = (await names(page))[1];
    assert.equal(await hook("drawer").getByRole("heading", { level: 2 }).innerText(), second);
    await page.keyboard.press("ArrowUp");
    assert.equal(await hook("drawer").getByRole("heading", { level: 2 }).innerText(), (await names(page))[0]);
    await page.keyboard.press("End");
    assert.equal(await hook("drawer").getByRole("heading", { level: 2 }).innerText(), (await names(page)).at(-1));
  });

  job("everything that can be pressed shows where the focus is", "keys", async (page) => {
    const seen = new Set();
    for (let step = 0; step < 40; step++) {
      await page.keyboard.press("Tab");
      const found = await page.evaluate(() => {
        const element = document.activeElement;
        if (!element || element === document.body) return null;
        const around = element.closest(".choice, .org, label") ?? element;
        const ring = [element, around].some((one) => getComputedStyle(one).outlineStyle !== "none");
        return { what: element.textContent?.trim().slice(0, 30) || element.getAttribute("aria-label"), ring };
      });
      if (!found) continue;
      assert.ok(found.ring, `no ring on ${found.what}`);
      seen.add(found.what);
    }
    for (const wanted of ["Settings", "+ Add server", "Create key N", "Name", "Expires"]) {
      assert.ok([...seen].some((what) => what?.replace(/\s+/g, " ") === wanted), `${wanted} is reached; seen: ${[...seen].join(" | ")}`);
    }
  });
});
