// @vitest-environment jsdom
import { beforeEach, expect, test } from "vitest";
import { fakeBackend, type FakeBackend } from "../../src/backend/fake";
import { scenario } from "../../src/backend/fake/scenarios";
import { makeWindowState, takeOverview, type WindowState } from "../../src/state/window.svelte";

let backend: FakeBackend;
let win: WindowState;

beforeEach(async () => {
  const world = scenario("keys");
  world.latency = 0;
  backend = fakeBackend(world);
  win = makeWindowState(backend);
  takeOverview(win, await backend.overview());
});

const place = (at = 0) => {
  const connection = win.connections.all[0]!;
  return { connection: connection.id, organization: connection.organizations[at]!.id };
};
const names = () => win.verifiers.all?.map(({ name }) => name);
const make = async (name: string) => {
  const made = await backend.makeVerifier("1", place().connection, place().organization, { name });
  win.verifiers.made(made);
  await expect.poll(names).toContain(name);
  return made.id;
};

test("what was made can be handed over until it is done, or not there any more", async () => {
  await win.verifiers.show(place());
  const before = names()!.length;
  expect(win.verifiers.held.size).toBe(0);
  const id = await make("Mail API");
  expect([names()?.[0], names()?.length, win.verifiers.held.has(id)]).toEqual(["Mail API", before + 1, true]);
  expect(await win.clipboard.take(() => win.verifiers.copy(id, { form: "plain" }))).toBe(true);
  expect(win.clipboard.state.hint).toBe("verifier Mail API");
  await win.verifiers.handedOver(id);
  expect(win.verifiers.held.has(id)).toBe(false);
  expect(await win.clipboard.take(() => win.verifiers.copy(id, { form: "plain" }))).toBe(false);

  const other = await make("Chat API");
  await backend.forgetVerifier(other);
  expect(await win.clipboard.take(() => win.verifiers.copy(other, { form: "curl_header" }))).toBe(false);
  expect(win.verifiers.held.has(other)).toBe(false);
});

test("one that was revoked can't be handed over, and the list says when", async () => {
  await win.verifiers.show(place());
  const id = await make("Mail API");
  await backend.revokeVerifier("2", place().connection, place().organization, id);
  win.verifiers.revoked(id);
  expect(win.verifiers.held.has(id)).toBe(false);
  await expect.poll(() => win.verifiers.all?.find((one) => one.id === id)?.revoked_at).not.toBeNull();
});

test("another organization has its own; what fails keeps what was there", async () => {
  await win.verifiers.show(place());
  expect(names()).toContain("Billing API");
  backend.world.fails.set("verifiers", "timeout");
  await win.verifiers.load();
  expect([win.verifiers.task.error?.code, names()?.includes("Billing API")]).toEqual(["timeout", true]);
  await win.verifiers.show(place(1));
  expect(win.verifiers.all).toBeNull();
  backend.world.fails.clear();
  await win.verifiers.load();
  expect(names()).toEqual([]);
  win.verifiers.leave();
  expect(win.verifiers.all).toBeNull();
});
