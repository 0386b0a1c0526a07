// A view with a form can be typed into as soon as it is there: nothing here touches the mouse.
import { job } from "./job.mjs";

const focusIs = (page, id) => page.waitForFunction((id) => document.activeElement?.dataset.testid === id, id);
const type = async (page, ...words) => {
  for (const word of words) {
    await page.keyboard.type(word);
    await page.keyboard.press("Tab");
  }
};
/** Goes to the form for a server, and asks the one at an address. */
async function ask(page, hook, address) {
  await hook("connect-keydeck").focus();
  await page.keyboard.press("Enter");
  await focusIs(page, "server-address");
  await page.keyboard.type(address);
  await page.keyboard.press("Enter");
}

job("signing in", "signedout", async (page, hook) => {
  await focusIs(page, "signin-email");
  await type(page, "ada@northwind.example");
  await page.keyboard.type("correct horse");
  await page.keyboard.press("Enter");
  await hook("keys-table").waitFor();
});

job("signing in to another server, then to one whose address was changed", "keys", async (page, hook) => {
  await page.getByRole("button", { name: /^Eliza staging/ }).focus();
  await page.keyboard.press("Enter");
  await focusIs(page, "signin-email");
  await hook("nav-settings").focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Edit Northwind production" }).focus();
  await page.keyboard.press("Enter");
  await page.getByLabel("Address").focus();
  await page.keyboard.press("End");
  await page.keyboard.type(":8443");
  await page.keyboard.press("Enter");
  await page.getByText("Northwind production is saved.").first().waitFor();
  await page.getByRole("button", { name: /^Northwind production/ }).focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement?.dataset.testid?.startsWith("signin-"));
});

job("setting up a fresh server", "fresh", async (page, hook) => {
  await ask(page, hook, "fresh.northwind.example");
  await hook("server-identity").waitFor();
  await page.keyboard.press("Enter");
  await focusIs(page, "claim-token");
  // Behind what is hidden stands the switch that shows it.
  await type(page, "kdc_fresh", "", "Ada", "ada@northwind.example", "correct horse", "", "Northwind");
  await focusIs(page, "claim-prefix");
  await page.keyboard.press("Enter");
  await page.getByText("No keys yet").waitFor();
});

job("joining by an invitation", "team", async (page, hook) => {
  await page.getByRole("button", { name: "+ Add server" }).focus();
  await page.keyboard.press("Enter");
  await hook("connect-keydeck").waitFor();
  await ask(page, hook, "https://keys.contoso.example/join#kdi_new");
  await focusIs(page, "join-name");
  await type(page, "Ada");
  await page.keyboard.type("long enough");
  await page.keyboard.press("Enter");
  await page.getByText("You are a member of Contoso now.").waitFor();
});

job("joining as somebody who is known", "team", async (page, hook) => {
  await page.getByRole("button", { name: "+ Add server" }).focus();
  await page.keyboard.press("Enter");
  await hook("connect-keydeck").waitFor();
  await ask(page, hook, "https://keys.contoso.example/join#kdi_known");
  await focusIs(page, "join-password");
  await page.keyboard.type("correct horse");
  await page.keyboard.press("Enter");
  await page.getByText("You are a member of Contoso now.").waitFor();
});
