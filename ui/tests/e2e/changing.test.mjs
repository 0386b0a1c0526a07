// A key is changed: rivals, refusals and roles.
import assert from "node:assert/strict";
import { describe } from "node:test";
import { gone, job } from "./job.mjs";
import { openDrawer } from "./states.mjs";

describe("changing a key", () => {
  job("nothing is saved over somebody else's change; both are shown, mine goes on top", "rival", async (page, hook) => {
    await openDrawer(page);
    await hook("drawer-edit").click();
    await page.locator("[data-scope='invoices:read']").click();
    await hook("edit-save").click();
    await page.getByText("Somebody else changed this key meanwhile").waitFor();
    assert.match(await page.getByRole("region", { name: "Changed by somebody else" }).innerText(), /Production server \(renamed\)/);
    assert.match(await hook("edit-diff").innerText(), /do more: invoices:read/);
    await hook("edit-save").click();
    await gone(hook("edit-save"));
    assert.match(await hook("drawer").innerText(), /delete, invoices:read, read, write/);
    assert.match(await hook("drawer").innerText(), /renamed/);
  });

  job("a preset or an access is one click away", "member", async (page, hook) => {
    await openDrawer(page, "Invoice export");
    await hook("drawer-edit").click();
    const chips = hook("access-chips");
    assert.deepEqual(await chips.getByRole("button", { pressed: true }).allTextContents(), []);
    await chips.getByRole("button", { name: "Read only" }).click();
    assert.deepEqual(await chips.getByRole("button", { pressed: true }).allTextContents(), ["Read only"]);
    await chips.getByRole("button", { name: "Billing worker" }).click();
    assert.match(await hook("edit-diff").innerText(), /invoices:write/);
    await hook("edit-save").click();
    await gone(hook("edit-save"));
    const scopes = await page.evaluate(() => [...window.__fake.world.keys.values()][0].find(({ key }) => key.name === "Invoice export").key.scopes);
    assert.deepEqual(scopes, ["invoices:read", "invoices:write"]);
  });

  job("a live key is revoked only by its name", "keys", async (page, hook) => {
    await openDrawer(page, "Analytics");
    await hook("drawer-revoke").click();
    assert.ok(await hook("revoke-confirm").isDisabled());
    await hook("revoke-name").fill("Analytics");
    await hook("revoke-confirm").click();
    assert.match(await hook("revoke-outcome").innerText(), /does not hold the secret/);
  });

  job("disabled and enabled again", "keys", async (page, hook) => {
    await openDrawer(page, "Storefront");
    await hook("drawer-disable").click();
    await hook("enable-confirm").click();
    await page.getByText("Storefront is disabled.").waitFor();
    assert.equal(await hook("drawer-status").innerText(), "disabled");
    await hook("drawer-disable").click();
    await hook("enable-confirm").click();
    await page.getByText("Storefront is enabled.").waitFor();
    assert.equal(await hook("drawer-status").innerText(), "active");
  });

  job("what the server refuses lands at its field", "keys", async (page, hook) => {
    await hook("create-open").click();
    await hook("create-submit").click();
    await page.getByText("The key needs a name.").waitFor();
    await hook("create-name").fill("Billing worker");
    await page.getByText("Allowed addresses, metadata, note, kind").click();
    await page.getByLabel("Allowed addresses").fill("here!");
    await hook("create-submit").click();
    await page.getByText("Must be an address").waitFor();
    assert.equal(await page.getByLabel("Allowed addresses").getAttribute("aria-invalid"), "true");
    assert.equal(await hook("create-name").inputValue(), "Billing worker");
  });

  job("a viewer sees, and is told why nothing can be changed", "viewer", async (page, hook) => {
    assert.ok(await hook("create-open").isDisabled());
    await openDrawer(page);
    assert.ok(await hook("drawer-revoke").isDisabled());
    await page.getByText("Viewers change nothing.").waitFor();
  });
});
