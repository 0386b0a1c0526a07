// Settings: the clipboard, and a server that is removed.
import assert from "node:assert/strict";
import { describe } from "node:test";
import { gone, job } from "./job.mjs";
import { openDrawer } from "./states.mjs";

describe("settings", () => {
  job("a clipboard that is never cleared is warned of", "keys", async (page, hook) => {
    await hook("nav-settings").click();
    await page.getByLabel("Clear a copied secret").selectOption("never");
    await page.getByText("A copied secret stays in the clipboard").waitFor();
    assert.equal(await page.evaluate(() => window.__fake.world.preferences.clear_clipboard_after), null);
    await hook("nav-keys").click();
    await openDrawer(page);
    await hook("drawer-copy").click();
    assert.match(await hook("clipboard-note").innerText(), /not cleared/);
    await page.getByRole("button", { name: "Clear now" }).click();
    await gone(hook("clipboard-note"));
  });

  job("a server is removed after asking", "keys", async (page, hook) => {
    await hook("nav-settings").click();
    await page.getByRole("button", { name: "Remove Eliza staging" }).click();
    await hook("remove-confirm").click();
    await page.getByText("Eliza staging was removed.").waitFor();
    assert.equal(await page.getByRole("button", { name: "Edit Eliza staging" }).count(), 0);
  });
});
