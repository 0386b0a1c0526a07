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

  job("who is removed from an organization meanwhile is told here too, at once", "keys", async (page, hook) => {
    for (const view of ["nav-settings", "nav-people"]) {
      await page.reload();
      await hook(view).click();
      await page.evaluate(() => {
        const { world, emit } = window.__fake;
        const [connection] = world.connections;
        const [gone, ...organizations] = connection.organizations;
        emit({ event: "connection", connection: { ...connection, organizations, organization: organizations[0].id, notice: `You are not a member of ${gone.name} any more.` } });
      });
      await hook("connection-notice").getByText("You are not a member of Northwind any more.").waitFor();
    }
  });

  job("who is in no organization any more is told beside his settings", "keys", async (page, hook) => {
    await hook("nav-settings").click();
    await page.evaluate(() => {
      const { world, emit } = window.__fake;
      emit({ event: "connection", connection: { ...world.connections[0], organizations: [], organization: null, notice: "You are not a member of Northwind any more." } });
    });
    await hook("connection-notice").waitFor();
    await page.getByRole("button", { name: "Close notice" }).click();
    await gone(hook("connection-notice"));
  });

  job("the keychain says when it worked as long as it was not used, and how it does as soon as it was", "keys", async (page, hook) => {
    const found = (state) => page.evaluate((state) => window.__fake.emit({ event: "keychain", state }), state);
    await hook("nav-settings").click();
    await found("unknown");
    await hook("keychain-state").getByText(/^Worked on \d+ \w+/).waitFor();
    await found("locked");
    await hook("keychain-state").getByText("Locked").waitFor();
  });

  job("a server is removed after asking", "keys", async (page, hook) => {
    await hook("nav-settings").click();
    await page.getByRole("button", { name: "Remove Eliza staging" }).click();
    await hook("remove-confirm").click();
    await page.getByText("Eliza staging was removed.").waitFor();
    assert.equal(await page.getByRole("button", { name: "Edit Eliza staging" }).count(), 0);
  });
});
