/** What the parts of the fake backend share. */
import type { ClipboardState, Connection, ConnectionId, ErrorCode, Event, KeyRow, OrganizationId } from "../../bindings/console";
import type { Failure, Operation } from "../backend";
import type { World } from "./scenarios";

export interface Fake {
  world: World;
  /** Everything that goes over the network: takes its time, fails as the world says, can be cancelled. */
  network<T>(name: string, operation: Operation, work: () => T): Promise<T>;
  here<T>(name: string, work: () => T): Promise<T>;
  failure(code: ErrorCode, message: string): Failure;
  emit(event: Event): void;
  find(id: ConnectionId): Connection;
  /** The connection, where somebody is signed in and it answers. */
  signedIn(id: ConnectionId): Connection;
  /** As the program tells of it. */
  view(connection: Connection): Connection;
  rows(organization: OrganizationId): KeyRow[];
  /** Puts something of ours into the clipboard. */
  copied(hint: string): ClipboardState;
  /** The only password that the fake server takes. */
  password(): string;
}
