import { createContext } from "svelte";
import type { Backend } from "../backend/backend";
import type { Connection, Event, Overview } from "../bindings/console";
import { alertLine } from "../words/alerts";
import { Alerts } from "./alerts.svelte";
import { AuditList } from "./auditlist.svelte";
import { Claims } from "./claims.svelte";
import { Clipboard } from "./clipboard.svelte";
import { Clock } from "./clock.svelte";
import { Connections } from "./connections.svelte";
import { Handoffs } from "./handoffs.svelte";
import { KeyList } from "./keylist.svelte";
import { Makers } from "./makers.svelte";
import { Notices } from "./notices.svelte";
import { OrganizationDraft } from "./organizationdraft.svelte";
import { People } from "./people.svelte";
import { Preferences } from "./preferences.svelte";
import { Reach } from "./reach.svelte";
import { Route } from "./route.svelte";
import { Sessions } from "./sessions.svelte";
import { Sparklines } from "./sparklines.svelte";
import { Task, type ListHost } from "./task.svelte";
import { Verifiers } from "./verifiers.svelte";

/** What is made when a view of it is first wanted. */
export interface Late {
  /** Somebody else may sign in next: nothing of this one stays. */
  leave(): void;
  progress(operation: string, bytes: number): void;
}

/** All that the views are handed: each part has one concern. */
export interface WindowState {
  backend: Backend;
  notices: Notices;
  clock: Clock;
  clipboard: Clipboard;
  connections: Connections;
  /** Whether a connection takes changes. */
  reach: Reach;
  handoffs: Handoffs;
  preferences: Preferences;
  route: Route;
  claims: Claims;
  keys: KeyList;
  makers: Makers;
  people: People;
  verifiers: Verifiers;
  audit: AuditList;
  sessions: Sessions;
  /** The organization that is shown, as it is being edited. */
  draft: OrganizationDraft;
  sparklines: Sparklines;
  alerts: Alerts;
  late: Late[];
  host: ListHost;
  /** A new task that tells when the session is over. */
  task(): Task;
}

export const [windowState, setWindowState] = createContext<WindowState>();

export function makeWindowState(backend: Backend): WindowState {
  const notices = new Notices();
  const connections = new Connections(backend, notices);
  const clock = new Clock();
  const reach = new Reach(connections, clock);
  const host: ListHost = { backend, reach, sessionEnded: () => connections.sessionEnded(), resumed: () => connections.resumed };
  const makers = new Makers(host);
  return {
    backend,
    notices,
    connections,
    reach,
    clock,
    clipboard: new Clipboard(backend, notices),
    handoffs: new Handoffs(),
    preferences: new Preferences(backend, notices),
    route: new Route(),
    claims: new Claims(),
    keys: new KeyList(host),
    makers,
    people: new People(host, makers),
    verifiers: new Verifiers(host),
    audit: new AuditList(host),
    sessions: new Sessions(host),
    draft: new OrganizationDraft(host),
    sparklines: new Sparklines(host),
    alerts: new Alerts(host),
    late: [],
    host,
    task: () => new Task(host),
  };
}

/** Takes over what the program says at the start. */
export function takeOverview(state: WindowState, overview: Overview): void {
  state.connections.kinds = overview.kinds;
  state.connections.set(overview.connections, overview.connection);
  state.handoffs.set(overview.handoffs);
  state.clipboard.set(overview.clipboard);
  state.preferences.values = overview.preferences;
  state.preferences.keychain = overview.keychain;
  state.preferences.keychainWorkedAt = overview.keychain_worked_at;
  state.preferences.version = overview.version;
  if (overview.notice) state.notices.warn(overview.notice);
}

/** Takes over what the program says without being asked. */
export function takeEvent(state: WindowState, event: Event): void {
  switch (event.event) {
    case "clipboard":
      state.clipboard.set(event.clipboard);
      break;
    case "connection":
      tellOfAnother(state, event.connection);
      state.connections.put(event.connection);
      break;
    case "handoffs":
      state.handoffs.set(event.handoffs);
      break;
    case "close_held":
      state.route.open({ kind: "secret", handoff: event.handoff });
      state.notices.warn(`Keydeck stays open: the secret of ${event.handoff.name} is in its memory alone. Copy it and say that you have stored it, or discard the key.`);
      break;
    case "alerted":
      state.alerts.came(event.connection, event.organization, event.alerts);
      if (event.alerts.length > 0) {
        const organization = state.connections.where(event)?.organization?.name ?? "an organization";
        state.notices.done(alertLine(event.alerts, organization, state.clock.now));
      }
      break;
    case "alerts_wait":
      state.alerts.wait(event.connection, event.organization, event.sequences);
      break;
    case "keychain":
      state.preferences.keychain = event.state;
      break;
    case "go":
      go(state, event);
      break;
    case "progress":
      state.audit.progress(event.operation, event.bytes);
      for (const late of state.late) late.progress(event.operation, event.bytes);
      break;
  }
}

/** What is to be known of a server that is not shown: nothing on screen says it. */
function tellOfAnother(state: WindowState, connection: Connection): void {
  const before = state.connections.all.find(({ id }) => id === connection.id);
  if (!before || connection.id === state.connections.shown || connection.notice === null || connection.notice === before.notice) return;
  state.notices.warn(`${connection.name}: ${connection.notice}`);
}

/** A notice of the system was clicked: shows what it is about. */
function go(state: WindowState, { connection, organization, view, key }: Extract<Event, { event: "go" }>): void {
  if (!state.connections.all.some(({ id }) => id === connection)) return;
  if (state.connections.shown !== connection) state.connections.show(connection);
  if (state.connections.organization?.id !== organization) state.connections.showOrganization(organization);
  if (view === "usage") state.route.tab = "alerts";
  if (key) {
    state.keys.lookFor({ connection, organization }, key.key.id, key.key.name);
    state.route.drawer = true;
  }
  state.route.go(key ? "keys" : view);
}
