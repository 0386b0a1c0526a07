// When something is wrong, what is shown and what was typed stay.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { focused, gone, job, names, open } from "./job.mjs";
import { openDrawer } from "./states.mjs";

describe("when something is wrong", () => {
  job("a session that ends keeps what was typed", "keys", async (page, hook) => {
    await hook("create-open").click();
    await hook("create-name").fill("Half typed");
    await page.evaluate(() => window.__fake.expireSession(window.__fake.world.connections[0].id));
    await hook("signin-email").fill("ada@northwind.example");
    await hook("signin-password").fill("correct horse");
    await hook("signin-submit").click();
    await gone(hook("signin-password"));
    assert.equal(await hook("create-name").inputValue(), "Half typed");
    await hook("create-submit").click();
    await hook("secret-dialog").waitFor();
  });

  job("the last list stays, marked as old, with changes switched off", "keys", async (page, hook) => {
    await openDrawer(page);
    await page.evaluate(() => window.__fake.world.fails.set("listKeys", "unreachable"));
    await page.getByRole("button", { name: "Active", exact: true }).click();
    await page.getByText("This list is old").waitFor();
    assert.equal((await names(page)).length, 10);
    assert.ok(await hook("create-open").isDisabled());
    assert.ok(await hook("drawer-revoke").isDisabled());
    await page.evaluate(() => window.__fake.world.fails.clear());
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText("This list is old").waitFor({ state: "detached" });
    assert.ok(await hook("create-open").isEnabled());
  });

  job("a failure says what and what to do, and trying again helps", "failing", async (page, hook) => {
    await page.getByRole("heading", { name: "The server failed" }).waitFor();
    await page.evaluate(() => window.__fake.world.fails.clear());
    await page.getByRole("button", { name: "Try again" }).click();
    await hook("keys-table").waitFor();
  });

  test("what takes long can be cancelled at once", async () => {
    const { page, faults, close } = await open("slow");
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("heading", { name: "Cancelled" }).waitFor();
    assert.deepEqual(faults, []);
    await close();
  });

  job("Escape does not throw away what was typed", "keys", async (page, hook) => {
    await hook("create-open").click();
    await hook("create-name").fill("Half typed");
    await page.keyboard.press("Escape");
    assert.equal(await focused(page), "Go on editing");
    await page.keyboard.press("Enter");
    assert.equal(await hook("create-name").inputValue(), "Half typed");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await gone(hook("create-name"));
  });

  job("a locked keychain is said where it matters", "locked", async (page, hook) => {
    await hook("create-open").click();
    await hook("create-name").fill("Billing worker");
    await hook("create-submit").click();
    await page.getByText("The keychain is locked.").waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await hook("nav-settings").click();
    await hook("keychain-check").click();
    await page.getByText("Unlock it with your password").waitFor();
    assert.equal(await hook("keychain-state").innerText(), "Locked");
  });

  job("markup in a name is text", "longnames", async (page) => {
    await page.getByText("<img src=x onerror").first().waitFor();
    await openDrawer(page, "<img src=x");
    assert.equal(await page.locator("table img, [data-testid='drawer'] img, table script").count(), 0);
    assert.equal(await page.title(), "Keydeck (fake backend)");
  });
});
