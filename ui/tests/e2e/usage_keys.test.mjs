// Where usage meets keys: sparklines, the drawer, what is asked before a key is ended, unused keys, alerts, webhooks.
import assert from "node:assert/strict";
import { calls, focused, gone, job } from "./job.mjs";
import { openDrawer } from "./states.mjs";
import { alerted, makeWebhook, webhooks } from "./states_usage.mjs";

const count = async (page, name) => (await calls(page)).filter((call) => call === name).length;

job("the table has the last 24 hours of the keys in sight, asked for in one call", "many", async (page, hook) => {
  await page.getByTestId("sparkline").first().waitFor();
  assert.equal(await count(page, "sparklines"), 1);
  assert.match(await page.getByTestId("sparkline").first().getAttribute("aria-label"), /^[\d,]+ verifications? in the last 24 hours$/);
  await hook("keys-table").evaluate((table) => table.parentElement.scrollTo(0, 2_000));
  await page.waitForFunction(() => window.__fake.calls.filter((call) => call === "sparklines").length === 2);
});

job(
  "a narrow window leaves them out, and Status readable",
  "keys",
  async (page, hook) => {
    await page.getByTestId("sparkline").first().waitFor({ state: "attached" });
    assert.ok(!(await page.getByTestId("sparkline").first().isVisible()));
    for (const status of await hook("key-status").all()) {
      const cut = await status.evaluate((tag) => tag.getBoundingClientRect().right - tag.closest("td").getBoundingClientRect().right);
      assert.ok(cut <= 0, "the status is whole");
    }
  },
  { width: 960, height: 600 },
);

job("the drawer says from where a key was used, with what, and what it never needed", "keys", async (page, hook) => {
  await openDrawer(page);
  await hook("hour-bars").waitFor();
  assert.match(await hook("last-used").innerText(), /2 min ago from 192\.0\.2\.7\s+northwind-worker\/2\.4/);
  assert.match(await hook("key-traffic").innerText(), /[\d,]+ verifications since it was made/);
  assert.match(await hook("scopes-never").innerText(), /Never used: write\. Remove it\?/);
  await page.getByRole("button", { name: "Remove it?" }).click();
  await page.getByRole("heading", { name: "Edit Production server" }).waitFor();
});

job("Revoke says what traffic the key has now; not knowing it holds nothing back", "keys", async (page, hook) => {
  await openDrawer(page, "Storefront");
  await hook("drawer-revoke").click();
  await page.waitForFunction(() => /[\d,]+ verifications in the last 24 hours, last \d+ min ago from 192\.0\.2\.7\./.test(document.querySelector("[data-testid=traffic-now]").textContent.replace(/\s+/g, " ")));
  await page.keyboard.press("Escape");
  await page.evaluate(() => window.__fake.world.fails.set("keyUsage", "timeout"));
  await hook("drawer-revoke").click();
  await hook("traffic-now").getByText("Its traffic is not known").waitFor();
  await hook("revoke-confirm").click();
  await hook("revoke-outcome").waitFor();
});

job("Disable says it too, and Enable does not ask", "keys", async (page, hook) => {
  await openDrawer(page, "Storefront");
  await hook("drawer-disable").click();
  await hook("traffic-now").getByText("in the last 24 hours").waitFor();
  await hook("enable-confirm").click();
  await page.getByText("Storefront is disabled.").waitFor();
  await hook("drawer-disable").click();
  await page.getByText("is accepted again at once.").waitFor();
  assert.equal(await hook("traffic-now").count(), 0);
});

job("a key that nobody uses is revoked where it is seen", "keys", async (page, hook) => {
  await hook("nav-usage").click();
  await hook("usage-unused").click();
  await page.getByText("Every key is in use").waitFor();
  await hook("idle-never").click();
  await hook("stale-key").first().waitFor();
  assert.match(await hook("stale-key").innerText(), /Partner: Contoso\s+live\s+never/);
  await page.getByRole("button", { name: "Revoke Partner: Contoso" }).click();
  await hook("traffic-now").getByText("Never used.").waitFor();
  await hook("revoke-name").fill("Partner: Contoso");
  await hook("revoke-confirm").click();
  await hook("revoke-outcome").waitFor();
  await hook("revoke-close").click();
  await page.getByText("Every key was used").waitFor();
});

job("a viewer sees unused keys and revokes none", "viewer", async (page, hook) => {
  await hook("nav-usage").click();
  await hook("usage-unused").click();
  await hook("idle-never").click();
  await hook("stale-key").first().waitFor();
  assert.equal(await page.getByRole("button", { name: /^Revoke/ }).count(), 0);
});

job("an alert is said, counted, looked at, and leads to its place", "keys", async (page, hook) => {
  await alerted(page);
  await page.getByText("Production server was used from a new network.").waitFor();
  assert.match(await hook("nav-alerts").innerText(), /^1/);
  await hook("nav-usage").click();
  await hook("usage-alerts").click();
  await hook("alert").first().getByText("new", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Show traffic: Far more verifications than usual" }).click();
  await hook("zoom-back").waitFor();
  await gone(hook("nav-alerts"));
  await hook("usage-alerts").click();
  await hook("alert").first().waitFor();
  assert.equal(await hook("alert").getByText("new", { exact: true }).count(), 0);
  await page.getByRole("button", { name: "Show key: Production server was used from a new network" }).first().click();
  await hook("drawer").waitFor();
  assert.equal(await hook("drawer").getAttribute("aria-label"), "Key Production server");
});

job("a notice of the system opens what it is about", "team", async (page, hook) => {
  await page.getByTestId("key-row").first().waitFor();
  await page.evaluate(() => {
    const [connection] = window.__fake.world.connections;
    const contoso = connection.organizations[1];
    window.__fake.emit({ event: "go", connection: connection.id, organization: contoso.id, view: "keys", key: window.__fake.world.keys.get(contoso.id)[1] });
  });
  await hook("drawer").waitFor();
  assert.equal(await hook("drawer").getAttribute("aria-label"), "Key Analytics");
  await page.evaluate(() => {
    const [connection] = window.__fake.world.connections;
    window.__fake.emit({ event: "go", connection: connection.id, organization: connection.organizations[0].id, view: "usage", key: null });
  });
  await hook("alert").first().waitFor();
});

job("the system's notices can be switched off", "keys", async (page, hook) => {
  await hook("nav-settings").click();
  assert.ok(await hook("set-notices").isChecked());
  await hook("set-notices").uncheck();
  await page.getByText("Saved.").waitFor();
  assert.equal(await page.evaluate(() => window.__fake.world.preferences.notices), false);
});

job("a webhook is made, handed over, tested and removed, and its secret is never in the page", "keys", async (page, hook) => {
  await webhooks(hook);
  assert.match(await hook("webhook").nth(1).innerText(), /It answered 503\. 2 messages wait\./);
  await makeWebhook(hook, "Second room");
  assert.equal(await focused(page), "Copy secret");
  await hook("webhook-done").click();
  await page.getByText("It was not copied: nobody will have it.").waitFor();
  await page.keyboard.press("Enter");
  await hook("webhook-copy").click();
  await page.getByText("The clipboard is cleared in").waitFor();
  assert.doesNotMatch(await page.content(), /kdw_/);
  await hook("webhook-done").click();
  await gone(hook("webhook-dialog"));
  assert.equal(await count(page, "forgetWebhook"), 1);
  await page.getByRole("button", { name: "Test Second room" }).click();
  await hook("webhook").first().getByText("Taken (200).").waitFor();
  await page.evaluate(() => (window.__fake.world.traffic.hooks.answers = null));
  await page.getByRole("button", { name: "Test Second room" }).click();
  await hook("webhook").first().getByText("Nobody answered within 10 s.").waitFor();
  await page.getByRole("button", { name: "Remove Second room" }).click();
  assert.equal(await focused(page), "Cancel");
  await hook("remove-webhook-confirm").click();
  await gone(hook("remove-webhook"));
  await page.waitForFunction(() => document.querySelectorAll("[data-testid=webhook]").length === 2);
});

job("who may not manage webhooks does not see them", "member", async (page, hook) => {
  await hook("nav-organization").click();
  await hook("verifiers").waitFor();
  assert.equal(await hook("webhooks").count(), 0);
  assert.equal(await count(page, "webhooks"), 0);
});
