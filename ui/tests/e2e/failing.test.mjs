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

  job("a session that ends in another view: it asks again by itself", "keys", async (page, hook) => {
    await page.evaluate(() => window.__fake.expireSession(window.__fake.world.connections[0].id));
    await hook("signin-password").waitFor();
    await page.evaluate(() => (window.__fake.calls.length = 0));
    await hook("signin-email").fill("ada@northwind.example");
    await hook("signin-password").fill("correct horse");
    await hook("signin-submit").click();
    await gone(hook("signin-password"));
    await page.waitForFunction(() => window.__fake.calls.filter((name) => name === "listKeys").length === 1);
    await hook("nav-people").click();
    await page.getByText("linus@northwind.example").waitFor();
    await page.evaluate(() => window.__fake.expireSession(window.__fake.world.connections[0].id));
    await page.evaluate(() => (window.__fake.calls.length = 0));
    await hook("signin-password").fill("correct horse");
    await hook("signin-submit").click();
    await gone(hook("signin-password"));
    await page.waitForFunction(() => window.__fake.calls.includes("members"));
    await page.getByText("linus@northwind.example").waitFor();
  });

  job("the last list stays, marked as old, with changes switched off", "keys", async (page, hook) => {
    await openDrawer(page);
    await page.evaluate(() => window.__fake.world.fails.set("listKeys", "unreachable"));
    await page.getByRole("button", { name: "Active", exact: true }).click();
    await hook("stale").waitFor();
    assert.match(await hook("stale").innerText(), /Not reachable since .* This is the list of \d\d:\d\d; changes can't be made/);
    assert.equal((await names(page)).length, 10);
    assert.ok(await hook("create-open").isDisabled());
    assert.match(await hook("create-open").getAttribute("title"), /^Not reachable since .*; changes can't be made until the server answers\.$/);
    assert.ok(await hook("drawer-revoke").isDisabled());
    // Nobody presses anything: it is tried again until it answers.
    await page.evaluate(() => window.__fake.world.fails.clear());
    await gone(hook("stale"));
    assert.ok(await hook("create-open").isEnabled());
  });

  job("a list of before says of when it is, and is live again by itself", "cached", async (page, hook) => {
    assert.match(await hook("stale").innerText(), /Not reachable since/);
    assert.ok(await hook("create-open").isDisabled());
    assert.match(await page.getByRole("button", { name: /Northwind production/ }).innerText(), /not reachable/);
    await page.evaluate(() => window.__fake.world.down.clear());
    await page.getByRole("button", { name: "Try again" }).click();
    await gone(hook("stale"));
    await page.getByRole("button", { name: /Northwind production/ }).getByText("signed in").waitFor();
  });

  job("a server that does not answer is asked again by itself", "offline", async (page, hook) => {
    await hook("server-state").waitFor();
    await page.evaluate(() => {
      window.__fake.world.down.clear();
      window.__fake.world.connections[0].organizations = [];
    });
    await page.getByRole("heading", { name: "You are not a member of any organization here" }).waitFor();
  });

  job("who is removed from an organization is told, and is in another one", "team", async (page, hook) => {
    await hook("keys-table").waitFor();
    await page.evaluate(() => window.__fake.removeFrom(window.__fake.world.connections[0].id, window.__fake.world.connections[0].organizations[0].id));
    await page.getByRole("button", { name: "Disabled", exact: true }).click();
    await page.getByText("You are not a member of Northwind any more.").waitFor();
    await page.waitForFunction(() => document.querySelectorAll("[data-testid=key-row]").length === 4);
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
