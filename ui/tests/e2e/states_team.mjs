// The states of people, of the organization's settings and of the audit log.
export const TEAM_STATES = {
  people: { scenario: "keys", steps: (_page, hook) => people(hook) },
  "people-viewer": { scenario: "viewer", steps: (_page, hook) => people(hook) },
  "people-admin": { scenario: "admin", steps: (_page, hook) => people(hook) },
  "people-long": { scenario: "longnames", steps: (_page, hook) => people(hook) },
  "people-matrix": {
    scenario: "member",
    steps: async (page, hook) => {
      await people(hook);
      await page.getByText("What may each role do?").click();
    },
  },
  "people-loading": {
    scenario: "keys",
    steps: async (page, hook) => {
      await page.evaluate(() => (window.__fake.world.latency = 60_000));
      await hook("nav-people").click();
      await page.getByRole("button", { name: "Cancel" }).waitFor();
    },
  },
  "people-failed": {
    scenario: "keys",
    steps: async (page, hook) => {
      await page.evaluate(() => window.__fake.world.fails.set("members", "server_failed"));
      await hook("nav-people").click();
      await page.getByRole("heading", { name: "The server failed" }).waitFor();
    },
  },
  invite: {
    scenario: "keys",
    steps: async (page, hook) => {
      await people(hook);
      await hook("invite-open").click();
      await hook("invite-email").fill("margaret");
      await hook("invite-submit").click();
      await page.getByText("Must be an e-mail address").waitFor();
    },
  },
  "invite-done": {
    scenario: "keys",
    steps: async (page, hook) => {
      await people(hook);
      await invite(hook, "margaret@northwind.example");
      await hook("invite-copy").click();
      await hook("clipboard-note").waitFor();
    },
  },
  "people-invited": {
    scenario: "keys",
    steps: async (_page, hook) => {
      await people(hook);
      await invite(hook, "katherine@northwind.example");
      await hook("invite-done").click();
      await hook("invitation-copy").click();
      await hook("clipboard-note").waitFor();
    },
  },
  "people-role": {
    scenario: "keys",
    steps: async (page, hook) => {
      await people(hook);
      await page.getByLabel("Role of Grace Hopper").selectOption("viewer");
      await hook("role-dialog").waitFor();
    },
  },
  "people-owner": {
    scenario: "keys",
    steps: async (page, hook) => {
      await people(hook);
      await page.getByLabel("Role of Grace Hopper").selectOption("owner");
      await page.evaluate(() => window.__fake.world.fails.set("changeMember", "conflict"));
      await hook("role-confirm").click();
      await page.getByRole("alert").waitFor();
    },
  },
  "people-remove": {
    scenario: "keys",
    steps: async (page, hook) => {
      await people(hook);
      await page.getByRole("button", { name: "Remove Linus" }).click();
      await hook("remove-member").waitFor();
    },
  },
  organization: { scenario: "keys", steps: (_page, hook) => organization(hook) },
  "organization-viewer": { scenario: "viewer", steps: (_page, hook) => organization(hook) },
  "organization-admin": { scenario: "admin", steps: (_page, hook) => organization(hook) },
  "organization-long": {
    scenario: "longnames",
    steps: async (_page, hook) => {
      await organization(hook);
      await hook("preset-edit").first().click();
      await hook("preset-name").fill("W".repeat(100));
      await hook("organization-prefix").fill("averylongprefix1");
    },
  },
  "organization-edited": {
    scenario: "keys",
    steps: async (page, hook) => {
      await organization(hook);
      await hook("organization-prefix").fill("nwt");
      await page.getByRole("button", { name: "Remove delete" }).click();
      await hook("scope-add").click();
      await hook("scope-name").fill("payouts:write");
      await hook("preset-edit").first().click();
      await hook("presets").locator("[data-scope='read']").click();
    },
  },
  "organization-limits": {
    scenario: "keys",
    steps: async (_page, hook) => {
      await organization(hook);
      await hook("limits-edit").click();
      await hook("limit-add").click();
    },
  },
  "organization-in-use": {
    scenario: "keys",
    steps: async (page, hook) => {
      await organization(hook);
      await page.getByRole("button", { name: "Remove invoices:write" }).click();
      await hook("organization-save").click();
      await page.getByText("has the scope").scrollIntoViewIfNeeded();
    },
  },
  "organization-changed": {
    scenario: "rival",
    steps: async (page, hook) => {
      await organization(hook);
      await hook("scope-description").first().fill("Sees what is public.");
      await hook("organization-save").click();
      await page.getByText("Your changes on top").waitFor();
    },
  },
  "organization-new": {
    scenario: "keys",
    steps: async (page, hook) => {
      await hook("organization-switch").selectOption({ label: "New organization…" });
      await hook("new-organization-name").fill("Northwind Labs");
      await hook("new-organization-prefix").fill("1");
      await hook("new-organization-submit").click();
      await page.getByText("A prefix is 2 to 16").waitFor();
    },
  },
  audit: { scenario: "keys", steps: (_page, hook) => audit(hook) },
  "audit-long": { scenario: "longnames", steps: (_page, hook) => audit(hook) },
  "audit-open": {
    scenario: "keys",
    steps: async (page, hook) => {
      await audit(hook);
      await hook("audit-action").selectOption("key_updated");
      await page.getByText("1 entry", { exact: true }).first().waitFor();
      await hook("audit-open").first().click();
      await hook("audit-check").click();
      await hook("audit-report").waitFor();
      await hook("audit-csv").click();
      await hook("audit-exported").waitFor();
    },
  },
  "audit-broken": {
    scenario: "tampered",
    steps: async (_page, hook) => {
      await audit(hook);
      await hook("audit-check").click();
      await hook("audit-report").waitFor();
    },
  },
  "audit-nothing-found": {
    scenario: "keys",
    steps: async (page, hook) => {
      await audit(hook);
      await hook("audit-from").fill("2035-01-24");
      await hook("audit-from").blur();
      await page.getByText("No entry matches").waitFor();
    },
  },
  "audit-history": {
    scenario: "keys",
    steps: async (page, hook) => {
      await page.getByTestId("key-row").filter({ hasText: "Partner: Contoso" }).click();
      await hook("drawer-history").click();
      await hook("audit-target").waitFor();
      await hook("audit-row").first().waitFor();
    },
  },
  "audit-loading": {
    scenario: "keys",
    steps: async (page, hook) => {
      await page.evaluate(() => (window.__fake.world.latency = 60_000));
      await hook("nav-audit").click();
      await page.getByRole("button", { name: "Cancel" }).waitFor();
    },
  },
  "audit-failed": {
    scenario: "keys",
    steps: async (page, hook) => {
      await page.evaluate(() => window.__fake.world.fails.set("audit", "timeout"));
      await hook("nav-audit").click();
      await page.getByRole("heading", { name: "The server took too long" }).waitFor();
    },
  },
};

export async function people(hook) {
  await hook("nav-people").click();
  await hook("members").waitFor();
}

export async function invite(hook, email) {
  await hook("invite-open").click();
  await hook("invite-email").fill(email);
  await hook("invite-submit").click();
  await hook("invite-copy").waitFor();
}

export async function organization(hook) {
  await hook("nav-organization").click();
  await hook("organization").waitFor();
}

export async function audit(hook) {
  await hook("nav-audit").click();
  await hook("audit-row").first().waitFor();
}
