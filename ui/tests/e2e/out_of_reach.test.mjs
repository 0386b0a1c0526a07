// While the server does not answer: what was loaded and typed stays, nothing can be changed, and all is as before by itself.
import assert from "node:assert/strict";
import { describe } from "node:test";
import { gone, job } from "./job.mjs";
import { openAccount, plugIn, unplug } from "./states_old.mjs";
import { audit, organization, people } from "./states_team.mjs";
import { verifiers } from "./states_verifiers.mjs";

const WHY = /^Not reachable since .*\d\d:\d\d.*; changes can't be made until the server answers\.$/;

/** Each is off, and says why to who looks at it and to who hears of it. */
async function off(page, controls) {
  for (const control of controls) {
    await control.and(page.locator(":disabled")).waitFor();
    const [title, description] = await control.evaluate((element) => [element.title, document.getElementById(element.getAttribute("aria-describedby"))?.textContent]);
    assert.match(title, WHY, `${control}`);
    assert.match(description ?? "", /changes can't be made until the server answers/, `${control}`);
  }
}

async function on(page, controls) {
  for (const control of controls) {
    await control.and(page.locator(":enabled")).waitFor();
    assert.doesNotMatch((await control.getAttribute("title")) ?? "", /changes can't be made/, `${control}`);
  }
}

describe("while the server does not answer", () => {
  job("the people stay, and nothing about them can be changed", "keys", async (page, hook) => {
    await people(hook);
    await hook("invite-open").click();
    await hook("invite-email").fill("katherine@northwind.example");
    await unplug(page);
    await hook("invite-submit").click();
    await off(page, [hook("invite-submit")]);
    assert.match(await hook("wait").innerText(), /^Not reachable since .*; changes can't be made until the server answers\. \S+ did not answer\.$/);
    // Enter sends no more than the button does.
    await page.evaluate(() => (window.__fake.calls.length = 0));
    await hook("invite-email").press("Enter");
    assert.ok(!(await page.evaluate(() => window.__fake.calls)).includes("invite"));
    assert.equal(await hook("invite-email").inputValue(), "katherine@northwind.example");
    await plugIn(page);
    await on(page, [hook("invite-submit")]);
    assert.equal(await hook("wait").count(), 0);
    assert.equal(await hook("invite-email").inputValue(), "katherine@northwind.example");
    await hook("invite-submit").click();
    await hook("invite-done").click();

    const controls = [hook("invite-open"), page.getByLabel("Role of Linus"), page.getByRole("button", { name: "Remove Linus" }), hook("invitation-withdraw").first(), hook("invitation-again").first()];
    await on(page, controls);
    await unplug(page);
    await page.getByLabel("Role of Linus").selectOption("admin");
    await off(page, controls);
    assert.match(await hook("stale").innerText(), /This is the list of .*\d\d:\d\d/);
    assert.equal(await hook("member-row").count(), 4);
    assert.equal(await page.getByLabel("Role of Linus").inputValue(), "member");
    await plugIn(page);
    await gone(hook("stale"));
    await on(page, controls);
  });

  job("a view that is opened then says so, and comes by itself", "keys", async (page, hook) => {
    await hook("keys-table").waitFor();
    await unplug(page);
    await hook("nav-people").click();
    await page.getByRole("heading", { name: "The server can't be reached" }).waitFor();
    assert.ok(await hook("invite-open").isDisabled());
    await plugIn(page);
    await hook("members").waitFor();
    await on(page, [hook("invite-open")]);
  });

  job("an organization's edit stays and waits, and so does leaving for a new one", "keys", async (page, hook) => {
    await verifiers(hook);
    await hook("organization-name").fill("Northwind Traders");
    await hook("preset-add").click();
    await hook("preset-name").fill("Night shift");
    await hook("presets").locator("[data-scope='read']").click();
    await unplug(page);
    await hook("organization-save").click();
    const controls = [hook("organization-save"), hook("organization-new"), hook("verifier-new"), page.getByRole("button", { name: "Revoke Billing API" })];
    await off(page, controls);
    assert.match(await hook("stale").innerText(), /This is the state of/);
    assert.ok(await hook("organization-switch").locator("option", { hasText: "New organization" }).evaluate((option) => option.disabled));
    assert.equal(await hook("verifier").count(), 3);
    assert.match(await hook("organization-diff").innerText(), /Night shift/);
    await plugIn(page);
    await gone(hook("stale"));
    await on(page, controls);
    assert.equal(await hook("organization-name").inputValue(), "Northwind Traders");
    await hook("organization-save").click();
    await page.getByText("Northwind Traders is saved.").first().waitFor();
  });

  for (const [what, begin, field, submit] of [
    ["a new organization", (_page, hook) => hook("organization-new").click(), "new-organization-name", "new-organization-submit"],
    ["a new verifier", (_page, hook) => hook("verifier-new").click(), "verifier-name", "verifier-submit"],
  ]) {
    job(`the dialog for ${what} keeps what was typed`, "keys", async (page, hook) => {
      await organization(hook);
      await begin(page, hook);
      await hook(field).fill("Half typed");
      if (field === "new-organization-name") await hook("new-organization-prefix").fill("ht");
      await unplug(page);
      await hook(submit).click();
      await off(page, [hook(submit)]);
      await plugIn(page);
      await on(page, [hook(submit)]);
      assert.equal(await hook(field).inputValue(), "Half typed");
      await hook(submit).click();
      await gone(hook(submit));
    });
  }

  job("what asks before it is done waits as well: leaving, a role, a revoke", "keys", async (page, hook) => {
    await people(hook);
    await page.getByLabel("Role of Grace Hopper").selectOption("owner");
    await unplug(page);
    await hook("role-confirm").click();
    await off(page, [hook("role-confirm")]);
    await plugIn(page);
    await on(page, [hook("role-confirm")]);
    await hook("role-confirm").click();
    await gone(hook("role-dialog"));
    await hook("member-leave").click();
    await unplug(page);
    await hook("remove-confirm").click();
    await off(page, [hook("remove-confirm")]);
    await page.keyboard.press("Escape");
    await off(page, [hook("member-leave")]);
    await plugIn(page);
    await on(page, [hook("member-leave")]);
    await verifiers(hook);
    await page.getByRole("button", { name: "Revoke Billing API" }).click();
    await unplug(page);
    await hook("revoke-verifier-confirm").click();
    await off(page, [hook("revoke-verifier-confirm")]);
    await plugIn(page);
    await on(page, [hook("revoke-verifier-confirm")]);
    await hook("revoke-verifier-confirm").click();
    await gone(hook("revoke-verifier"));
  });

  job("one's account stays: name, password and sessions wait, signing out does not", "keys", async (page, hook) => {
    await openAccount(hook);
    await hook("account-name").fill("Ada King");
    await hook("password-open").click();
    await hook("password-current").fill("correct horse");
    await hook("password-next").fill("correct horse battery");
    await unplug(page);
    await hook("password-save").click();
    const controls = [hook("password-save"), hook("account").getByRole("button", { name: "Save" }), page.getByRole("button", { name: "End session of A program without a name" })];
    await off(page, controls);
    assert.equal(await hook("sessions").locator("li").count(), 3);
    assert.equal(await hook("password-next").inputValue(), "correct horse battery");
    assert.ok(await hook("account-signout").isEnabled());
    // Elsewhere and back: what was loaded is still there.
    await hook("nav-keys").click();
    await openAccount(hook);
    assert.equal(await hook("sessions").locator("li").count(), 3);
    await off(page, [hook("password-open")]);
    await plugIn(page);
    await gone(hook("stale"));
    await on(page, [hook("password-open"), controls[2]]);
  });

  job("the audit log stays, and is neither checked nor exported", "keys", async (page, hook) => {
    await audit(hook);
    const entries = await hook("audit-row").count();
    await unplug(page);
    await hook("audit-check").click();
    const controls = [hook("audit-check"), hook("audit-csv"), hook("audit-json")];
    await off(page, controls);
    assert.match(await hook("stale").innerText(), /This is the list of/);
    assert.equal(await hook("audit-row").count(), entries);
    await plugIn(page);
    await gone(hook("stale"));
    await on(page, controls);
    await hook("audit-check").click();
    await hook("audit-report").waitFor();
  });
});
