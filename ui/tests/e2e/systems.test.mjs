// Servers of other systems: what is asked, what is shown, and what the page never holds.
import assert from "node:assert/strict";
import { describe } from "node:test";
import { calls, gone, job } from "./job.mjs";

describe("servers of other systems", () => {
  job("the system is chosen first, and its address is there already", "fresh", async (page, hook) => {
    for (const kind of ["local", "keydeck", "azen", "better_auth", "memory_api", "elizaos", "azotte", "azerion"]) {
      assert.ok(await hook(`connect-${kind}`).isVisible(), kind);
    }
    await hook("connect-azotte").click();
    assert.equal(await hook("server-address").inputValue(), "https://api.azotte.com");
    assert.ok(await hook("server-submit").isDisabled(), "a tenant is wanted");
    await hook("server-tenant").fill("tenant_abc123");
    await hook("server-submit").click();
    await hook("server-identity").waitFor();
    await hook("server-submit").click();
    // Nobody signs in there.
    await page.getByText("No keys yet").waitFor();
    await gone(page.getByRole("button", { name: "Sign out" }));
    await gone(hook("create-open"));
    await gone(hook("nav-people"));
    assert.ok(await hook("take-in-open").isVisible());
  });

  job("a copied key is said what it is, taken in and tried", "systems", async (page, hook) => {
    await hook("take-in-open").click();
    await hook("take-in-seen").waitFor();
    assert.match(await hook("take-in-seen").innerText(), /a secret key of Azotte, test/);
    assert.notEqual(await hook("take-in-rotate").inputValue(), "", "Azotte wants keys replaced every quarter");
    await hook("take-in-submit").click();
    await page.getByText("The key needs a name.").waitFor();
    await hook("take-in-name").fill("Billing worker");
    await hook("take-in-submit").click();
    await hook("trial-outcome").waitFor();
    await hook("take-in-close").click();
    await page.getByTestId("key-row").filter({ hasText: "Billing worker" }).waitFor();
    assert.ok((await calls(page)).includes("takeKeyIn"));
    // The clipboard was cleared after it.
    await hook("take-in-open").click();
    await page.getByText("There is no text in the clipboard").first().waitFor();
    assert.ok(await hook("take-in-submit").isDisabled());
  });

  job("a key of another system signs nobody in, and says whose it is", "systems", async (page, hook) => {
    await page.getByRole("button", { name: /^Memory API/ }).click();
    await gone(hook("signin-password"));
    await hook("signin-clipboard").click();
    await page.getByText("What you copied is a key of Azotte, not of Memory API. Nothing was sent.").first().waitFor();
  });

  job("the register says what is due and what is gone", "systems", async (page, hook) => {
    const rows = await page.getByTestId("keys-table").innerText();
    assert.match(rows, /should be replaced/);
    assert.match(rows, /gone at the server/);
    await page.getByTestId("key-row").filter({ hasText: "Old importer" }).click();
    await hook("entry-gone").waitFor();
    await gone(hook("drawer-revoke"));
    await hook("drawer").getByRole("button", { name: "Take it out of the register" }).click();
    await hook("entry-forget").click();
    await gone(page.getByTestId("key-row").filter({ hasText: "Old importer" }));
  });

  job("copying as names the system's own variable and header", "systems", async (page, hook) => {
    await page.getByTestId("key-row").filter({ hasText: "Shop" }).click();
    await hook("drawer").getByRole("button", { name: "Copy as" }).click();
    const panel = page.getByRole("group", { name: "Copy as" });
    assert.equal(await panel.getByRole("textbox").inputValue(), "AZOTTE_API_KEY");
    assert.match(await panel.innerText(), /-H 'x-api-key: …' -H 'x-tn: …'/);
  });
});
