// What a person does in the window, over the fake backend.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { hook, open, ready } from "./harness.mjs";
import { create, openDrawer } from "./states.mjs";

let browser;
before(async () => (browser = await open()));
after(() => browser.close());

/** A test in a window of its own, which must end without any fault. */
function job(name, scenario, steps, options) {
  test(name, async () => {
    const { page, faults, close } = await browser.window(scenario, options);
    try {
      await ready(page);
      await steps(page, (id) => hook(page, id));
      assert.deepEqual(faults, []);
    } finally {
      await close();
    }
  });
}

const focused = (page) => page.evaluate(() => document.activeElement?.textContent?.trim() || document.activeElement?.getAttribute("aria-label") || document.activeElement?.tagName);
const calls = (page) => page.evaluate(() => window.__fake.calls);
const gone = (locator) => locator.waitFor({ state: "detached" });
const names = (page) => page.getByTestId("key-row").evaluateAll((rows) => rows.map((row) => row.querySelector("b").textContent));

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
    await page.getByLabel("Address").fill("keys.northwind.example");
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
    await page.getByLabel("Address").fill("http://keys.northwind.example");
    await page.keyboard.press("Enter");
    await page.getByText("This address is not safe").waitFor();
    assert.equal(await page.getByRole("button", { name: "Add server" }).count(), 0);
  });
});

describe("by keyboard alone", () => {
  job("create, copy, look, edit, revoke", "keys", async (page, hook) => {
    await page.keyboard.press("n");
    await page.keyboard.type("Keyboard worker");
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowRight");
    await page.getByText("A live key: it acts on real data.").waitFor();
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Enter");
    await hook("secret-dialog").waitFor();
    assert.equal(await focused(page), "Copy");
    await page.keyboard.press("Enter");
    await hook("clipboard-note").waitFor();
    // The focus does not leave the dialog.
    for (let step = 0; step < 14; step++) {
      await page.keyboard.press("Tab");
      assert.ok(await page.evaluate(() => document.activeElement === document.body || document.querySelector("dialog").contains(document.activeElement)));
    }
    await hook("secret-done").focus();
    await page.keyboard.press("Enter");
    await gone(hook("secret-dialog"));

    await page.keyboard.press("/");
    await page.keyboard.type("keyboard");
    await page.waitForFunction(() => document.querySelectorAll("[data-testid='key-row']").length === 1);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await hook("drawer").waitFor();
    await hook("drawer-edit").focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Escape");
    await gone(hook("edit-save"));
    assert.equal(await focused(page), "Edit…");
    await hook("drawer-revoke").focus();
    await page.keyboard.press("Enter");
    assert.equal(await focused(page), "Cancel");
    await hook("revoke-confirm").focus();
    await page.keyboard.press("Enter");
    await hook("revoke-outcome").waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await gone(hook("drawer"));
    assert.match(await focused(page), /^Keyboard worker/);
  });

  job("the arrows move through the rows, and the drawer follows", "keys", async (page, hook) => {
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    const second = (await names(page))[1];
    assert.equal(await hook("drawer").getByRole("heading", { level: 2 }).innerText(), second);
    await page.keyboard.press("ArrowUp");
    assert.equal(await hook("drawer").getByRole("heading", { level: 2 }).innerText(), (await names(page))[0]);
    await page.keyboard.press("End");
    assert.equal(await hook("drawer").getByRole("heading", { level: 2 }).innerText(), (await names(page)).at(-1));
  });

  job("everything that can be pressed shows where the focus is", "keys", async (page) => {
    const seen = new Set();
    for (let step = 0; step < 40; step++) {
      await page.keyboard.press("Tab");
      const found = await page.evaluate(() => {
        const element = document.activeElement;
        if (!element || element === document.body) return null;
        const around = element.closest(".choice, .org, label") ?? element;
        const ring = [element, around].some((one) => getComputedStyle(one).outlineStyle !== "none");
        return { what: element.textContent?.trim().slice(0, 30) || element.getAttribute("aria-label"), ring };
      });
      if (!found) continue;
      assert.ok(found.ring, `no ring on ${found.what}`);
      seen.add(found.what);
    }
    for (const wanted of ["Settings", "+ Add server", "Create key N", "Name", "Expires"]) {
      assert.ok([...seen].some((what) => what?.replace(/\s+/g, " ") === wanted), `${wanted} is reached; seen: ${[...seen].join(" | ")}`);
    }
  });
});

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

describe("changing a key", () => {
  job("nothing is saved over somebody else's change; both are shown, mine goes on top", "rival", async (page, hook) => {
    await openDrawer(page);
    await hook("drawer-edit").click();
    await page.locator("[data-scope='invoices:read']").click();
    await hook("edit-save").click();
    await page.getByText("Somebody else changed this key meanwhile").waitFor();
    assert.match(await page.getByRole("region", { name: "Changed by somebody else" }).innerText(), /Production server \(renamed\)/);
    assert.match(await hook("edit-diff").innerText(), /do more: invoices:read/);
    await hook("edit-save").click();
    await gone(hook("edit-save"));
    assert.match(await hook("drawer").innerText(), /delete, invoices:read, read, write/);
    assert.match(await hook("drawer").innerText(), /renamed/);
  });

  job("a live key is revoked only by its name", "keys", async (page, hook) => {
    await openDrawer(page, "Analytics");
    await hook("drawer-revoke").click();
    assert.ok(await hook("revoke-confirm").isDisabled());
    await hook("revoke-name").fill("Analytics");
    await hook("revoke-confirm").click();
    assert.match(await hook("revoke-outcome").innerText(), /does not hold the secret/);
  });

  job("disabled and enabled again", "keys", async (page, hook) => {
    await openDrawer(page, "Storefront");
    await hook("drawer-disable").click();
    await hook("enable-confirm").click();
    await page.getByText("Storefront is disabled.").waitFor();
    assert.equal(await hook("drawer-status").innerText(), "disabled");
    await hook("drawer-disable").click();
    await hook("enable-confirm").click();
    await page.getByText("Storefront is enabled.").waitFor();
    assert.equal(await hook("drawer-status").innerText(), "active");
  });

  job("what the server refuses lands at its field", "keys", async (page, hook) => {
    await hook("create-open").click();
    await hook("create-submit").click();
    await page.getByText("The key needs a name.").waitFor();
    await hook("create-name").fill("Billing worker");
    await page.getByText("Allowed addresses, metadata, note, kind").click();
    await page.getByLabel("Allowed addresses").fill("here!");
    await hook("create-submit").click();
    await page.getByText("Must be an address").waitFor();
    assert.equal(await page.getByLabel("Allowed addresses").getAttribute("aria-invalid"), "true");
    assert.equal(await hook("create-name").inputValue(), "Billing worker");
  });

  job("a viewer sees, and is told why nothing can be changed", "viewer", async (page, hook) => {
    assert.ok(await hook("create-open").isDisabled());
    await openDrawer(page);
    assert.ok(await hook("drawer-revoke").isDisabled());
    await page.getByText("Viewers change nothing.").waitFor();
  });
});

describe("when something is wrong", () => {
  job("a session that ends keeps what was typed", "keys", async (page, hook) => {
    await hook("create-open").click();
    await hook("create-name").fill("Half typed");
    await page.evaluate(() => window.__fake.endSession(window.__fake.world.connections[0].id));
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
    const { page, faults, close } = await browser.window("slow");
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

describe("the list", () => {
  job("ten thousand keys: a few rows drawn, scrolled to load more", "many", async (page, hook) => {
    await page.getByText("10,000 keys").first().waitFor();
    assert.ok((await hook("key-row").count()) < 60);
    const box = page.getByTestId("keys-table").locator("..");
    for (let page_ = 0; page_ < 6; page_++) {
      const before = await box.evaluate((element) => element.scrollHeight);
      await box.evaluate((element) => (element.scrollTop = element.scrollHeight));
      await page.waitForFunction(([element, height]) => element.scrollHeight > height, [await box.elementHandle(), before]);
    }
    assert.ok((await hook("key-row").count()) < 60);
    assert.ok(Number(await hook("key-row").first().getAttribute("aria-rowindex")) > 400);
  });

  job("sorted by the headers, searched by the server, and cleared again", "keys", async (page, hook) => {
    const header = page.getByRole("columnheader", { name: "Name" });
    await header.getByRole("button").click();
    await page.waitForFunction(() => document.querySelector("[data-testid='key-row'] b").textContent === "Analytics");
    assert.equal(await header.getAttribute("aria-sort"), "ascending");
    await header.getByRole("button").click();
    await page.waitForFunction(() => document.querySelector("[data-testid='key-row'] b").textContent === "Storefront");
    assert.equal(await header.getAttribute("aria-sort"), "descending");
    await hook("search").fill("bob@");
    await page.waitForFunction(() => document.querySelectorAll("[data-testid='key-row']").length === 1);
    assert.deepEqual(await names(page), ["Ingest worker (old)"]);
    await hook("search").fill("%");
    await page.getByText("No key matches").waitFor();
    await page.getByRole("button", { name: "Show all keys" }).click();
    await hook("keys-table").waitFor();
    assert.equal((await names(page)).length, 10);
  });

  for (const scenario of ["keys", "longnames"]) {
    job(
      `all columns are in sight at 960 × 600: ${scenario}`,
      scenario,
      async (page) => {
        const edges = await page.getByRole("columnheader").evaluateAll((cells) => cells.map((cell) => cell.getBoundingClientRect().right));
        assert.equal(edges.length, 6);
        assert.ok(Math.max(...edges) <= 960, `${edges}`);
        const cut = await page.evaluate(() =>
          [...document.querySelectorAll("[data-testid='key-status'], .c-used > *, .c-expires > *, .c-key .mono, .c-scopes .more")]
            .filter((element) => {
              const cell = element.closest("td");
              const room = cell.getBoundingClientRect().right - parseFloat(getComputedStyle(cell).paddingRight);
              const block = getComputedStyle(element).display !== "inline";
              return element.getBoundingClientRect().right > room + 0.5 || (block && element.scrollWidth > element.clientWidth + 1);
            })
            .map((element) => element.textContent),
        );
        assert.deepEqual(cut, []);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.equal(wide, 960);
      },
      { width: 960, height: 600 },
    );
  }

  job(
    "with the drawer open, Status stays in sight",
    "keys",
    async (page, hook) => {
      await openDrawer(page);
      const status = await hook("key-status").first().boundingBox();
      const drawer = await hook("drawer").boundingBox();
      assert.ok(status.x + status.width <= drawer.x);
    },
    { width: 960, height: 600 },
  );

  job("another organization, and back", "keys", async (page) => {
    await page.getByLabel("Organization").selectOption({ label: "Northwind Labs" });
    await page.getByText("No keys yet").waitFor();
    await page.getByLabel("Organization").selectOption({ label: "Northwind" });
    await page.getByText("10 keys").first().waitFor();
  });
});

describe("a language that Intl refuses", () => {
  job(
    "LC_ALL=C draws all the same",
    "keys",
    async (page, hook) => {
      assert.equal(await page.evaluate(() => navigator.language), "C");
      await openDrawer(page);
      await hook("drawer-edit").click();
      await page.getByText("Works until").waitFor();
    },
    { language: "C" },
  );
});

describe("settings", () => {
  job("a clipboard that is never cleared is warned of", "keys", async (page, hook) => {
    await hook("nav-settings").click();
    await page.getByLabel("Clear a copied secret").selectOption("never");
    await page.getByText("A copied secret stays in the clipboard").waitFor();
    assert.equal(await page.evaluate(() => window.__fake.world.preferences.clear_clipboard_after), null);
    await hook("nav-keys").click();
    await openDrawer(page);
    await hook("drawer-copy").click();
    assert.match(await hook("clipboard-note").innerText(), /not cleared/);
    await page.getByRole("button", { name: "Clear now" }).click();
    await gone(hook("clipboard-note"));
  });

  job("a server is removed after asking", "keys", async (page, hook) => {
    await hook("nav-settings").click();
    await page.getByRole("button", { name: "Remove Eliza staging" }).click();
    await hook("remove-confirm").click();
    await page.getByText("Eliza staging was removed.").waitFor();
    assert.equal(await page.getByRole("button", { name: "Edit Eliza staging" }).count(), 0);
  });
});
