// Verifiers, as a person works with them: made, handed over, lost, revoked.
import assert from "node:assert/strict";
import { calls, focused, gone, job } from "./job.mjs";
import { organization } from "./states_team.mjs";
import { make, verifiers } from "./states_verifiers.mjs";

const listed = (hook) => hook("verifiers").locator(":scope > ul").getByTestId("verifier").locator("b").allTextContents();
const count = async (page, name) => (await calls(page)).filter((call) => call === name).length;

job("one is made and handed over, and its secret is never in the page", "keys", async (page, hook) => {
  await verifiers(hook);
  await make(hook, " Mail API ");
  assert.equal(await focused(page), "Copy");
  assert.match(await hook("verifier-dialog").innerText(), /It is told this once: it is not kept anywhere/);
  await hook("verifier-copy").click();
  await page.getByText("The clipboard is cleared in").waitFor();
  const variable = page.getByLabel("Name of the variable");
  assert.equal(await variable.inputValue(), "KEYDECK_VERIFIER");
  await page.getByRole("button", { name: "Copy NAME=value" }).click();
  await page.getByRole("button", { name: "Copy curl header" }).click();
  await page.waitForFunction(() => window.__fake.calls.filter((call) => call === "copyVerifier").length === 3);
  assert.doesNotMatch(await page.content(), /kdv_/);
  await hook("verifier-done").click();
  await gone(hook("verifier-dialog"));
  assert.equal(await focused(page), "New verifier…");
  assert.deepEqual(await listed(hook), ["Mail API", "Search API", "Billing API"]);
  assert.equal(await page.getByRole("button", { name: "Hand over Mail API" }).count(), 0);
  assert.equal(await count(page, "forgetVerifier"), 1);
});

job("Done asks once where it was not copied; Escape keeps it for later", "keys", async (page, hook) => {
  await verifiers(hook);
  await make(hook, "Mail API");
  await page.keyboard.press("Escape");
  await gone(hook("verifier-dialog"));
  await page.getByRole("button", { name: "Hand over Mail API" }).click();
  await hook("verifier-done").click();
  await page.getByText("It was not copied: nobody will have it.").waitFor();
  assert.equal(await focused(page), "Go back");
  await page.keyboard.press("Enter");
  assert.equal(await count(page, "forgetVerifier"), 0);
  await hook("verifier-done").click();
  await page.getByRole("button", { name: "Throw away" }).click();
  await gone(hook("verifier-dialog"));
  assert.equal(await count(page, "forgetVerifier"), 1);
  assert.equal(await page.getByRole("button", { name: "Hand over Mail API" }).count(), 0);
});

job("where the answer was lost, the list shows it, and the dialog says what to do", "keys", async (page, hook) => {
  await page.evaluate(() => (window.__fake.world.loses = true));
  await verifiers(hook);
  await hook("verifier-new").click();
  await hook("verifier-name").fill("Mail API");
  await page.keyboard.press("Enter");
  await page.getByText("revoke it and make another").waitFor();
  await page.waitForFunction(() => document.querySelector("[data-testid=verifier] b").textContent === "Mail API");
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  assert.equal(await page.getByRole("button", { name: "Hand over Mail API" }).count(), 0);
  await page.getByRole("button", { name: "Revoke Mail API" }).click();
  assert.match(await hook("revoke-verifier").innerText(), /refused with their next request/);
  assert.equal(await focused(page), "Cancel");
  await hook("revoke-verifier-confirm").click();
  await gone(hook("revoke-verifier"));
  await page.getByText("Revoked (2)").click();
  await page.getByText("revoked a moment ago").or(page.getByText("revoked just now")).first().waitFor();
  assert.deepEqual(await listed(hook), ["Search API", "Billing API"]);
});

job("what was typed is not thrown away by Escape", "keys", async (page, hook) => {
  await verifiers(hook);
  await hook("verifier-new").click();
  await hook("verifier-submit").click();
  await page.getByText("Say which service it is for.").waitFor();
  assert.equal(await count(page, "makeVerifier"), 0);
  await hook("verifier-name").fill("Mail API");
  await page.keyboard.press("Escape");
  await page.getByText("Close without saving?").waitFor();
  await page.getByRole("button", { name: "Go on editing" }).click();
  assert.equal(await hook("verifier-name").inputValue(), "Mail API");
});

job("a viewer sees them and changes none", "viewer", async (page, hook) => {
  await verifiers(hook);
  assert.deepEqual(await listed(hook), ["Search API", "Billing API"]);
  assert.equal(await hook("verifier-new").count(), 0);
  await page.getByText("How a service asks").click();
  assert.match(await hook("verifier-example").innerText(), /curl https:\S+\/v1\/verify/);
  assert.equal(await page.getByRole("button", { name: /^Revoke/ }).count(), 0);
});

job("what somebody else made comes with what is heard of the server, with another look, with time, and with the view", "keys", async (page, hook) => {
  await page.clock.install();
  await verifiers(hook);
  const made = (name) =>
    page.evaluate((name) => {
      const team = [...window.__fake.world.teams.values()][0];
      team.verifiers = [{ ...team.verifiers[0], id: name, name }, ...team.verifiers];
    }, name);
  await made("By event");
  await page.evaluate(() => window.__fake.emit({ event: "connection", connection: window.__fake.world.connections[0] }));
  await hook("verifier").filter({ hasText: "By event" }).waitFor();
  await made("By look");
  await page.evaluate(() => window.dispatchEvent(new Event("focus")));
  await hook("verifier").filter({ hasText: "By look" }).waitFor();
  await made("By time");
  await page.clock.fastForward(20_000);
  await hook("verifier").filter({ hasText: "By time" }).waitFor();
  await made("By view");
  await hook("nav-keys").click();
  await organization(hook);
  await hook("verifier").filter({ hasText: "By view" }).waitFor();
});

job("nothing yet says what a verifier is for, and how a service asks", "keys", async (page, hook) => {
  await page.evaluate(() => window.__fake.world.teams.forEach((team) => (team.verifiers = [])));
  await organization(hook);
  assert.match(await hook("no-verifier").innerText(), /curl https:\S+\/v1\/verify .*Bearer \$KEYDECK_VERIFIER/s);
});

job("a server that has none says so", "keys", async (page, hook) => {
  await page.evaluate(() => {
    const { world, emit } = window.__fake;
    world.connections[0].capabilities = { ...world.connections[0].capabilities, verifiers: false };
    emit({ event: "connection", connection: world.connections[0] });
  });
  await organization(hook);
  await page.getByText("This server has no verifiers.").waitFor();
  assert.equal(await count(page, "verifiers"), 0);
});
