// The dialog that shows a new secret once: copied, revealed, stored, discarded.
import assert from "node:assert/strict";
import { describe } from "node:test";
import { calls, focused, gone, job } from "./job.mjs";
import { create, openDrawer } from "./states.mjs";

describe("the copy-once dialog", () => {
  job("without a keychain it stays until the secret is stored", "absent", async (page, hook) => {
    await create(page);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await page.getByText("Not yet.").waitFor();
    assert.ok(await hook("secret-dialog").isVisible());
    assert.ok(await hook("secret-stored").isDisabled());
    await hook("secret-copy").click();
    await hook("secret-stored").click();
    await hook("secret-done").click();
    await gone(hook("secret-dialog"));
    assert.ok((await calls(page)).includes("confirmStored"));
  });

  job("closed without a word, the key stays marked and can still be copied", "keys", async (page, hook) => {
    await create(page, "Mail relay");
    await page.keyboard.press("Escape");
    await gone(hook("secret-dialog"));
    await page.getByText("1 new key is not stored yet.").waitFor();
    await openDrawer(page, "Mail relay");
    assert.match(await hook("drawer").innerText(), /not stored yet/);
    await hook("drawer-copy").click();
    await hook("clipboard-note").waitFor();
    await hook("drawer").getByRole("button", { name: "I have stored it" }).click();
    await page.getByText("This computer does not hold the secret").waitFor();
    assert.equal(await page.getByText("not stored yet").count(), 0);
  });

  job("what is said of the clipboard is of this copy, and nothing moves when it is made", "keys", async (page, hook) => {
    await openDrawer(page);
    await hook("drawer-copy").click();
    await page.getByRole("button", { name: "Clear now" }).click();
    await gone(hook("clipboard-note"));
    await create(page);
    assert.equal(await hook("clipboard-note").count(), 0);
    assert.match(await hook("secret-dialog").innerText(), /The clipboard is cleared 30 s after a copy/);
    const places = () => page.evaluate(() => ["secret-copy", "secret-copy-as", "secret-keep", "secret-done"].map((id) => document.querySelector(`[data-testid=${id}]`).getBoundingClientRect().y));
    const before = await places();
    await hook("secret-copy").click();
    await page.getByText("The clipboard is cleared in").waitFor();
    assert.deepEqual(await places(), before);
    await page.getByRole("button", { name: "Clear now" }).click();
    await page.getByText("The clipboard was cleared.").waitFor();
    assert.deepEqual(await places(), before);
    await hook("secret-copy-as").click();
    await page.getByLabel("Name of the variable").waitFor();
    assert.deepEqual((await places()).slice(0, 2), before.slice(0, 2));
    // A failure is told whoever copied.
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await gone(hook("secret-dialog"));
    await page.evaluate(() => window.__fake.emit({ event: "clipboard", clipboard: { holds_secret: false, hint: null, clears_at: null, seconds_left: null, ended: "failed" } }));
    await create(page);
    await page.getByText("The clipboard could not be cleared.").waitFor();
  });

  job("Escape closes what was opened last", "keys", async (page, hook) => {
    await create(page);
    await hook("secret-copy-as").click();
    await page.getByLabel("Name of the variable").focus();
    await page.keyboard.press("Escape");
    await gone(page.getByLabel("Name of the variable"));
    assert.match(await focused(page), /^Copy as/);
    await page.keyboard.press("Escape");
    await gone(hook("secret-dialog"));
    await openDrawer(page);
    const copyAs = hook("drawer").getByRole("button", { name: "Copy as" });
    await copyAs.click();
    await page.getByLabel("Name of the variable").focus();
    await page.keyboard.press("Escape");
    await gone(page.getByLabel("Name of the variable"));
    assert.match(await focused(page), /^Copy as/);
    await page.keyboard.press("Escape");
    await gone(hook("drawer"));
  });

  job("a keychain that took a secret works, also where it did not when it was last looked at", "locked", async (page, hook) => {
    await page.evaluate(() => {
      window.__fake.world.keychain = "working";
    });
    await create(page);
    await hook("secret-done").click();
    await gone(hook("secret-dialog"));
    await hook("nav-settings").click();
    assert.equal(await hook("keychain-state").innerText(), "Working");
  });

  job("copied as a variable, under a name that can be changed", "keys", async (page, hook) => {
    await page.evaluate(() => {
      const copy = window.__fake.copySecret;
      window.__copied = [];
      window.__fake.copySecret = (key, form) => (window.__copied.push(form), copy(key, form));
    });
    await create(page, "Billing worker");
    await hook("secret-copy-as").click();
    await page.getByLabel("Name of the variable").fill("2bad");
    assert.ok(await page.getByRole("button", { name: "Copy NAME=value" }).isDisabled());
    await page.getByLabel("Name of the variable").fill("BILLING");
    await page.getByRole("button", { name: "Copy NAME=value" }).click();
    await page.getByRole("button", { name: "Copy curl header" }).click();
    assert.deepEqual(await page.evaluate(() => window.__copied), [{ form: "environment", variable: "BILLING" }, { form: "curl_header" }]);
  });

  job("revealed in a frame that the page can't read, and hidden again", "keys", async (page, hook) => {
    await create(page);
    await hook("secret-reveal").click();
    await page.getByText("Hidden again in").waitFor();
    assert.equal(await hook("secret-frame").getAttribute("sandbox"), "");
    assert.doesNotMatch(await page.content(), /SEALED/);
    assert.equal(await hook("secret-frame").evaluate((frame) => frame.contentDocument), null);
    const visited = [];
    page.on("request", (request) => visited.push(request.url()));
    await hook("secret-hide").click();
    await gone(hook("secret-frame"));
    assert.deepEqual(visited, ["http://sealed.localhost/blank"]);
    assert.ok((await calls(page)).includes("endReveal"));
  });

  job("revealed, then discarded or done: the frame is covered before it goes", "keys", async (page, hook) => {
    await create(page);
    const visited = [];
    page.on("request", (request) => visited.push(new URL(request.url()).pathname));
    for (const leave of ["secret-discard", "secret-done"]) {
      await hook("secret-reveal").click();
      await page.getByText("Hidden again in").waitFor();
      await hook(leave).click();
      await gone(hook("secret-frame"));
      assert.equal(visited.at(-1), "/blank");
      if (leave === "secret-discard") await page.keyboard.press("Escape");
    }
    await gone(hook("secret-dialog"));
  });

  job("a frame that was refused is told, not shown as empty", "keys", async (page, hook) => {
    await page.evaluate(() => (window.__fake.revealServed = () => Promise.resolve(false)));
    await create(page);
    await hook("secret-reveal").click();
    await page.getByText("The secret could not be shown").waitFor();
    await gone(hook("secret-frame"));
  });

  job("discarding asks, revokes, and says that the key is refused", "keys", async (page, hook) => {
    await create(page);
    await hook("secret-discard").click();
    assert.equal(await focused(page), "Back");
    await hook("discard-confirm").click();
    assert.match(await hook("revoke-outcome").innerText(), /refuses this key now/);
    await hook("discard-close").click();
    await gone(hook("secret-dialog"));
  });

  job("a lost answer is sent again, and then the secret can be copied", "lost", async (page, hook) => {
    await create(page);
    await page.getByText("no answer came").waitFor();
    await hook("handoff-resend").click();
    await hook("secret-copy").click();
    await hook("clipboard-note").waitFor();
  });
});
