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
