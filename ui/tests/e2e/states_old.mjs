// The states in which the server does not answer, and what was loaded before is still there.
import { audit, organization, people } from "./states_team.mjs";

/** From now on the server of the connection that is shown does not answer. */
export const unplug = (page) => page.evaluate(() => window.__fake.world.down.add(window.__fake.world.connections[0].id));
export const plugIn = (page) => page.evaluate(() => window.__fake.world.down.clear());

export const OLD_STATES = {
  "people-old": {
    scenario: "keys",
    steps: async (page, hook) => {
      await people(hook);
      await unplug(page);
      await hook("invitation-withdraw").first().click();
      await hook("stale").waitFor();
    },
  },
  "invite-old": {
    scenario: "keys",
    steps: async (page, hook) => {
      await people(hook);
      await hook("invite-open").click();
      await hook("invite-email").fill("katherine@northwind.example");
      await unplug(page);
      await hook("invite-submit").click();
      await hook("wait").scrollIntoViewIfNeeded();
    },
  },
  "organization-old": {
    scenario: "keys",
    steps: async (page, hook) => {
      await organization(hook);
      await hook("organization-name").fill("Northwind Traders");
      await unplug(page);
      await hook("organization-save").click();
      await hook("stale").waitFor();
    },
  },
  "account-old": {
    scenario: "keys",
    steps: async (page, hook) => {
      await openAccount(hook);
      await hook("password-open").click();
      await unplug(page);
      await page.getByRole("button", { name: "End session of A program" }).click();
      await hook("stale").waitFor();
    },
  },
  notices: {
    scenario: "keys",
    steps: async (page, hook) => {
      await page.evaluate(() => window.__fake.world.fails.set("copySecret", "clipboard").set("showConnection", "settings"));
      await page.getByRole("button", { name: "On this computer" }).click();
      await page.getByRole("button", { name: /Northwind production/ }).click();
      await hook("keys-table").waitFor();
      for (const name of ["one", "two", "three"]) {
        await page.evaluate((name) => {
          const { world, emit } = window.__fake;
          const handoff = { key: { connection: world.connections[0].id, organization: world.connections[0].organizations[0].id, key: name }, name, environment: "test", hint: "nw_test_1234…5678", custody: "unclaimed", registered: true, copied: false, problem: null };
          emit({ event: "close_held", handoff });
        }, `The worker of billing ${name}`);
      }
      await page.keyboard.press("Escape");
      await page.evaluate(() => (window.__fake.world.down.clear()));
    },
  },
  "audit-old": {
    scenario: "keys",
    steps: async (page, hook) => {
      await audit(hook);
      await unplug(page);
      await hook("audit-check").click();
      await hook("stale").waitFor();
    },
  },
};

export async function openAccount(hook) {
  await hook("nav-settings").click();
  await hook("sessions").waitFor();
}
