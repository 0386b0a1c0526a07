// Adding a server: claiming a fresh one, joining by an invitation; and one's account there.
import assert from "node:assert/strict";
import { describe } from "node:test";
import { calls, gone, job } from "./job.mjs";
import { fillClaim, probe } from "./states.mjs";

describe("adding a server", () => {
  job("a fresh server is added, then set up with its token", "fresh", async (page, hook) => {
    await probe(page, "fresh.northwind.example", "Nobody has set it up");
    await hook("server-submit").click();
    await hook("claim").waitFor();
    assert.equal(await hook("claim-token").getAttribute("type"), "password");
    await fillClaim(hook, { token: "kdc_wrong" });
    assert.match(await hook("claim").innerText(), /nw_live_… and nw_test_…/);
    await hook("claim-submit").click();
    await page.getByText("The server does not know this token.").waitFor();
    // What was not at fault is still there.
    assert.equal(await hook("claim-token").inputValue(), "");
    assert.equal(await hook("claim-organization").inputValue(), "Northwind");
    assert.equal(await hook("claim-password").inputValue(), "correct horse");
    await hook("claim-token").fill("kdc_fresh");
    await hook("claim-submit").click();
    await page.getByText("No keys yet").waitFor();
    assert.match(await page.locator("aside").innerText(), /Northwind/);
  });

  job("what the server refuses stands beside its field", "unclaimed", async (page, hook) => {
    await fillClaim(hook, { password: "short" });
    await hook("claim-submit").click();
    await page.getByText("at least 10 characters").nth(1).waitFor();
    assert.equal(await hook("claim-password").getAttribute("aria-invalid"), "true");
  });

  job("a prefix that would be refused says so while it is typed, and offers one that would do", "unclaimed", async (page, hook) => {
    await fillClaim(hook, { prefix: "" });
    const prefix = hook("claim-prefix");
    await prefix.pressSequentially("n");
    assert.equal(await prefix.getAttribute("aria-invalid"), null);
    await prefix.fill("Northwind");
    await page.getByText("A prefix is 2 to 16").waitFor();
    assert.equal(await prefix.getAttribute("aria-invalid"), "true");
    assert.doesNotMatch(await hook("claim").innerText(), /Northwind_live/);
    await hook("claim-submit").click();
    assert.ok(!(await calls(page)).includes("claimServer"));
    await page.getByRole("button", { name: "Use northwind" }).click();
    assert.equal(await prefix.inputValue(), "northwind");
    assert.match(await hook("claim").innerText(), /northwind_live_… and northwind_test_…/);
    await hook("claim-submit").click();
    await page.getByText("No keys yet").waitFor();
  });

  job("a look at the settings takes nothing of a claim away but the password", "unclaimed", async (page, hook) => {
    await fillClaim(hook, { prefix: "nwt" });
    await hook("nav-settings").click();
    await gone(hook("claim"));
    await page.getByRole("button", { name: /^Fresh server/ }).click();
    const kept = await Promise.all(["token", "name", "email", "organization", "prefix"].map((one) => hook(`claim-${one}`).inputValue()));
    assert.ok(!kept.includes(""), kept.join());
    assert.equal(kept[4], "nwt");
    assert.equal(await hook("claim-password").inputValue(), "");
    await page.waitForFunction(() => document.activeElement?.dataset.testid === "claim-password");
  });

  job("a new person joins by a link, which is not shown", "team", async (page, hook) => {
    await probe(page, "https://keys.contoso.example/join#kdi_new", "Join Contoso");
    assert.match(await hook("join").innerText(), /grace@contoso.example invites you, ada@northwind.example, as Member/);
    await hook("join-submit").click();
    await page.getByText("Say what people are to call you.").waitFor();
    await hook("join-name").fill("Ada");
    await hook("join-password").fill("short");
    await hook("join-submit").click();
    await page.getByText("A password must have at least 10 characters.").waitFor();
    assert.equal(await hook("join-name").inputValue(), "Ada");
    await hook("join-password").fill("long enough");
    await hook("join-submit").click();
    await page.getByText("You are a member of Contoso now.").waitFor();
    assert.match(await page.locator("aside").innerText(), /Contoso\s+keys.contoso.example/);
  });

  job("who is known proves it with a password", "team", async (page, hook) => {
    await probe(page, "https://keys.contoso.example/join#kdi_known", "Join Contoso");
    assert.equal(await hook("join-name").count(), 0);
    await hook("join-password").fill("wrong");
    await hook("join-submit").click();
    await page.getByText("The password is wrong.").waitFor();
    assert.equal(await hook("join-password").inputValue(), "");
    await hook("join-password").fill("correct horse");
    await hook("join-submit").click();
    await page.getByText("You are a member of Contoso now.").waitFor();
  });

  job("a pasted link is dots on screen", "fresh", async (page, hook) => {
    await hook("connect-keydeck").click();
    assert.equal(await hook("server-address").getAttribute("type"), "text");
    await hook("server-address").fill("https://keys.contoso.example/join#kdi_new");
    await page.getByText("An invitation to keys.contoso.example").waitFor();
    assert.equal(await hook("server-address").getAttribute("type"), "password");
  });

  job("a server that is here already is shown, not added twice", "keys", async (page, hook) => {
    await probe(page, "keys.northwind.example", "It is here already");
    await hook("server-submit").click();
    await hook("keys-table").waitFor();
    assert.ok(!(await calls(page)).includes("addConnection"));
  });
});

describe("one's account", () => {
  job("name, password and sessions", "keys", async (page, hook) => {
    await hook("nav-settings").click();
    await hook("account-name").fill("Ada King");
    await hook("account").getByRole("button", { name: "Save" }).click();
    await page.getByText("Your name is saved.").waitFor();
    await hook("sessions").getByText("this one").waitFor();
    await page.getByRole("button", { name: "End session of A program without a name" }).click();
    await page.getByText("The session is over.").waitFor();
    await hook("password-open").click();
    await hook("password-current").fill("correct horse");
    await hook("password-next").fill("correct horse battery");
    await hook("password-save").click();
    await page.getByText("Your other sessions are over.").waitFor();
    await gone(hook("password-current"));
    await page.waitForFunction(() => document.querySelectorAll("[data-testid=sessions] li").length === 1);
    await hook("account-signout").click();
    await hook("signin-password").waitFor();
  });
});

describe("one's session", () => {
  job("that ends while a password is typed takes nothing of it away", "keys", async (page, hook) => {
    await hook("nav-settings").click();
    await hook("sessions").waitFor();
    await hook("password-open").click();
    await hook("password-next").fill("correct horse battery");
    await page.evaluate(() => window.__fake.expireSession(window.__fake.world.connections[0].id));
    await hook("signin-email").fill("ada@northwind.example");
    await hook("signin-password").fill("correct horse");
    await page.evaluate(() => (window.__fake.calls.length = 0));
    await hook("signin-submit").click();
    await gone(hook("signin-password"));
    assert.equal(await hook("password-next").inputValue(), "correct horse battery");
    await page.waitForFunction(() => window.__fake.calls.includes("sessions"));
    await hook("sessions").getByText("this one").waitFor();
  });
});

describe("keys of others", () => {
  job("keys whose maker left, and keys by person", "keys", async (page, hook) => {
    await hook("filter-left").click();
    await page.waitForFunction(() => document.querySelectorAll("[data-testid=key-row]").length === 1);
    assert.match(await hook("key-row").innerText(), /creator left/);
    await hook("filter-left").click();
    await hook("filter-person").selectOption({ label: "By Linus" });
    await page.waitForFunction(() => document.querySelectorAll("[data-testid=key-row]").length === 1);
    assert.match(await hook("key-row").innerText(), /Invoice export/);
  });

  job("an organization's own preset is offered beside the accesses", "keys", async (page, hook) => {
    await hook("create-open").click();
    assert.match(await hook("where").innerText(), /Northwind,\s+Northwind production/);
    await hook("create-name").fill("Billing");
    await page.getByText("Billing worker", { exact: true }).click();
    await hook("create-submit").click();
    await hook("secret-dialog").waitFor();
    const scopes = await page.evaluate(() => [...window.__fake.world.keys.values()][0][0].key.scopes);
    assert.deepEqual(scopes, ["invoices:read", "invoices:write"]);
  });
});
