// The states of usage: the chart, unused keys, alerts, webhooks, and what a key's traffic is said to be.
//
// Hooks: nav-usage, nav-alerts, usage, usage-traffic, usage-unused, usage-alerts, usage-csv, usage-json, usage-png,
//   usage-written, range-day (and -week, -month, -year, -own), own-from, own-to, usage-env-all (and -test, -live),
//   usage-group, usage-step, usage-compare, zone, zone-search, tiles, tile-total (and -accepted, -refused,
//   -unattributed, -change), chart (with data-drawn), chart-tip, usage-range, zoom-back, figures-open, figures,
//   usage-keys, usage-row (with data-id), idle-30 (and -90, -180, -never), stale-keys, stale-key, stale-more, alerts,
//   alert, sparkline, hour-bars, key-traffic, scopes-never, last-used, traffic-now, set-notices, webhooks, webhook,
//   webhook-last, webhook-new, webhook-name, webhook-url, webhook-submit, webhook-copy, webhook-done, webhook-dialog,
//   no-webhook, remove-webhook, remove-webhook-confirm.
import { organization } from "./states_team.mjs";

/** Opens the usage view and waits until the chart is drawn and the table is there. */
export async function usage(page, hook) {
  await hook("nav-usage").click();
  await hook("chart").and(page.locator("[data-drawn]")).waitFor();
  await hook("usage-row").first().waitFor();
}

/** Changes the fake's traffic before it is asked for. */
const traffic = (page, part) => page.evaluate((changed) => Object.assign(window.__fake.world.traffic, changed), part);

export async function alerted(page) {
  await page.evaluate(async () => {
    const [connection] = window.__fake.world.connections;
    await window.__fake.alerts("before", connection.id, connection.organization);
    const [{ key }] = window.__fake.world.keys.get(connection.organization);
    const alert = { sequence: 77, at: new Date().toISOString(), notice: { kind: "new_network", address: "198.51.100.77" }, key: key.id, key_name: key.name, until: new Date(Date.now() + 86_400_000).toISOString() };
    const there = window.__fake.world.traffic.alerts;
    there.set(connection.organization, [alert, ...(there.get(connection.organization) ?? [])]);
    window.__fake.emit({ event: "alerted", connection: connection.id, organization: connection.organization, alerts: [alert] });
  });
  await page.getByTestId("nav-alerts").waitFor();
}

export async function webhooks(hook) {
  await organization(hook);
  await hook("webhook").first().scrollIntoViewIfNeeded();
}

export async function makeWebhook(hook, name) {
  await hook("webhook-new").click();
  await hook("webhook-name").fill(name);
  await hook("webhook-url").fill("https://chat.northwind.example/hooks/9");
  await hook("webhook-submit").click();
  await hook("webhook-copy").waitFor();
}

const over = async (hook, share) => {
  const box = await hook("chart").boundingBox();
  return { x: box.x + 60 + (box.width - 80) * share, y: box.y + 120 };
};

/** Draws with the mouse over a part of the chart. */
export async function brush(page, hook, from, to) {
  const [a, b] = [await over(hook, from), await over(hook, to)];
  await page.mouse.move(a.x, a.y);
  await page.mouse.down();
  await page.mouse.move((a.x + b.x) / 2, a.y, { steps: 3 });
  await page.mouse.move(b.x, b.y, { steps: 3 });
  await page.mouse.up();
}

export async function point(page, hook, share) {
  const { x, y } = await over(hook, share);
  await page.mouse.move(x, y);
  await hook("chart-tip").waitFor();
}

export const USAGE_STATES = {
  usage: { scenario: "keys", steps: usage },
  "usage-day": {
    scenario: "keys",
    steps: async (page, hook) => {
      await usage(page, hook);
      await hook("range-day").click();
      await page.getByText("Verifications per quarter hour").waitFor();
      await point(page, hook, 0.4);
    },
  },
  "usage-year": {
    scenario: "keys",
    steps: async (page, hook) => {
      await usage(page, hook);
      await hook("range-year").click();
      await page.waitForFunction(() => /per day/.test(document.querySelector("#chart-title").textContent) && document.querySelectorAll("[data-testid=figures]").length === 0);
    },
  },
  "usage-months": {
    scenario: "keys",
    steps: async (page, hook) => {
      await usage(page, hook);
      await hook("range-year").click();
      await hook("usage-step").selectOption("month");
      await page.getByText("Verifications per month").waitFor();
    },
  },
  "usage-keys": {
    scenario: "keys",
    steps: async (page, hook) => {
      await usage(page, hook);
      await hook("range-week").click();
      await hook("usage-group").selectOption("key");
      await page.getByRole("button", { name: "Production server" }).first().waitFor();
      await point(page, hook, 0.7);
    },
  },
  "usage-environments": {
    scenario: "keys",
    steps: async (page, hook) => {
      await usage(page, hook);
      await hook("usage-group").selectOption("environment");
      await page.locator(".legend").getByText("live").waitFor();
    },
  },
  "usage-routes": {
    scenario: "keys",
    steps: async (page, hook) => {
      await usage(page, hook);
      await hook("usage-group").selectOption("route");
      await page.getByText("/search").first().waitFor();
    },
  },
  "usage-live": {
    scenario: "keys",
    steps: async (page, hook) => {
      await usage(page, hook);
      await hook("usage-env-live").click();
      await page.getByText("unattributed: left out").waitFor();
    },
  },
  "usage-own": {
    scenario: "keys",
    steps: async (page, hook) => {
      await usage(page, hook);
      await hook("range-own").click();
      await hook("own-from").waitFor();
    },
  },
  "usage-own-backwards": {
    scenario: "keys",
    steps: async (page, hook) => {
      await usage(page, hook);
      await hook("range-own").click();
      await hook("own-from").fill("2026-11-20");
      await hook("own-from").press("Tab");
      await hook("own-to").fill("2026-11-02");
      await hook("own-to").press("Tab");
      await page.getByText("The range ends before it begins.").waitFor();
    },
  },
  "usage-zoomed": {
    scenario: "keys",
    steps: async (page, hook) => {
      await usage(page, hook);
      await brush(page, hook, 0.5, 0.62);
      await hook("zoom-back").waitFor();
      await page.getByText("Verifications per hour").waitFor();
    },
  },
  "usage-zone": {
    scenario: "keys",
    steps: async (page, hook) => {
      await usage(page, hook);
      await hook("zone").click();
      await hook("zone-search").fill("kath");
      await page.getByRole("listbox", { name: "Time zones" }).getByRole("option").first().waitFor();
    },
  },
  "usage-figures": {
    scenario: "keys",
    steps: async (page, hook) => {
      await usage(page, hook);
      await hook("figures-open").click();
      await hook("figures").scrollIntoViewIfNeeded();
    },
  },
  "usage-keyboard": {
    scenario: "keys",
    steps: async (page, hook) => {
      await usage(page, hook);
      await hook("chart").focus();
      for (let i = 0; i < 6; i++) await page.keyboard.press("ArrowLeft");
      for (let i = 0; i < 5; i++) await page.keyboard.press("Shift+ArrowLeft");
      await hook("chart-tip").waitFor();
    },
  },
  "usage-none": {
    scenario: "keys",
    steps: async (page, hook) => {
      await traffic(page, { counted: null });
      await hook("nav-usage").click();
      await page.getByText("Nothing was verified yet").waitFor();
    },
  },
  "usage-nothing-in-range": {
    scenario: "keys",
    steps: async (page, hook) => {
      await traffic(page, { scale: 0 });
      await hook("nav-usage").click();
      await page.getByText("Nothing was verified in this range.").waitFor();
    },
  },
  "usage-began": {
    scenario: "keys",
    steps: async (page, hook) => {
      await traffic(page, { counted: 9 * 86_400_000 });
      await usage(page, hook);
    },
  },
  "usage-one": {
    scenario: "keys",
    steps: async (page, hook) => {
      await traffic(page, { counted: 40 * 60_000 });
      await usage(page, hook);
      await hook("range-own").click();
      const today = await hook("own-to").inputValue();
      await hook("own-from").fill(today);
      await hook("own-from").press("Tab");
      await page.getByText("Verifications per quarter hour").waitFor();
      await page.waitForFunction(() => [...document.querySelectorAll("[data-testid=usage-step] option")].length > 1);
    },
  },
  "usage-few": {
    scenario: "keys",
    steps: async (page, hook) => {
      await usage(page, hook);
      await hook("range-own").click();
      const day = 86_400_000;
      await hook("own-from").fill(await page.evaluate((at) => new Date(Date.now() - at).toISOString().slice(0, 10), 3 * day));
      await hook("own-from").press("Tab");
      await hook("own-to").fill(await page.evaluate((at) => new Date(Date.now() - at).toISOString().slice(0, 10), 2 * day));
      await hook("own-to").press("Tab");
      await hook("usage-step").selectOption("day");
      await page.getByText("Verifications per day").waitFor();
      await point(page, hook, 0.3);
    },
  },
  "usage-failed": {
    scenario: "keys",
    steps: async (page, hook) => {
      await page.evaluate(() => window.__fake.world.fails.set("usage", "server_failed"));
      await hook("nav-usage").click();
      await page.getByText("The server failed").waitFor();
    },
  },
  "usage-loading": {
    scenario: "keys",
    steps: async (page, hook) => {
      await page.evaluate(() => (window.__fake.world.latency = 60_000));
      await hook("nav-usage").click();
      await page.getByRole("button", { name: "Cancel" }).waitFor();
    },
  },
  "usage-old": {
    scenario: "keys",
    steps: async (page, hook) => {
      await usage(page, hook);
      await page.evaluate(() => {
        const [connection] = window.__fake.world.connections;
        window.__fake.world.down.add(connection.id);
      });
      await hook("usage-group").selectOption("key");
      await hook("stale").waitFor();
    },
  },
  "usage-exported": {
    scenario: "keys",
    steps: async (page, hook) => {
      await usage(page, hook);
      await hook("usage-csv").click();
      await hook("usage-written").waitFor();
    },
  },
  "usage-exporting": {
    scenario: "keys",
    steps: async (page, hook) => {
      await usage(page, hook);
      await traffic(page, { slowly: 30_000 });
      await hook("usage-csv").click();
      await page.getByText("The figures are written into a file, ").waitFor();
    },
  },
  "usage-long": {
    scenario: "longnames",
    steps: async (page, hook) => {
      await usage(page, hook);
      await hook("usage-group").selectOption("key");
      await page.locator(".legend button").nth(3).waitFor();
    },
  },
  "usage-many": {
    scenario: "many",
    steps: async (page, hook) => {
      await usage(page, hook);
      await hook("usage-row").last().scrollIntoViewIfNeeded();
    },
  },
  "unused-keys": {
    scenario: "keys",
    steps: async (page, hook) => {
      await hook("nav-usage").click();
      await hook("usage-unused").click();
      await page.getByText("Every key is in use").waitFor();
      await hook("idle-never").click();
      await hook("stale-key").first().waitFor();
    },
  },
  "unused-keys-many": {
    scenario: "many",
    steps: async (page, hook) => {
      await hook("nav-usage").click();
      await hook("usage-unused").click();
      await hook("idle-30").click();
      await hook("stale-more").waitFor();
    },
  },
  alerts: {
    scenario: "keys",
    steps: async (page, hook) => {
      await hook("nav-usage").click();
      await hook("usage-alerts").click();
      await hook("alert").first().waitFor();
      await alerted(page);
      await page.locator(".fresh").first().waitFor();
    },
  },
  alerted: {
    scenario: "keys",
    steps: async (page) => {
      await page.getByTestId("key-row").first().waitFor();
      await alerted(page);
      await page.getByTestId("notice").waitFor();
    },
  },
  "alerts-none": {
    scenario: "empty",
    steps: async (page, hook) => {
      await hook("nav-usage").click();
      await hook("usage-alerts").click();
      await page.getByText("Nothing to look at").waitFor();
    },
  },
  sparklines: {
    scenario: "keys",
    steps: async (page) => {
      await page.getByTestId("sparkline").first().waitFor({ state: "attached" });
    },
  },
  "drawer-traffic": {
    scenario: "keys",
    steps: async (page, hook) => {
      await page.getByTestId("key-row").first().click();
      await hook("hour-bars").scrollIntoViewIfNeeded();
    },
  },
  "drawer-traffic-failed": {
    scenario: "keys",
    steps: async (page, hook) => {
      await page.evaluate(() => window.__fake.world.fails.set("keyUsage", "timeout"));
      await page.getByTestId("key-row").first().click();
      await page.getByText("Its traffic is not known").scrollIntoViewIfNeeded();
      await hook("drawer").waitFor();
    },
  },
  "revoke-traffic": {
    scenario: "keys",
    steps: async (page, hook) => {
      await page.getByTestId("key-row").first().click();
      await hook("drawer-revoke").click();
      await hook("traffic-now").getByText("in the last 24 hours").waitFor();
    },
  },
  "revoke-traffic-unknown": {
    scenario: "keys",
    steps: async (page, hook) => {
      await page.getByTestId("key-row").first().click();
      await page.evaluate(() => window.__fake.world.fails.set("keyUsage", "timeout"));
      await hook("drawer-revoke").click();
      await hook("traffic-now").getByText("not known").waitFor();
    },
  },
  "disable-traffic": {
    scenario: "keys",
    steps: async (page, hook) => {
      await page.getByTestId("key-row").first().click();
      await hook("drawer-disable").click();
      await hook("traffic-now").getByText("in the last 24 hours").waitFor();
    },
  },
  webhooks: { scenario: "keys", steps: (_page, hook) => webhooks(hook) },
  "webhook-new": {
    scenario: "keys",
    steps: async (page, hook) => {
      await webhooks(hook);
      await hook("webhook-new").click();
      await hook("webhook-url").fill("http://chat.northwind.example");
      await hook("webhook-submit").click();
      await page.getByText("An address that begins with https://.").waitFor();
    },
  },
  "webhook-made": {
    scenario: "keys",
    steps: async (_page, hook) => {
      await webhooks(hook);
      await makeWebhook(hook, "Second room");
      await hook("webhook-copy").click();
      await hook("clipboard-note").waitFor();
    },
  },
  "webhook-remove": {
    scenario: "keys",
    steps: async (page, hook) => {
      await webhooks(hook);
      await page.getByRole("button", { name: "Remove Pager" }).click();
      await hook("remove-webhook").waitFor();
    },
  },
};
