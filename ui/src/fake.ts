/** The window over the fake backend. Its world is named in the address: `fake.html#many`. */
import { fakeBackend, type FakeBackend } from "./backend/fake";
import { scenario } from "./backend/fake/scenarios";
import { start } from "./start";

declare global {
  interface Window {
    __fake: FakeBackend;
  }
}

window.__fake = fakeBackend(scenario(location.hash.slice(1) || "keys"));
start(window.__fake);
