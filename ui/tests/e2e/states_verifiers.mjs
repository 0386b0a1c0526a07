// The states of an organization's verifiers.
import { organization } from "./states_team.mjs";

export const VERIFIER_STATES = {
  verifiers: {
    scenario: "keys",
    steps: async (page, hook) => {
      await verifiers(hook);
      await page.getByText("Revoked (1)").click();
      await hook("verifiers").scrollIntoViewIfNeeded();
    },
  },
  "verifiers-viewer": { scenario: "viewer", steps: (_page, hook) => verifiers(hook) },
  "verifiers-long": {
    scenario: "longnames",
    steps: async (page, hook) => {
      await verifiers(hook);
      await make(hook, "The service that settles what is owed ".repeat(3).slice(0, 100));
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: /^Hand over/ }).scrollIntoViewIfNeeded();
    },
  },
  "verifiers-none": {
    scenario: "keys",
    steps: async (page, hook) => {
      await page.evaluate(() => window.__fake.world.teams.forEach((team) => (team.verifiers = [])));
      await organization(hook);
      await hook("no-verifier").scrollIntoViewIfNeeded();
    },
  },
  "verifiers-failed": {
    scenario: "keys",
    steps: async (page, hook) => {
      await page.evaluate(() => window.__fake.world.fails.set("verifiers", "server_failed"));
      await organization(hook);
      await page.getByText("The server failed").scrollIntoViewIfNeeded();
    },
  },
  "verifier-new": {
    scenario: "keys",
    steps: async (page, hook) => {
      await verifiers(hook);
      await hook("verifier-new").click();
      await hook("verifier-submit").click();
      await page.getByText("Say which service it is for.").waitFor();
    },
  },
  "verifier-lost": {
    scenario: "keys",
    steps: async (page, hook) => {
      await page.evaluate(() => (window.__fake.world.loses = true));
      await verifiers(hook);
      await hook("verifier-new").click();
      await hook("verifier-name").fill("Mail API");
      await hook("verifier-submit").click();
      await page.getByText("revoke it and make another").waitFor();
    },
  },
  "verifier-made": {
    scenario: "keys",
    steps: async (_page, hook) => {
      await verifiers(hook);
      await make(hook, "Mail API");
      await hook("verifier-copy").click();
      await hook("clipboard-note").waitFor();
    },
  },
  "verifier-not-copied": {
    scenario: "keys",
    steps: async (page, hook) => {
      await verifiers(hook);
      await make(hook, "Mail API");
      await hook("verifier-done").click();
      await page.getByText("It was not copied").waitFor();
    },
  },
  "verifier-revoke": {
    scenario: "keys",
    steps: async (page, hook) => {
      await verifiers(hook);
      await page.getByRole("button", { name: "Revoke Billing API" }).click();
      await hook("revoke-verifier").waitFor();
    },
  },
};

export async function verifiers(hook) {
  await organization(hook);
  await hook("verifier").first().scrollIntoViewIfNeeded();
}

export async function make(hook, name) {
  await hook("verifier-new").click();
  await hook("verifier-name").fill(name);
  await hook("verifier-submit").click();
  await hook("verifier-copy").waitFor();
}
