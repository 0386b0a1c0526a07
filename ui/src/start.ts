import { mount } from "svelte";
import type { Backend } from "./backend/backend";
import App from "./views/App.svelte";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/lists.css";

export function start(backend: Backend): void {
  const target = document.getElementById("app");
  if (!target) throw new Error("the page has no place for the window");
  mount(App, { target, props: { backend } });
}
