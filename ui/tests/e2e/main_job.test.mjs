// The main job, from the first click to a revoked key.
import assert from "node:assert/strict";
import { describe } from "node:test";
import { gone, job } from "./job.mjs";
import { openDrawer } from "./states.mjs";

describe("the main job", () => {
  job("from the first click to a revoked key", "fresh", async (page, hook) => {
    await hook("connect-local").click();
    await page.getByText("No keys yet").waitFor();
    await page.getByRole("button", { name: "Create your first key" }).click();
    await hook("create-name").fill("Billing worker");
    await hook("create-submit").click();
    await hook("secret-dialog").waitFor();
    assert.match(await hook("secret-hint").innerText(), /kd_test_\w{4}•+\w{4}/);
    await hook("secret-copy").click();
    await hook("clipboard-note").waitFor();
    await hook("secret-try").click();
    assert.match(await hook("trial-outcome").innerText(), /accepts this key/);
    await hook("secret-done").click();
    await gone(hook("secret-dialog"));
    await openDrawer(page, "Billing worker");
    assert.match(await hook("drawer").innerText(), /in keychain/);
    assert.match(await hook("drawer").innerText(), /invoices:read, read/);

    await hook("drawer-edit").click();
    await page.locator("[data-testid='scope-option'][data-scope='write']").click();
    assert.match(await hook("edit-diff").innerText(), /The key will be able to do more: write/);
    await hook("edit-save").click();
    await gone(hook("edit-save"));
    assert.match(await hook("drawer").innerText(), /invoices:read, read, write/);

    await hook("drawer-revoke").click();
    await hook("revoke-confirm").click();
    assert.match(await hook("revoke-outcome").innerText(), /refuses this key now\. Checked by presenting it/);
    await hook("revoke-close").click();
    assert.equal(await hook("key-status").innerText(), "revoked");
  });

  job("a server is checked, added, and signed in to; the password is not kept", "fresh", async (page, hook) => {
    await hook("connect-keydeck").click();
    await hook("server-address").fill("keys.northwind.example");
    await page.keyboard.press("Enter");
    await page.getByText("answers at https://keys.northwind.example").waitFor();
    await page.getByLabel("Name").fill("Northwind");
    await page.getByRole("button", { name: "Add server" }).last().click();
    await hook("signin-email").fill("ada@northwind.example");
    await hook("signin-password").fill("wrong");
    await hook("signin-submit").click();
    await page.getByText("E-mail or password is wrong").waitFor();
    assert.equal(await hook("signin-password").inputValue(), "");
    await hook("signin-password").fill("correct horse");
    await hook("signin-submit").click();
    await page.getByText("No keys yet").waitFor();
    assert.doesNotMatch(await page.content(), /correct horse/);
    await page.getByRole("button", { name: "Sign out" }).click();
    await hook("signin-email").waitFor();
  });

  job("an address that is not safe is refused in words", "fresh", async (page, hook) => {
    await hook("connect-keydeck").click();
    await hook("server-address").fill("http://keys.northwind.example");
    await page.keyboard.press("Enter");
    await page.getByText("This address is not safe").waitFor();
    assert.equal(await page.getByRole("button", { name: "Add server" }).count(), 0);
  });
});
