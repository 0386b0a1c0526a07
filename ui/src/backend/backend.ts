/**
 * All that the window can ask of the program. The real one (`tauri.ts`) is the only file that
 * imports Tauri; the fake one (`fake.ts`) serves tests and pictures. Each method is one command of
 * the same name in snake case. None of them gives a secret to the page: a key's secret is spoken of
 * by its `KeyRef`.
 *
 * A method that goes over the network takes an `operation`, a text that the caller made up, with
 * which `cancel` ends it at once; it then rejects with the code `cancelled`.
 */
import type {
  Alert,
  AuditPage,
  AuditQuery,
  AuditReport,
  Chart,
  ClaimForm,
  ClipboardState,
  Connection,
  ConnectionId,
  CopyAs,
  Delivery,
  Error as Failure,
  Event,
  ExportedFile,
  ExportFormat,
  Handoff,
  Invitation,
  InvitationId,
  Invited,
  JoinForm,
  Key,
  KeychainReport,
  KeyChange,
  KeyId,
  KeyPage,
  KeyQuery,
  KeyRef,
  KeyRow,
  KeyUsage,
  Limits,
  LimitsUpdate,
  Member,
  NewConnection,
  NewInvitation,
  NewKey,
  NewLimits,
  NewOrganization,
  NewVerifier,
  NewWebhook,
  OrganizationChange,
  OrganizationId,
  OrganizationUpdate,
  Overview,
  Preferences,
  Recognised,
  Reveal,
  Revocation,
  Role,
  ServerIdentity,
  ServerKind,
  TakeIn,
  SessionEntry,
  SessionId,
  Sparkline,
  StalePage,
  StaleQuery,
  Trial,
  Update,
  UsageQuery,
  UserId,
  Verifier,
  VerifierId,
  Webhook,
  WebhookId,
} from "../bindings/console";

export type { Failure };
export type Operation = string;

export interface Backend {
  overview(): Promise<Overview>;
  /** Calls `handler` for every event until the returned function is called. */
  listen(handler: (event: Event) => void): Promise<() => void>;
  cancel(operation: Operation): Promise<void>;

  startLocal(operation: Operation): Promise<Connection>;
  probeServer(operation: Operation, kind: ServerKind, address: string, caFile: string | null): Promise<ServerIdentity>;
  addConnection(operation: Operation, connection: NewConnection): Promise<Connection>;
  /** A changed address forgets the session and asks again. */
  editConnection(operation: Operation, id: ConnectionId, connection: NewConnection): Promise<Connection>;
  /** Signs out and forgets its session and its register; keys stay at the server, kept secrets are forgotten. */
  removeConnection(operation: Operation, id: ConnectionId): Promise<Overview>;
  /** Remembers what is shown, for the next start. */
  showConnection(id: ConnectionId, organization: OrganizationId | null): Promise<void>;
  signIn(operation: Operation, id: ConnectionId, email: string, password: string): Promise<Connection>;
  /** Signs in with a key that the person has copied: it is taken from the clipboard by the program. */
  signInFromClipboard(operation: Operation, id: ConnectionId, tenant: string | null): Promise<Connection>;
  /** Makes an account where the system lets anybody make one. Its first key stands among the new ones. */
  signUp(operation: Operation, id: ConnectionId, email: string, name: string): Promise<Connection>;
  signOut(operation: Operation, id: ConnectionId): Promise<Connection>;
  /** Asks the server again who is signed in and which organizations there are. */
  refreshConnection(operation: Operation, id: ConnectionId): Promise<Connection>;

  /** The first person of a fresh server: proved by the token that the server printed. Signs in. */
  claimServer(operation: Operation, id: ConnectionId, claim: ClaimForm): Promise<Connection>;
  /** What the link of an invitation is for. */
  lookAtInvitation(operation: Operation, link: string, caFile: string | null): Promise<Invited>;
  /** Adds the connection where it is not there yet, and signs in. */
  acceptInvitation(operation: Operation, form: JoinForm): Promise<Connection>;

  /** The caller's own sessions at a server. */
  sessions(operation: Operation, connection: ConnectionId): Promise<SessionEntry[]>;
  endSession(operation: Operation, connection: ConnectionId, session: SessionId): Promise<void>;
  /** Ends every other session of the person. */
  changePassword(operation: Operation, connection: ConnectionId, current: string, next: string): Promise<void>;
  renameAccount(operation: Operation, connection: ConnectionId, name: string): Promise<Connection>;

  /** The new organization is the one that is shown then. */
  createOrganization(operation: Operation, connection: ConnectionId, organization: NewOrganization): Promise<Connection>;
  /** `version` is that of the organization that was edited: somebody else's change gives `changed`. */
  changeOrganization(
    operation: Operation,
    connection: ConnectionId,
    organization: OrganizationId,
    version: number,
    change: OrganizationChange,
  ): Promise<OrganizationUpdate>;
  /** `incompatible` where the server has none. */
  limits(operation: Operation, connection: ConnectionId, organization: OrganizationId): Promise<Limits>;
  /** All of them at once. `version` is that of the limits that were edited: somebody else's change gives `changed`. */
  setLimits(operation: Operation, connection: ConnectionId, organization: OrganizationId, version: number, limits: NewLimits): Promise<LimitsUpdate>;
  leaveOrganization(operation: Operation, connection: ConnectionId, organization: OrganizationId): Promise<Connection>;

  members(operation: Operation, connection: ConnectionId, organization: OrganizationId): Promise<Member[]>;
  changeMember(
    operation: Operation,
    connection: ConnectionId,
    organization: OrganizationId,
    user: UserId,
    role: Role,
  ): Promise<Member>;
  /** His keys stay. */
  removeMember(operation: Operation, connection: ConnectionId, organization: OrganizationId, user: UserId): Promise<void>;
  invitations(operation: Operation, connection: ConnectionId, organization: OrganizationId): Promise<Invitation[]>;
  /** The link stays in the program until it ends: it can be copied, and is never in the page. */
  invite(
    operation: Operation,
    connection: ConnectionId,
    organization: OrganizationId,
    invitation: NewInvitation,
  ): Promise<Invitation>;
  /** `not_found` where the link was made by another start of the program: invite again. */
  copyInvitation(invitation: InvitationId): Promise<ClipboardState>;
  withdrawInvitation(
    operation: Operation,
    connection: ConnectionId,
    organization: OrganizationId,
    invitation: InvitationId,
  ): Promise<void>;

  /** Newest first, revoked ones included. */
  verifiers(operation: Operation, connection: ConnectionId, organization: OrganizationId): Promise<Verifier[]>;
  /** The secret stays in the program until it is forgotten or the program ends: it can be copied, and is never in the page. */
  makeVerifier(
    operation: Operation,
    connection: ConnectionId,
    organization: OrganizationId,
    verifier: NewVerifier,
  ): Promise<Verifier>;
  /** `not_found` where the secret is not in the program any more: revoke it and make another. */
  copyVerifier(verifier: VerifierId, form: CopyAs): Promise<ClipboardState>;
  /** It was handed over: its secret is forgotten, and it goes on working. */
  forgetVerifier(verifier: VerifierId): Promise<void>;
  revokeVerifier(operation: Operation, connection: ConnectionId, organization: OrganizationId, verifier: VerifierId): Promise<void>;

  audit(operation: Operation, connection: ConnectionId, organization: OrganizationId, query: AuditQuery): Promise<AuditPage>;
  /** The server goes through the whole chain; this computer compares it with what it saw before. */
  checkAudit(operation: Operation, connection: ConnectionId, organization: OrganizationId): Promise<AuditReport>;
  /** Writes all that matches into the file that the person chooses in the system's dialog; `null` where he closed it. Events tell of its progress. */
  exportAudit(
    operation: Operation,
    connection: ConnectionId,
    organization: OrganizationId,
    query: AuditQuery,
    format: ExportFormat,
  ): Promise<ExportedFile | null>;

  /**
   * What is drawn, reduced to what `width` points across can show. `before`: with the period of the same
   * length before. Where figures are by key and reduced, each key has its own smallest and largest value of
   * each part, at the part's times; otherwise values are those of their times.
   */
  usage(
    operation: Operation,
    connection: ConnectionId,
    organization: OrganizationId,
    query: UsageQuery,
    width: number,
    before: boolean,
  ): Promise<Chart>;
  keyUsage(operation: Operation, key: KeyRef): Promise<KeyUsage>;
  /** The last 24 hours of at most 200 keys; one that was not used is left out. */
  sparklines(operation: Operation, connection: ConnectionId, organization: OrganizationId, keys: KeyId[]): Promise<Sparkline[]>;
  staleKeys(operation: Operation, connection: ConnectionId, organization: OrganizationId, query: StaleQuery): Promise<StalePage>;
  /** The newest first. New ones come as the event `alerted`. */
  alerts(operation: Operation, connection: ConnectionId, organization: OrganizationId): Promise<Alert[]>;
  /** As `exportAudit`. */
  exportUsage(
    operation: Operation,
    connection: ConnectionId,
    organization: OrganizationId,
    query: UsageQuery,
    format: ExportFormat,
  ): Promise<ExportedFile | null>;
  /** Writes a PNG, in base64, of at most 10 MB. `stem` is what the file is called in the dialog, without `.png`. */
  savePicture(operation: Operation, stem: string, png: string): Promise<ExportedFile | null>;

  webhooks(operation: Operation, connection: ConnectionId, organization: OrganizationId): Promise<Webhook[]>;
  /** The secret stays in the program until it is forgotten or the program ends: it can be copied, and is never in the page. */
  makeWebhook(operation: Operation, connection: ConnectionId, organization: OrganizationId, webhook: NewWebhook): Promise<Webhook>;
  /** `not_found` where the secret is not in the program any more: remove it and make another. */
  copyWebhook(webhook: WebhookId): Promise<ClipboardState>;
  /** Its secret was handed over and is forgotten; it goes on working. */
  forgetWebhook(webhook: WebhookId): Promise<void>;
  removeWebhook(operation: Operation, connection: ConnectionId, organization: OrganizationId, webhook: WebhookId): Promise<void>;
  /** Sends a test message at once, and says how that ended. */
  testWebhook(operation: Operation, connection: ConnectionId, organization: OrganizationId, webhook: WebhookId): Promise<Delivery>;

  listKeys(operation: Operation, connection: ConnectionId, organization: OrganizationId, query: KeyQuery): Promise<KeyPage>;
  getKey(operation: Operation, key: KeyRef): Promise<KeyRow>;
  /** `version` is that of the key that was edited: somebody else's change gives `changed`. */
  updateKey(operation: Operation, key: KeyRef, version: number, change: KeyChange): Promise<Update>;
  revokeKey(operation: Operation, key: KeyRef): Promise<Revocation>;

  /** What the person has copied seems to be, for this connection. Nothing is sent, taken in or cleared. */
  lookAtClipboard(operation: Operation, connection: ConnectionId): Promise<Recognised>;
  /** Takes a copied key into the keychain and the register; the page never holds it. Nothing is sent. */
  takeKeyIn(operation: Operation, connection: ConnectionId, organization: OrganizationId, key: TakeIn): Promise<KeyRow>;
  setRotateBy(operation: Operation, key: KeyRef, rotateBy: string | null): Promise<KeyRow>;
  /** Takes a key out of the register and its secret out of the keychain; at its system nothing changes. */
  forgetRegistered(operation: Operation, key: KeyRef): Promise<void>;
  createKey(operation: Operation, connection: ConnectionId, organization: OrganizationId, key: NewKey): Promise<Handoff>;
  /** The new keys that are not settled, each asked for at its server where somebody is signed in. */
  handoffs(operation: Operation): Promise<Handoff[]>;
  /** Done: with `keep` the secret stays in the keychain; without, it stays unclaimed until it was copied and stored. */
  finishHandoff(key: KeyRef, keep: boolean): Promise<Handoff[]>;
  /** 'I have stored it': an unclaimed secret is forgotten here. */
  confirmStored(key: KeyRef): Promise<Handoff[]>;
  /** Sends a create again that was not answered. */
  resendHandoff(operation: Operation, key: KeyRef): Promise<Handoff>;
  /** Forgets a create that never reached the server. */
  forgetHandoff(key: KeyRef): Promise<Handoff[]>;
  /** Revokes the new key and forgets its secret. */
  discardKey(operation: Operation, key: KeyRef): Promise<Revocation>;
  /** Takes a kept secret out of the keychain. The key goes on working. */
  forgetSecret(key: KeyRef): Promise<KeyRow["custody"]>;

  copySecret(key: KeyRef, form: CopyAs): Promise<ClipboardState>;
  clearClipboard(): Promise<ClipboardState>;
  tryKey(operation: Operation, key: KeyRef): Promise<Trial>;
  revealSecret(key: KeyRef): Promise<Reveal>;
  /** Whether the sealed frame was served: its `load` fires also when it was refused. */
  revealServed(address: string): Promise<boolean>;
  /** Ends a reveal that was not looked at. */
  endReveal(address: string): Promise<void>;

  setPreferences(preferences: Preferences): Promise<Preferences>;
  checkKeychain(): Promise<KeychainReport>;
  /** Opens an https link in the system's browser; anything else is refused. */
  openLink(url: string): Promise<void>;
}

/** For code that only reads. */
export type { Key };
