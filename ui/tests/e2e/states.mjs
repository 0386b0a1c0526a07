// Every state of the window that has a picture and is looked at by axe: how to get there.
// The stable hooks of the end-to-end test in the real window, `data-testid`:
//   connect-local, connect-keydeck, keys-table, key-row (with data-key-id), key-status, create-open, create-name,
//   create-submit, secret-dialog, secret-hint, secret-copy, secret-reveal, secret-frame, secret-hide, secret-try,
//   trial-outcome, secret-keep, secret-stored, secret-done, secret-discard, discard-confirm, clipboard-note, drawer,
//   drawer-edit, drawer-disable, enable-confirm, drawer-revoke, drawer-copy, edit-save, edit-diff, scope-option (with
//   data-scope), revoke-confirm, revoke-name, revoke-outcome, revoke-close, nav-keys, nav-settings, keychain-check,
//   keychain-state, signin-email, signin-password, signin-submit, search, notice, notices-waiting, wait, access-chips; and create-test, create-live,
//   access-read_only, access-write_only, access-full, access-preset, access-choose on the cards of the create dialog.
//   Servers and people: server-address, server-submit, server-identity, server-state, stale, where, filter-left,
//   filter-person, claim-token (and -name, -email, -password, -organization, -prefix, -submit), join, join-name,
//   join-password, join-submit, account, account-name, account-signout, password-open, password-current, password-next,
//   password-save, sessions, nav-people, nav-audit, nav-organization.
//   People: members, member-row (with data-user), member-role, member-keys, member-remove, member-leave, role-matrix,
//   role-dialog, role-confirm, remove-member, remove-confirm, remove-keys, invite-open, invite-dialog, invite-email,
//   invite-viewer (and -member, -admin, -owner), invite-submit, invite-copy, invite-done, invitations, invitation-copy,
//   invitation-again, invitation-withdraw. Organization: organization, organization-switch, organization-new,
//   organization-name, organization-prefix, organization-diff, organization-save, organization-undo, organization-take-theirs,
//   catalogue, scope-row, scope-name, scope-description, scope-remove, scope-add, presets, preset-row, preset-edit,
//   preset-name, preset-remove, preset-add, read-only, new-organization-name (and -prefix, -submit). Audit log: audit,
//   audit-row (with data-sequence), audit-open, audit-link, audit-search, audit-actor, audit-action, audit-from, audit-to,
//   audit-clear, audit-target, audit-check, audit-report, audit-csv, audit-json, audit-exported, audit-more, drawer-history.
import { ready } from "./harness.mjs";
import { OLD_STATES } from "./states_old.mjs";
import { SYSTEM_STATES } from "./states_systems.mjs";
import { TEAM_STATES } from "./states_team.mjs";
import { USAGE_STATES } from "./states_usage.mjs";
import { VERIFIER_STATES } from "./states_verifiers.mjs";

const row = (page, name) => page.getByTestId("key-row").filter({ hasText: name }).first();

export async function openDrawer(page, name = "Production server") {
  await row(page, name).click();
  await page.getByTestId("drawer").waitFor();
}

export async function create(page, name = "Billing worker") {
  await page.getByTestId("create-open").click();
  await page.getByTestId("create-name").fill(name);
  await page.getByTestId("create-submit").click();
  await page.getByTestId("secret-dialog").waitFor();
}

/** Types an address or a link, and waits for what is said of it. */
export async function probe(page, text, answer) {
  const add = page.getByRole("button", { name: "+ Add server" });
  if (await add.isVisible()) await add.click();
  await page.getByTestId("connect-keydeck").click();
  await page.getByTestId("server-address").fill(text);
  await page.getByTestId("server-submit").click();
  await page.getByText(answer).first().waitFor();
}

export async function fillClaim(hook, part = {}) {
  const typed = { token: "kdc_fresh", name: "Ada", email: "ada@northwind.example", password: "correct horse", organization: "Northwind", prefix: "nw", ...part };
  for (const [field, text] of Object.entries(typed)) await hook(`claim-${field}`).fill(text);
}

async function server(page, name, answer) {
  await page.getByRole("button", { name }).click();
  await page.getByRole("heading", { name: answer }).waitFor();
}

export const STATES = {
  ...TEAM_STATES,
  ...VERIFIER_STATES,
  ...USAGE_STATES,
  ...OLD_STATES,
  ...SYSTEM_STATES,
  connect: { scenario: "fresh" },
  "connect-form": {
    scenario: "fresh",
    steps: async (page, hook) => {
      await hook("connect-keydeck").click();
      await hook("server-address").fill("keys.northwind.example");
      await page.getByRole("button", { name: "Check address" }).click();
      await page.getByText("answers at").waitFor();
    },
  },
  "connect-refused": {
    scenario: "fresh",
    steps: async (page, hook) => {
      await hook("connect-keydeck").click();
      await hook("server-address").fill("http://keys.northwind.example");
      await page.getByRole("button", { name: "Check address" }).click();
      await page.getByRole("alert").waitFor();
    },
  },
  "connect-fresh": { scenario: "fresh", steps: (page) => probe(page, "fresh.northwind.example", "Nobody has set it up") },
  "connect-proxied": { scenario: "proxied", steps: (page) => probe(page, "keys.contoso.example", "through the proxy") },
  "connect-certificate": {
    scenario: "fresh",
    steps: async (page) => {
      await page.evaluate(() => window.__fake.world.fails.set("probeServer", "certificate"));
      await probe(page, "keys.northwind.example", "not to be trusted");
    },
  },
  "connect-portal": {
    scenario: "fresh",
    steps: async (page) => {
      await page.evaluate(() => window.__fake.world.fails.set("probeServer", "not_a_key_server"));
      await probe(page, "keys.northwind.example", "This is not a key server");
    },
  },
  "connect-link-over": { scenario: "team", steps: (page) => probe(page, "https://keys.contoso.example/join#kdi_used", "This invitation can't be used") },
  join: { scenario: "team", steps: (page) => probe(page, "https://keys.contoso.example/join#kdi_new", "Join Contoso") },
  "join-known": {
    scenario: "team",
    steps: async (page, hook) => {
      await probe(page, "https://keys.contoso.example/join#kdi_known", "Join Contoso");
      await hook("join-password").fill("wrong");
      await hook("join-submit").click();
      await page.getByText("The password is wrong.").waitFor();
    },
  },
  claim: { scenario: "unclaimed" },
  "claim-refused": {
    scenario: "unclaimed",
    steps: async (page, hook) => {
      await fillClaim(hook, { token: "kdc_other", prefix: "nw" });
      await hook("claim-email").fill("");
      await hook("claim-submit").click();
      await page.getByText("You sign in with it.").waitFor();
    },
  },
  "connect-add": { scenario: "keys", steps: (page) => page.getByRole("button", { name: "+ Add server" }).click() },
  start: { scenario: "slow", waits: (page) => page.getByText("Loading keys").waitFor() },
  "start-slow": { scenario: "slow", waits: (page) => page.getByRole("button", { name: "Cancel" }).waitFor() },
  "start-failed": { scenario: "broken" },
  signin: { scenario: "signedout" },
  "signin-wrong": {
    scenario: "signedout",
    steps: async (page, hook) => {
      await hook("signin-email").fill("ada@northwind.example");
      await hook("signin-password").fill("wrong");
      await hook("signin-submit").click();
      await page.getByRole("alert").waitFor();
    },
  },
  "session-ended": {
    scenario: "keys",
    steps: async (page, hook) => {
      await hook("create-open").click();
      await hook("create-name").fill("Half typed");
      await page.evaluate(() => window.__fake.expireSession(window.__fake.world.connections[0].id));
      await hook("signin-password").waitFor();
    },
  },
  unreachable: { scenario: "offline" },
  "server-old": { scenario: "team", steps: (page) => server(page, "Basement", "is too old") },
  "server-new": { scenario: "team", steps: (page) => server(page, "Next year", "is too new") },
  "server-signedout": { scenario: "team", steps: (page) => server(page, "Staging", "Sign in to Staging") },
  nowhere: { scenario: "nowhere" },
  removed: {
    scenario: "team",
    steps: async (page, hook) => {
      await hook("keys-table").waitFor();
      await page.evaluate(() => window.__fake.removeFrom(window.__fake.world.connections[0].id, window.__fake.world.connections[0].organizations[0].id));
      await page.getByRole("button", { name: "Active", exact: true }).click();
      await page.getByText("You are not a member of Northwind any more").first().waitFor();
      await page.getByRole("gridcell").first().waitFor();
    },
  },
  team: { scenario: "team" },
  "keys-cached": {
    scenario: "cached",
    steps: async (page, hook) => {
      await hook("stale").waitFor();
      await openDrawer(page);
    },
  },
  "keys-left": {
    scenario: "keys",
    steps: async (page, hook) => {
      await openDrawer(page, "Ingest worker");
      await hook("filter-left").click();
      await page.getByText("1 key", { exact: true }).first().waitFor();
    },
  },
  keys: { scenario: "keys" },
  "keys-drawer": { scenario: "keys", steps: (page) => openDrawer(page) },
  "keys-drawer-revoked": { scenario: "keys", steps: (page) => openDrawer(page, "Leaked in a build log") },
  "keys-empty": { scenario: "empty" },
  "keys-failed": { scenario: "failing" },
  "keys-many": { scenario: "many" },
  "keys-nothing-found": {
    scenario: "keys",
    steps: async (page, hook) => {
      await hook("search").fill("nobody has this name");
      await page.getByText("No key matches").waitFor();
    },
  },
  "keys-old": {
    scenario: "keys",
    steps: async (page, hook) => {
      await page.evaluate(() => window.__fake.world.fails.set("listKeys", "unreachable"));
      await page.getByRole("button", { name: "Active", exact: true }).click();
      await hook("stale").waitFor();
    },
  },
  "keys-long": { scenario: "longnames" },
  "keys-long-drawer": { scenario: "longnames", steps: (page) => openDrawer(page, "WWWW") },
  "keys-viewer": { scenario: "viewer", steps: (page) => openDrawer(page) },
  handoffs: { scenario: "handoffs" },
  "handoffs-dialog": { scenario: "handoffs", steps: (page) => page.getByRole("button", { name: "Show", exact: true }).click() },
  "handoff-pending": {
    scenario: "handoffs",
    steps: async (page) => {
      await page.getByRole("button", { name: "Show", exact: true }).click();
      await page.getByRole("button", { name: "Settle…" }).last().click();
    },
  },
  "handoff-gone": {
    scenario: "handoffs",
    steps: async (page) => {
      await page.getByRole("button", { name: "Show", exact: true }).click();
      await page.getByRole("button", { name: "Settle…" }).first().click();
    },
  },
  "handoff-drawer": { scenario: "handoffs", steps: (page) => openDrawer(page, "Mail relay") },
  create: { scenario: "keys", steps: (page, hook) => hook("create-open").click() },
  "create-live": {
    scenario: "keys",
    steps: async (page, hook) => {
      await hook("create-open").click();
      await hook("create-name").fill("Billing worker");
      await page.getByText("Live", { exact: true }).last().click();
    },
  },
  "create-scopes": {
    scenario: "member",
    steps: async (page, hook) => {
      await hook("create-open").click();
      await page.getByText("Choose scopes…").click();
      await page.locator("[data-scope='invoices:read']").click();
    },
  },
  "create-more": {
    scenario: "keys",
    steps: async (page, hook) => {
      await hook("create-open").click();
      await hook("create-name").fill("Billing worker");
      await page.getByText("Allowed addresses, metadata, note, kind").click();
      await page.getByLabel("Allowed addresses").fill("here!");
      await hook("create-submit").click();
      await page.getByText("Must be an address").scrollIntoViewIfNeeded();
    },
  },
  "create-locked": {
    scenario: "locked",
    steps: async (page, hook) => {
      await hook("create-open").click();
      await hook("create-name").fill("Billing worker");
      await hook("create-submit").click();
      await page.getByRole("alert").waitFor();
      await page.getByRole("alert").scrollIntoViewIfNeeded();
    },
  },
  secret: { scenario: "keys", steps: (page) => create(page) },
  "secret-copied": {
    scenario: "keys",
    steps: async (page, hook) => {
      await create(page);
      await hook("secret-copy").click();
      await hook("clipboard-note").waitFor();
      await hook("secret-try").click();
      await hook("trial-outcome").waitFor();
    },
  },
  "secret-copy-as": {
    scenario: "keys",
    steps: async (page, hook) => {
      await create(page);
      await hook("secret-copy-as").click();
    },
  },
  "secret-revealed": {
    scenario: "keys",
    steps: async (page, hook) => {
      await create(page);
      await hook("secret-reveal").click();
      await page.getByText("Hidden again in").waitFor();
    },
  },
  "secret-not-kept": {
    scenario: "keys",
    steps: async (page, hook) => {
      await create(page);
      await hook("secret-copy").click();
      await hook("secret-keep").click();
    },
  },
  "secret-memory": {
    scenario: "absent",
    steps: async (page, hook) => {
      await create(page);
      await page.keyboard.press("Escape");
      await page.getByText("Not yet.").waitFor();
    },
  },
  "secret-discard": {
    scenario: "keys",
    steps: async (page, hook) => {
      await create(page);
      await hook("secret-discard").click();
    },
  },
  "secret-lost": { scenario: "lost", steps: (page) => create(page) },
  edit: {
    scenario: "keys",
    steps: async (page, hook) => {
      await openDrawer(page);
      await hook("drawer-edit").click();
      await page.locator("[data-scope='delete']").click();
      await page.getByLabel("Expires", { exact: true }).selectOption("365");
    },
  },
  "edit-changed": {
    scenario: "rival",
    steps: async (page, hook) => {
      await openDrawer(page);
      await hook("drawer-edit").click();
      await page.locator("[data-scope='invoices:read']").click();
      await hook("edit-save").click();
      await page.getByText("Your changes on top").waitFor();
    },
  },
  "edit-long": {
    scenario: "longnames",
    steps: async (page, hook) => {
      await openDrawer(page, "WWWW");
      await hook("drawer-edit").click();
      await hook("edit-name").fill("X".repeat(100));
    },
  },
  disable: {
    scenario: "keys",
    steps: async (page, hook) => {
      await openDrawer(page);
      await hook("drawer-disable").click();
    },
  },
  revoke: {
    scenario: "keys",
    steps: async (page, hook) => {
      await openDrawer(page);
      await hook("drawer-revoke").click();
      await hook("revoke-name").fill("Production ser");
    },
  },
  "revoke-done": {
    scenario: "keys",
    steps: async (page, hook) => {
      await openDrawer(page, "CI integration tests");
      await hook("drawer-revoke").click();
      await hook("revoke-confirm").click();
      await hook("revoke-outcome").waitFor();
    },
  },
  "clipboard-bar": {
    scenario: "keys",
    steps: async (page, hook) => {
      await openDrawer(page);
      await hook("drawer-copy").click();
      await hook("clipboard-note").waitFor();
    },
  },
  settings: {
    scenario: "keys",
    steps: async (page, hook) => {
      await hook("nav-settings").click();
      await hook("keychain-check").click();
      await page.getByText("An entry was written").waitFor();
    },
  },
  "settings-password": {
    scenario: "keys",
    steps: async (page, hook) => {
      await hook("nav-settings").click();
      await hook("password-open").click();
      await hook("password-current").fill("wrong");
      await hook("password-next").fill("correct horse battery");
      await hook("password-save").click();
      await page.getByText("This is not your password.").waitFor();
    },
  },
  "settings-locked": {
    scenario: "locked",
    steps: async (page, hook) => {
      await hook("nav-settings").click();
      await hook("keychain-check").click();
      await page.getByText("Unlock it").waitFor();
      await page.getByLabel("Clear a copied secret").selectOption("never");
    },
  },
  "settings-server": {
    scenario: "keys",
    steps: async (page, hook) => {
      await hook("nav-settings").click();
      await page.getByRole("button", { name: "Edit Northwind production" }).click();
    },
  },
  "settings-remove": {
    scenario: "handoffs",
    steps: async (page, hook) => {
      await hook("nav-settings").click();
      await page.getByRole("button", { name: "Remove Northwind production" }).click();
    },
  },
};

export { ready };
