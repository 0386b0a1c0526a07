// People, the organization's settings and the audit log, as a person works with them.
import assert from "node:assert/strict";
import { describe } from "node:test";
import { calls, focused, gone, job, names } from "./job.mjs";
import { audit, invite, organization, people } from "./states_team.mjs";

/** How many entries the log of the first organization has. */
const total = (page) => page.evaluate(() => `${[...window.__fake.world.teams.values()][0].audit.length} entries`);

describe("people", () => {
  job("power that comes is given at once, power that goes is asked about", "keys", async (page, hook) => {
    await people(hook);
    const role = page.getByLabel("Role of Linus");
    await role.selectOption("admin");
    await page.getByText("Linus is admin now.").first().waitFor();
    await role.selectOption("viewer");
    await hook("role-dialog").waitFor();
    // Nothing was sent yet, and the control says what is.
    assert.equal(await role.inputValue(), "admin");
    assert.match(await hook("role-dialog").innerText(), /Read, filter, check and export the audit log/);
    await hook("role-confirm").click();
    await gone(hook("role-dialog"));
    assert.equal(await role.inputValue(), "viewer");
  });

  job("the only owner is told beforehand; with another one, he can leave", "keys", async (page, hook) => {
    await people(hook);
    assert.ok(await hook("member-leave").isDisabled());
    await page.getByText("make somebody else an owner first").waitFor();
    await page.getByLabel("Role of Grace Hopper").selectOption("owner");
    await hook("role-confirm").click();
    await gone(hook("role-dialog"));
    await hook("member-leave").click();
    await hook("remove-confirm").click();
    await page.getByText("You are not a member of Northwind any more.").first().waitFor();
    assert.match(await page.locator("aside").innerText(), /Northwind Labs/);
  });

  job("what the server refuses stands beside the control", "keys", async (page, hook) => {
    await people(hook);
    await page.evaluate(() => window.__fake.world.fails.set("changeMember", "forbidden"));
    await page.getByLabel("Role of Vera Viewer").selectOption("member");
    await page.getByText("Your role does not allow this").waitFor();
    assert.equal(await page.getByLabel("Role of Vera Viewer").inputValue(), "viewer");
  });

  job("who is removed leaves the keys, and they can be seen", "keys", async (page, hook) => {
    await people(hook);
    await page.getByRole("button", { name: "Remove Linus" }).click();
    assert.match(await hook("remove-member").innerText(), /Keys stay and go on working: 1 key/);
    await hook("remove-confirm").click();
    await gone(hook("remove-member"));
    assert.equal(await hook("member-row").count(), 3);
    await hook("nav-keys").click();
    await hook("filter-left").click();
    await page.waitForFunction(() => document.querySelectorAll("[data-testid=key-row]").length === 2);
    assert.ok((await names(page)).includes("Invoice export"));
  });

  job("the keys of one person are one click away", "keys", async (page, hook) => {
    await people(hook);
    await page.getByRole("button", { name: "1 key of Linus" }).click();
    await page.waitForFunction(() => document.querySelectorAll("[data-testid=key-row]").length === 1);
    assert.deepEqual(await names(page), ["Invoice export"]);
    assert.equal(await hook("filter-person").evaluate((select) => select.selectedOptions[0].textContent), "By Linus");
  });

  job("somebody is invited, and the link is copied, never shown", "keys", async (page, hook) => {
    await people(hook);
    await invite(hook, "katherine@northwind.example");
    assert.equal(await focused(page), "Copy link");
    await hook("invite-copy").click();
    await page.getByText("The clipboard is cleared in").waitFor();
    assert.doesNotMatch(await page.content(), /kdi_/);
    assert.equal(await hook("invite-authority").count(), 0);
    await hook("invite-done").click();
    await gone(hook("invite-dialog"));
    assert.equal(await focused(page), "Invite…");
    await page.getByLabel("Copy link for katherine@northwind.example").click();
    assert.equal((await calls(page)).filter((name) => name === "copyInvitation").length, 2);
    // Another start of the program made this one.
    assert.equal(await page.getByLabel("Copy link for margaret@northwind.example").count(), 0);
    await page.getByLabel("Withdraw the invitation of margaret@northwind.example").click();
    await page.getByText("The invitation of margaret@northwind.example is withdrawn.").first().waitFor();
    await page.getByLabel("Invite again: dennis@northwind.example").click();
    assert.equal(await hook("invite-email").inputValue(), "dennis@northwind.example");
    await hook("invite-submit").click();
    await hook("invite-done").click();
    await page.getByLabel("Copy link for dennis@northwind.example").waitFor();
  });

  job("who is invited to a server with an own authority needs its file as well", "keys", async (page, hook) => {
    await page.evaluate(() => {
      const { world, emit } = window.__fake;
      world.connections[0].ca_file = "/etc/ssl/northwind-ca.pem";
      emit({ event: "connection", connection: world.connections[0] });
    });
    await people(hook);
    await invite(hook, "katherine@northwind.example");
    assert.match(await hook("invite-authority").innerText(), /its file as well.*northwind-ca\.pem/s);
  });

  job("who joins meanwhile is shown, and nothing that is worked with moves", "keys", async (page, hook) => {
    await page.clock.install();
    await people(hook);
    await hook("invitations").waitFor();
    const joins = (email, name) =>
      page.evaluate(
        ([email, name]) => {
          const team = [...window.__fake.world.teams.values()][0];
          const from = team.members.at(-1);
          team.invitations = team.invitations.filter((one) => one.email !== email);
          team.members = [...team.members, { ...from, keys: 0, user: { ...from.user, id: name, email, name } }];
        },
        [email, name],
      );
    const role = page.getByLabel("Role of Linus");
    await role.focus();
    await role.evaluate((select) => (window.__role = select));
    await joins("margaret@northwind.example", "Margaret");
    await page.clock.fastForward(20_000);
    await hook("member-row").filter({ hasText: "Margaret" }).waitFor();
    await gone(page.getByLabel("Withdraw the invitation of margaret@northwind.example"));
    assert.ok(await page.evaluate(() => document.activeElement === window.__role));
    // Also behind a dialog, where what is typed stays.
    await hook("invite-open").click();
    await hook("invite-email").fill("half@typed");
    await joins("dennis@northwind.example", "Dennis");
    await page.evaluate(() => window.dispatchEvent(new Event("focus")));
    await hook("member-row").filter({ hasText: "Dennis" }).waitFor();
    assert.equal(await hook("invite-email").inputValue(), "half@typed");
  });

  job("an admin gives no ownership, a viewer gives nothing", "admin", async (page, hook) => {
    await people(hook);
    await hook("invite-open").click();
    assert.equal(await hook("invite-owner").count(), 0);
    await page.keyboard.press("Escape");
    await gone(hook("invite-dialog"));
    assert.equal(await page.getByLabel("Role of Ada Northwind").count(), 0);
    await page.getByText("Only owners manage owners.").waitFor();
  });
});

describe("the organization", () => {
  job("name, catalogue and presets are saved together", "keys", async (page, hook) => {
    await organization(hook);
    assert.ok(await hook("organization-save").isDisabled());
    await hook("organization-name").fill("Northwind Traders");
    await page.getByRole("button", { name: "Move read down" }).click();
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), "Move read down");
    await page.getByText("Read only, Write only and Full access are always offered").waitFor();
    await hook("scope-add").click();
    await page.keyboard.type("payouts:write");
    await hook("preset-add").click();
    await page.keyboard.type("Payer");
    await hook("presets").locator("[data-scope='payouts:write']").click();
    assert.equal(await hook("presets").locator("[data-scope='admin']").count(), 0);
    assert.match(await hook("organization-diff").innerText(), /New preset Payer\s+payouts:write/);
    // Looking elsewhere loses nothing.
    await hook("nav-people").click();
    await organization(hook);
    await hook("organization-save").click();
    await page.getByText("Northwind Traders is saved.").first().waitFor();
    assert.match(await page.locator("aside").innerText(), /Northwind Traders/);
    assert.match(await hook("organization-diff").innerText(), /Nothing yet/);
    const saved = await page.evaluate(() => window.__fake.world.connections[0].organizations[0]);
    assert.deepEqual(saved.scopes.map(({ scope }) => scope).slice(0, 2), ["write", "read"]);
    assert.deepEqual(saved.presets.at(-1), { name: "Payer", scopes: ["payouts:write"] });
  });

  job("limits are read, set all at once, and refused beside the button", "keys", async (page, hook) => {
    await organization(hook);
    assert.match(await hook("limits").innerText(), /All keys together 600 requests in a minute; 100,000 a day \(UTC\)/);
    await hook("limits-edit").click();
    await hook("limit-add").click();
    const added = hook("limit-edit").last();
    await added.getByLabel("Requests").fill("none");
    await hook("limits-save").click();
    await hook("limits").getByText("must be 1 to 1000000").waitFor();
    await added.getByLabel("Requests").fill("20");
    // Enter sets the limits, and saves nothing else.
    await page.keyboard.press("Enter");
    await page.getByText("The limits of Northwind are set.").first().waitFor();
    assert.equal(await hook("limit").count(), 3);
    assert.match(await hook("limit").last().innerText(), /Each key 20 requests in a minute/);
    assert.ok(!(await calls(page)).includes("changeOrganization"));
  });

  job("who may not set limits reads them", "viewer", async (_page, hook) => {
    await organization(hook);
    await hook("limit").first().waitFor();
    assert.equal(await hook("limits-edit").count(), 0);
  });

  job("a scope that keys have stays, and its row says why", "keys", async (page, hook) => {
    await organization(hook);
    await page.getByRole("button", { name: "Remove invoices:write" }).click();
    await hook("organization-save").click();
    const row = hook("scope-row").filter({ hasText: "invoices:write" });
    assert.match(await row.getByRole("alert").innerText(), /Invoice export has the scope/);
    await page.getByRole("button", { name: "Put back invoices:write" }).click();
    assert.ok(await hook("organization-save").isDisabled());
  });

  job("nothing is saved over somebody else's change", "rival", async (page, hook) => {
    await organization(hook);
    await hook("organization-prefix").fill("nwt");
    await hook("organization-save").click();
    await page.getByText("Somebody else changed this organization meanwhile.").waitFor();
    assert.match(await page.getByRole("region", { name: "Changed by somebody else" }).innerText(), /Northwind Group/);
    await hook("organization-save").click();
    await page.getByText("Northwind Group is saved.").first().waitFor();
    assert.equal(await hook("organization-prefix").inputValue(), "nwt");
  });

  job("another one is made from the switcher, and shown", "keys", async (page, hook) => {
    await hook("organization-switch").selectOption({ label: "New organization…" });
    await hook("new-organization-name").fill("Tailwind");
    await hook("new-organization-prefix").fill("tw");
    await hook("new-organization-submit").click();
    await page.getByText("No keys yet").waitFor();
    assert.match(await page.locator("aside").innerText(), /Tailwind/);
  });

  job("a viewer sees it all and changes nothing", "viewer", async (_page, hook) => {
    await organization(hook);
    assert.match(await hook("read-only").innerText(), /Your role \(viewer\)/);
    assert.equal(await hook("organization").locator("input, button").count(), 0);
    assert.equal(await hook("nav-audit").count(), 0);
  });
});

describe("the audit log", () => {
  job("is read, opened by the keyboard, and followed to the key", "keys", async (page, hook) => {
    await audit(hook);
    await hook("audit-search").fill("contoso");
    await page.getByText("2 entries", { exact: true }).first().waitFor();
    await hook("audit-open").first().focus();
    await page.keyboard.press("Enter");
    assert.match(await page.getByRole("region", { name: "What changed" }).innerText(), /Enabled\s+from\s+yes\s*→\s*to\s+no/);
    await hook("audit-link").first().click();
    await hook("drawer").waitFor();
    assert.match(await hook("drawer").innerText(), /Partner: Contoso/);
    await hook("drawer-history").click();
    await page.getByText("2 entries", { exact: true }).first().waitFor();
    await hook("audit-target").click();
    await page.getByText(await total(page), { exact: true }).first().waitFor();
  });

  job("filters by person and by kind, and is cleared", "keys", async (page, hook) => {
    await audit(hook);
    await hook("audit-actor").selectOption({ label: "By Linus" });
    await hook("audit-action").selectOption("key_created");
    await page.getByText("1 entry", { exact: true }).first().waitFor();
    assert.match(await hook("audit-row").innerText(), /linus@northwind.example\s+made the key\s+Invoice export/);
    await hook("audit-clear").click();
    await page.getByText(await total(page), { exact: true }).first().waitFor();
  });

  job("is checked and exported; both say what came of it", "keys", async (page, hook) => {
    await audit(hook);
    await hook("audit-check").click();
    await page.getByText(`All ${await total(page)} add up.`).waitFor();
    await hook("audit-json").click();
    await page.getByText("keydeck-audit-northwind.json").waitFor();
    await page.getByRole("button", { name: "Close where it was written" }).click();
    await gone(hook("audit-exported"));
  });

  job("that does not add up is an alert", "tampered", async (page, hook) => {
    await audit(hook);
    await hook("audit-check").click();
    assert.match(await page.getByRole("alert").innerText(), /does not add up\. Entry 7 does not follow/);
  });

  job("an export can be cancelled", "keys", async (page, hook) => {
    await audit(hook);
    await page.evaluate(() => (window.__fake.world.latency = 60_000));
    await hook("audit-csv").click();
    await page.getByRole("button", { name: "Cancel waiting" }).click();
    await page.getByText("The export was cancelled.").waitFor();
  });

  job("older entries come while scrolling", "many", async (page, hook) => {
    await page.evaluate(() => {
      const team = [...window.__fake.world.teams.values()][0];
      team.audit = Array.from({ length: 500 }, (_, index) => ({ ...team.audit[0], sequence: index + 1 }));
    });
    await audit(hook);
    await page.getByText("500 entries", { exact: true }).first().waitFor();
    const box = page.getByTestId("audit").locator("..");
    while ((await hook("audit-row").count()) < 500) {
      const before = await hook("audit-row").count();
      await box.evaluate((element) => (element.scrollTop = element.scrollHeight));
      await page.waitForFunction((count) => document.querySelectorAll("[data-testid=audit-row]").length > count, before);
    }
    assert.equal(await hook("audit-row").last().getAttribute("data-sequence"), "1");
  });
});
