// The states of servers of other systems.
const take = async (page, hook) => {
  await hook("take-in-open").click();
  await hook("take-in-seen").waitFor();
};

const row = (page, name) => page.getByTestId("key-row").filter({ hasText: name }).first();

export const SYSTEM_STATES = {
  "systems-connect-azotte": {
    scenario: "fresh",
    steps: async (page, hook) => {
      await hook("connect-azotte").click();
      await hook("server-tenant").fill("tenant_abc123");
      await hook("server-submit").click();
      await hook("server-identity").waitFor();
    },
  },
  "systems-register": { scenario: "systems" },
  "systems-entry": {
    scenario: "systems",
    steps: async (page, hook) => {
      await row(page, "Shop").click();
      await hook("entry-try").click();
      await hook("trial-outcome").waitFor();
    },
  },
  "systems-gone": {
    scenario: "systems",
    steps: async (page, hook) => {
      await row(page, "Old importer").click();
      await hook("entry-gone").waitFor();
    },
  },
  "systems-take-in": { scenario: "systems", steps: take },
  "systems-taken": {
    scenario: "systems",
    steps: async (page, hook) => {
      await take(page, hook);
      await hook("take-in-name").fill("Billing worker");
      await hook("take-in-submit").click();
      await hook("trial-outcome").waitFor();
    },
  },
  "systems-sign-in": {
    scenario: "systems",
    steps: async (page, hook) => {
      await page.getByRole("button", { name: /^Memory API/ }).click();
      await hook("signin-clipboard").click();
      await page.getByText("is a key of Azotte").waitFor();
    },
  },
};
