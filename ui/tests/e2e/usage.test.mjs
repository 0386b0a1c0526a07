// Usage, as a person works with it: looked at, narrowed down, taken away, by mouse and by keyboard alone.
import assert from "node:assert/strict";
import { describe } from "node:test";
import { calls, focused, gone, job } from "./job.mjs";
import { brush, point, usage } from "./states_usage.mjs";

const number = (text) => Number(text.replace(/[^0-9]/g, ""));
const spoken = (hook) => hook("chart").getAttribute("aria-valuetext");
const title = (page) => page.locator("#chart-title").innerText();
const count = async (page, name) => (await calls(page)).filter((call) => call === name).length;
const rows = (hook) => hook("usage-row").evaluateAll((all) => all.map((row) => row.querySelector(".name").textContent.trim().replace(/\s+(live|test)?\s*(revoked)?$/, "")));
/** The figures of the table beneath the chart, column by column. */
const figures = (hook) =>
  hook("figures").evaluate((box) => {
    const text = (row) => [...row.children].map((cell) => cell.textContent.trim());
    return { head: text(box.querySelector("thead tr")), body: [...box.querySelectorAll("tbody tr")].map(text), foot: text(box.querySelector("tfoot tr")) };
  });

job("chart, tiles and table say the same, and add up", "keys", async (page, hook) => {
  await usage(page, hook);
  assert.equal(await title(page), "Verifications per day");
  const { head, body, foot } = await figures(hook);
  const together = head.indexOf("together");
  assert.equal(body.length, 30);
  for (const row of body) assert.equal(row.slice(1, together).reduce((sum, cell) => sum + number(cell), 0), number(row[together]));
  assert.equal(body.reduce((sum, row) => sum + number(row[together]), 0), number(foot[together]));
  assert.equal(number(await hook("tile-total").getAttribute("title")), number(foot[together]));
  assert.equal(number(await hook("tile-accepted").getAttribute("title")), number(foot[head.indexOf("accepted")]));
  await point(page, hook, 0.4);
  const tip = await hook("chart-tip").innerText();
  const day = body.find(([time]) => tip.startsWith(time));
  assert.match(tip, new RegExp(`together\\s+${day[together]}`));
});

job("a part is drawn with the mouse, and given back", "keys", async (page, hook) => {
  await usage(page, hook);
  const before = await hook("usage-range").innerText();
  await brush(page, hook, 0.42, 0.58);
  await hook("zoom-back").waitFor();
  await page.getByText("Verifications per hour").waitFor();
  await brush(page, hook, 0.4, 0.46);
  await page.getByRole("button", { name: "All of it" }).waitFor();
  await hook("zoom-back").click();
  await gone(page.getByRole("button", { name: "All of it" }));
  await hook("zoom-back").click();
  await page.waitForFunction((text) => document.querySelector("[data-testid=usage-range]").textContent === text, before);
});

job("the keyboard alone: figure by figure, closer, and back", "keys", async (page, hook) => {
  await page.keyboard.press("Tab");
  for (let i = 0; i < 30 && (await focused(page)) !== "Usage"; i++) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await hook("usage-row").first().waitFor();
  for (let i = 0; i < 40 && !(await hook("chart").evaluate((chart) => chart === document.activeElement)); i++) await page.keyboard.press("Tab");
  const last = await spoken(hook);
  assert.match(last, /so far: [\d,]+ verifications? \(.*accepted/);
  await page.keyboard.press("ArrowLeft");
  assert.equal(await spoken(hook), last);
  await page.keyboard.press("ArrowLeft");
  const other = await spoken(hook);
  assert.notEqual(other, last);
  const { body, head } = await figures(hook);
  const row = body.at(-2);
  assert.ok(other.startsWith(`${row[0]}: ${row[head.indexOf("together")]} verification`), other);
  await page.keyboard.press("Home");
  assert.equal(await hook("chart").getAttribute("aria-valuenow"), "0");
  for (let i = 0; i < 3; i++) await page.keyboard.press("Shift+ArrowRight");
  assert.match(await spoken(hook), /^From .* to .*Enter looks closer\.$/);
  await page.keyboard.press("Escape");
  assert.doesNotMatch(await spoken(hook), /^From/);
  for (let i = 0; i < 3; i++) await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Enter");
  await hook("zoom-back").waitFor();
  assert.ok(await hook("chart").evaluate((chart) => chart === document.activeElement), "the focus stays");
  await page.keyboard.press("Escape");
  await gone(hook("zoom-back"));
  assert.ok(await hook("chart").evaluate((chart) => chart === document.activeElement), "the focus stays");
});

job("new figures move nothing", "keys", async (page, hook) => {
  await usage(page, hook);
  await hook("range-day").click();
  await page.getByText("Verifications per quarter hour").waitFor();
  await hook("chart").focus();
  for (let i = 0; i < 4; i++) await page.keyboard.press("ArrowLeft");
  // A quarter hour may begin meanwhile: what is before it moves on then.
  const figure = async () => (await spoken(hook)).split(";")[0];
  const seen = await figure();
  await page.evaluate(() => {
    document.querySelector("canvas").dataset.mine = "yes";
    document.querySelector("[data-testid=usage-row]").dataset.mine = "yes";
  });
  const before = await count(page, "usage");
  await page.waitForFunction((n) => window.__fake.calls.filter((call) => call === "usage").length >= n + 4, before);
  assert.equal(await figure(), seen);
  assert.ok(await hook("chart-tip").isVisible());
  assert.ok(await hook("chart").evaluate((chart) => chart === document.activeElement));
  assert.equal(await page.locator("canvas[data-mine=yes]").count(), 1);
  assert.equal(await page.locator("[data-testid=usage-row][data-mine=yes]").count(), 1);
});

job("keys are laid over each other, sorted, and lead to their details", "keys", async (page, hook) => {
  await usage(page, hook);
  const busiest = await rows(hook);
  assert.deepEqual(busiest.slice(0, 2), ["Production server", "Analytics"]);
  assert.equal(busiest.at(-1), "unattributed: no known key");
  await page.getByRole("button", { name: "Key", exact: true }).click();
  const named = await rows(hook);
  assert.deepEqual(named.slice(0, -1), [...named.slice(0, -1)].sort((a, b) => a.localeCompare(b, "en")));
  assert.equal(named.at(-1), "unattributed: no known key");
  await page.getByRole("checkbox", { name: "Show Analytics in the chart" }).check();
  await page.getByRole("checkbox", { name: "Show Storefront in the chart" }).check();
  assert.equal(await hook("usage-group").inputValue(), "key");
  await page.waitForFunction(() => document.querySelectorAll(".legend button").length === 2);
  assert.deepEqual(await page.locator(".legend .cut").allInnerTexts(), ["Analytics", "Storefront"]);
  assert.match(await page.getByText("of at most 6 in the chart").innerText(), /^2 of/);
  // The line and the row are one.
  await page.locator(".legend button").first().hover();
  assert.match(await page.locator("tr.lit").innerText(), /Analytics/);
  await page.getByRole("button", { name: "Show the busiest" }).click();
  await page.waitForFunction(() => document.querySelectorAll(".legend button").length > 4);
  await page.getByRole("button", { name: "Analytics", exact: true }).last().click();
  await hook("drawer").waitFor();
  assert.match(await hook("drawer").getAttribute("aria-label"), /Analytics/);
});

job("test and live are never mixed up", "keys", async (page, hook) => {
  await usage(page, hook);
  await hook("usage-env-test").click();
  await page.locator("#chart-title .tag.test").waitFor();
  await page.waitForFunction(() => [...document.querySelectorAll("[data-testid=usage-row]")].every((row) => row.querySelector(".tag.test")));
  await hook("usage-env-live").click();
  await page.locator("#chart-title .tag.live").waitFor();
  await page.waitForFunction(() => [...document.querySelectorAll("[data-testid=usage-row]")].every((row) => row.querySelector(".tag.live")));
  await hook("usage-env-all").click();
  await hook("usage-group").selectOption("environment");
  await page.waitForFunction(() => document.querySelectorAll(".legend button").length === 3);
  assert.deepEqual(await page.locator(".legend .cut").allInnerTexts(), ["live", "test", "unattributed"]);
});

job("the zone can be found and changed; the step too", "keys", async (page, hook) => {
  await usage(page, hook);
  assert.match(await hook("zone").innerText(), /Europe\/Berlin/);
  await hook("zone").click();
  await hook("zone-search").fill("kath");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => /Kathmandu/.test(document.querySelector("[data-testid=zone]").textContent));
  assert.equal(await focused(page), "Time zone: Asia/Kathmandu");
  await hook("range-day").click();
  await hook("usage-step").selectOption("hour");
  await page.getByText("Verifications per hour").waitFor();
  // Hours begin with the full hour there, which is a quarter past here.
  assert.match((await figures(hook)).body[0][0], /:00 to \d\d:00$/);
  assert.deepEqual(await hook("usage-step").locator("option").evaluateAll((all) => all.map(({ value }) => value)), ["fits", "minute", "hour"]);
  await hook("zone").click();
  await page.keyboard.press("Escape");
  await gone(hook("zone-search"));
  assert.equal(await focused(page), "Time zone: Asia/Kathmandu");
});

job("own days are read as days there", "keys", async (page, hook) => {
  await usage(page, hook);
  await hook("range-own").click();
  await hook("own-from").fill("2026-10-24");
  await hook("own-to").fill("2026-10-26");
  await hook("own-to").press("Tab");
  await page.waitForFunction(() => /24 October 2026 to 26 October 2026/.test(document.querySelector("[data-testid=usage-range]").textContent));
  // The clocks change in between: one day more hours than the others.
  assert.equal((await figures(hook)).body.length, 73);
});

describe("what is taken away", () => {
  job("tells how far it is, and can be cancelled", "keys", async (page, hook) => {
    await usage(page, hook);
    await page.evaluate(() => (window.__fake.world.traffic.slowly = 8_000));
    await hook("usage-csv").click();
    await page.getByText(/written into a file, \d+ KB so far/).waitFor();
    assert.ok(await hook("usage-json").isDisabled());
    await page.getByRole("button", { name: "Cancel waiting" }).click();
    await page.getByText("The export was cancelled. Nothing of it is left.").waitFor();
    await page.evaluate(() => (window.__fake.world.traffic.slowly = 0));
    await hook("usage-json").click();
    await page.getByText("/home/ada/Documents/northwind-usage.json").waitFor();
  });
  job("is not there where the dialog was closed", "keys", async (page, hook) => {
    await usage(page, hook);
    await page.evaluate(() => (window.__fake.world.traffic.closes = true));
    await hook("usage-csv").click();
    await page.getByText("You closed the dialog: nothing was written.").waitFor();
  });
  job("can be a picture of the chart, with title, range and legend", "keys", async (page, hook) => {
    await usage(page, hook);
    await page.evaluate(() => {
      const save = window.__fake.savePicture;
      window.__fake.savePicture = (operation, stem, png) => ((window.__picture = { stem, png }), save(operation, stem, png));
    });
    await hook("usage-png").click();
    await hook("usage-written").waitFor();
    const { stem, png } = await page.evaluate(() => window.__picture);
    assert.match(stem, /^usage-\d{4}-\d\d-\d\d-to-\d{4}-\d\d-\d\d$/);
    const bytes = Buffer.from(png, "base64");
    assert.equal(bytes.subarray(1, 4).toString(), "PNG");
    const canvas = await page.locator("canvas").evaluate(({ width, height }) => ({ width, height }));
    assert.ok(bytes.readUInt32BE(16) > canvas.width && bytes.readUInt32BE(20) > canvas.height, "there is room for words around the chart");
  });
});

job("what does not come says so, and what was there stays", "keys", async (page, hook) => {
  await page.evaluate(() => window.__fake.world.fails.set("usage", "server_failed"));
  await hook("nav-usage").click();
  await page.getByText("The server failed").waitFor();
  await page.evaluate(() => window.__fake.world.fails.clear());
  await page.getByRole("button", { name: "Try again" }).click();
  await hook("usage-row").first().waitFor();
  const total = await hook("tile-total").innerText();
  await page.evaluate(() => window.__fake.world.down.add(window.__fake.world.connections[0].id));
  await hook("range-week").click();
  await hook("stale").waitFor();
  assert.match(await hook("stale").innerText(), /Not reachable since .*This is the usage of/s);
  assert.equal(await hook("tile-total").innerText(), total);
  assert.ok(await hook("usage-csv").isDisabled());
});

job(
  "LC_ALL=C draws, and what was changed for it is put back",
  "keys",
  async (page, hook) => {
    assert.equal(await page.evaluate(() => navigator.language), "C");
    await usage(page, hook);
    assert.equal(await page.evaluate(() => { try { new Intl.NumberFormat("C"); return "taken"; } catch (error) { return error.name; } }), "RangeError");
    await point(page, hook, 0.5);
  },
  { language: "C" },
);

job("a server that does not count has no such view", "keys", async (page, hook) => {
  await hook("nav-usage").waitFor();
  await page.evaluate(() => {
    const [connection] = window.__fake.world.connections;
    window.__fake.emit({ event: "connection", connection: { ...connection, capabilities: { ...connection.capabilities, usage: false } } });
  });
  await gone(hook("nav-usage"));
  assert.equal(await page.getByText("24 hours").count(), 0);
});
