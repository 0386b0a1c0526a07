// Made from the Rust types by crates/console/tests/bindings.rs. Do not edit.

/**
 * Something that an adapter may be able to do.
 */
export type Ability = "list" | "create" | "edit" | "rename" | "disable" | "revoke" | "rotate" | "scopes" | "edit_scopes" | "expiry" | "edit_expiry" | "environments" | "kinds" | "addresses" | "notes" | "metadata" | "probe" | "take_in" | "members" | "organizations" | "invitations" | "sessions" | "audit" | "verifiers" | "usage" | "webhooks";

/**
 * A named set of scopes, so that most people never choose single ones.
 */
export type Access = "read_only" | "write_only" | "full";

/**
 * An access and the scopes that it stands for in this organization.
 */
export type AccessDefinition = { 
/**
 * Its name.
 */
access: Access, 
/**
 * Its scopes; never `admin`.
 */
scopes: Scopes, };

/**
 * What was done.
 */
export type Action = "organization_created" | "organization_updated" | "member_added" | "member_updated" | "member_removed" | "invitation_created" | "invitation_revoked" | "key_created" | "key_updated" | "key_revoked" | "verifier_created" | "verifier_revoked" | "webhook_created" | "webhook_revoked" | "limits_updated" | "restored" | "refused";

/**
 * One address, or a network in CIDR notation (RFC 4632): `203.0.113.7`, `2001:db8::/32`.
 */
export type AddressRange = string;

/**
 * One alert.
 */
export type Alert = { 
/**
 * 1, 2, 3 … in the order in which they were noticed, per server: there are gaps.
 */
sequence: number, 
/**
 * When: of a jump or fall the end of its hour, else when the key was used.
 */
at: string, 
/**
 * What.
 */
notice: Notice, 
/**
 * The key that it is about; `None` where it is about the organization.
 */
key: KeyId | null, 
/**
 * That key's name now.
 */
key_name: Name | null, 
/**
 * The same is not said again before this time.
 */
until: string, };

/**
 * `GET …/audit/check`: the server goes through the whole chain.
 */
export type AuditCheck = { 
/**
 * How many entries the chain has.
 */
entries: number, 
/**
 * What does not add up, in a sentence; `None` where all does.
 */
broken: string | null, };

/**
 * One entry of an organization's chain. Holds no digests and no secrets.
 */
export type AuditEntry = { 
/**
 * 1, 2, 3 … without gaps.
 */
sequence: number, 
/**
 * When.
 */
at: string, 
/**
 * Who; `None` for the server's own command line.
 */
actor: Person | null, 
/**
 * What.
 */
action: Action, 
/**
 * The id of what it was done to.
 */
target: string, 
/**
 * What people call it now, or called it then: a key's name, a member's e-mail address.
 */
target_name: string | null, 
/**
 * The fields before, where something was changed.
 */
before: Record<string, unknown> | null, 
/**
 * The fields after.
 */
after: Record<string, unknown> | null, 
/**
 * `HMAC(audit key, previous ‖ entry)`, 64 hexadecimal digits.
 */
mac: string, };

/**
 * A page of the audit log, newest entry first.
 */
export type AuditPage = { 
/**
 * The entries.
 */
items: Array<AuditEntry>, 
/**
 * Gives the next page.
 */
next: string | null, 
/**
 * Entries that match, over all pages.
 */
total: number, };

/**
 * The query of `GET …/audit`, newest entry first; without `cursor` and `limit` also of
 * `GET …/audit/export`.
 */
export type AuditQuery = { 
/**
 * Only what this person did.
 */
actor?: UserId, 
/**
 * Only what was done to this thing.
 */
target?: string, 
/**
 * Only this kind.
 */
action?: Action, 
/**
 * From this instant on.
 */
from?: string, 
/**
 * Before this instant.
 */
to?: string, 
/**
 * Entries whose actor, target, name or fields hold this text, upper and lower case alike. `%` and
 * `_` are ordinary characters.
 */
search?: string, 
/**
 * From the page before; bound to the filter.
 */
cursor?: string, 
/**
 * Rows a page, 1 to 500; 50 where absent.
 */
limit?: number, };

/**
 * Whether the audit log can be trusted.
 */
export type AuditReport = { 
/**
 * What the server found when it went through the chain.
 */
check: AuditCheck, 
/**
 * What this computer found: the history that it saw before is not there any more. `None` where it
 * is.
 */
went_back: string | null, };

/**
 * How exactly a step's bounds were kept. What is added up is never lost, only counted to the step
 * before or after.
 */
export type Bounds = "exact" | "hours" | "utc_days";

/**
 * So many requests in a window. They may come all at once, and come back evenly over the window (the generic cell
 * rate algorithm, GCRA). Measured by a clock that is never set.
 */
export type Burst = { 
/**
 * Requests, 1 to [`BURST_MAX`].
 */
requests: number, 
/**
 * The window in seconds, 1 to [`WINDOW_MAX_SECONDS`].
 */
window_seconds: number, };

/**
 * What one kind of key server can do.
 */
export type Capabilities = { 
/**
 * Keys can be listed, searched and sorted by the server.
 */
list: boolean, 
/**
 * Keys can be made.
 */
create: boolean, 
/**
 * The console makes the secret and sends a digest; otherwise the server makes it.
 */
client_made_secrets: boolean, 
/**
 * Name, note, metadata, scopes, expiry and addresses can be changed.
 */
edit: boolean, 
/**
 * Keys can be switched off and on.
 */
disable: boolean, 
/**
 * Keys can be revoked for good.
 */
revoke: boolean, 
/**
 * Keys have an environment, live or test.
 */
environments: boolean, 
/**
 * Keys can be bound to addresses.
 */
addresses: boolean, 
/**
 * A key can be tried with one click.
 */
probe: boolean, 
/**
 * Members are shown, their roles changed, and they can be removed.
 */
members: boolean, 
/**
 * Organizations can be made and changed, their catalogues and presets as well.
 */
organizations: boolean, 
/**
 * One's own sessions are shown and can be ended, and the password can be changed.
 */
sessions: boolean, 
/**
 * There is an audit log to read, check and export.
 */
audit: boolean, 
/**
 * People can be invited.
 */
invitations: boolean, 
/**
 * Verifiers are shown, and can be made and revoked.
 */
verifiers: boolean, 
/**
 * How keys are used is counted: there are figures and alerts.
 */
usage: boolean, 
/**
 * Alerts can be sent on by webhooks.
 */
webhooks: boolean, 
/**
 * What a new key may do is chosen so.
 */
scopes: Scoping, 
/**
 * What a key may do can be changed later.
 */
edit_scopes: boolean, 
/**
 * A new key can have an end.
 */
expiry: boolean, 
/**
 * A key's end can be changed later.
 */
edit_expiry: boolean, 
/**
 * A key can be given another name.
 */
rename: boolean, 
/**
 * Keys have a note.
 */
notes: boolean, 
/**
 * Keys have free pairs.
 */
metadata: boolean, 
/**
 * Keys are secret or publishable.
 */
kinds: boolean, 
/**
 * How a key is replaced.
 */
rotate: RotateBy, 
/**
 * A key that was made elsewhere can be taken in from the clipboard, and stands in this computer's register.
 */
take_in: boolean, 
/**
 * Why something is absent, where a sentence says more than that this kind of server can't do it.
 */
explain: Array<Explained>, };

/**
 * What is drawn. Times and values belong together by their place.
 */
export type Chart = { 
/**
 * Where each step begins, in seconds since 1970, strictly rising.
 */
times: number[], 
/**
 * Where the last step ends, in seconds since 1970.
 */
end: number, 
/**
 * The series, the largest first; *unattributed* and *other* last. Their values are in the order of
 * [`Chart::times`], their totals those of all steps.
 */
series: Array<Series>, 
/**
 * Everything that the query matches.
 */
total: number, 
/**
 * How many groups *other* stands for.
 */
others: number, 
/**
 * How exactly the steps' bounds were kept.
 */
bounds: Bounds, 
/**
 * Up to here everything has been counted.
 */
as_of: string, 
/**
 * From here on there are figures at all; `None` where nothing was ever counted.
 */
since: string | null, 
/**
 * Whether there were more steps than can be seen: then the smallest and the largest value of each
 * part are here, and the first and the last step. Totals are those of all steps.
 */
reduced: boolean, 
/**
 * The period of the same length before; `None` where it was not asked for, or nothing is known of it.
 */
before: Shadow | null, };

/**
 * What is typed to claim a fresh server.
 */
export type ClaimForm = { 
/**
 * The one-time token that the server printed where it runs.
 */
token: string, 
/**
 * What the person will sign in with.
 */
email: string, 
/**
 * What people call him.
 */
name: string, 
/**
 * His password from now on.
 */
password: string, 
/**
 * The organization that he will own.
 */
organization: string, 
/**
 * What its keys begin with.
 */
prefix: string, };

/**
 * How a copied secret left the clipboard.
 */
export type ClipboardEnd = "cleared" | "replaced" | "failed";

/**
 * What stands in the clipboard from us.
 */
export type ClipboardState = { 
/**
 * Whether a secret of ours is in it.
 */
holds_secret: boolean, 
/**
 * What is visible of that secret.
 */
hint: string | null, 
/**
 * When it is cleared; `None` where it is never cleared.
 */
clears_at: string | null, 
/**
 * Seconds until then, when this was answered: the window's clock need not agree.
 */
seconds_left: number | null, 
/**
 * How the last one ended.
 */
ended: ClipboardEnd | null, };

/**
 * The colour that tells connections apart. Each has its word on screen as well: its name.
 */
export type Colour = "blue" | "green" | "violet" | "orange" | "grey";

/**
 * A connection as the window shows it.
 */
export type Connection = { 
/**
 * Its id on this computer.
 */
id: ConnectionId, 
/**
 * Local or somewhere else.
 */
kind: ServerKind, 
/**
 * What the person calls it.
 */
name: Name, 
/**
 * Its colour.
 */
colour: Colour, 
/**
 * Where it is: `https://keys.example.org`, and behind it the path under which a foreign system lives.
 */
address: string, 
/**
 * The tenant whose keys are worked with, where the system has tenants.
 */
tenant: TenantId | null, 
/**
 * The file of an own certificate authority, if one is used.
 */
ca_file: string | null, 
/**
 * Whether it can be worked with now.
 */
state: ConnectionState, 
/**
 * Who is signed in.
 */
user: User | null, 
/**
 * The organizations of who is signed in.
 */
organizations: Array<Organization>, 
/**
 * The organization that is shown.
 */
organization: OrganizationId | null, 
/**
 * What its adapter can do.
 */
capabilities: Capabilities, 
/**
 * Something that the person should know: the port changed, history went back.
 */
notice: string | null, 
/**
 * When it last answered since the program started.
 */
answered_at: string | null, 
/**
 * The proxy that the environment names for this address, without a password: `http://proxy:3128`.
 * Requests to this computer never go through one.
 */
proxy: string | null, };

/**
 * A connection, on this computer.
 */
export type ConnectionId = string;

/**
 * Whether a connection can be worked with now.
 */
export type ConnectionState = "signed_in" | "signed_out" | "unreachable" | "unclaimed" | "too_old" | "too_new" | "stopped";

/**
 * In which form a secret is copied.
 */
export type CopyAs = { "form": "plain" } | { "form": "environment", 
/**
 * The variable's name: letters, digits and underscores, not beginning with a digit.
 */
variable: string, } | { "form": "curl_header" };

/**
 * What this computer holds of a key's secret.
 */
export type Custody = "none" | "pending" | "unclaimed" | "kept" | "memory_only";

/**
 * How an attempt ended.
 */
export type Delivery = { 
/**
 * When.
 */
at: string, 
/**
 * The status that came back; `None` where none came.
 */
status: number | null, 
/**
 * Whether it was taken.
 */
taken: boolean, 
/**
 * Why not, for people; holds nothing of the answer's body.
 */
error: string | null, };

/**
 * Whose contract an organization's keys follow. Chosen when the organization is made, for good.
 */
export type Dialect = "keydeck" | "azen" | "memory-api" | "elizaos" | "azotte" | "azerion";

/**
 * Which way a list is sorted.
 */
export type Direction = "ascending" | "descending";

/**
 * An e-mail address in lower case, at most 254 characters (RFC 5321, 4.5.3.1.3).
 */
export type Email = string;

/**
 * What the register says of a key.
 */
export type Entry = { 
/**
 * By when it should be replaced.
 */
rotate_by: string | null, 
/**
 * When it was last tried.
 */
checked_at: string | null, 
/**
 * How that ended.
 */
checked: Outcome | null, 
/**
 * Since when the server does not have it any more, as far as was seen.
 */
gone_at: string | null, };

/**
 * Which world a key belongs to. Part of the key's text, so that it can't be mistaken.
 */
export type Environment = "test" | "live";

/**
 * An error as the window gets it. Holds nothing secret.
 */
export type Error = { 
/**
 * For programs.
 */
code: ErrorCode, 
/**
 * What is wrong this time, in a sentence that a person can read.
 */
message: string, 
/**
 * After how many seconds it can be tried again, where the server said so.
 */
retry_after: number | null, };

/**
 * What went wrong, for programs.
 */
export type ErrorCode = "invalid" | "insecure_address" | "unreachable" | "certificate" | "timeout" | "cancelled" | "not_a_key_server" | "incompatible" | "bad_answer" | "redirected" | "wrong_credentials" | "signed_out" | "forbidden" | "not_found" | "conflict" | "revoked" | "rate_limited" | "server_failed" | "keychain_locked" | "keychain_absent" | "keychain_refused" | "not_in_keychain" | "clipboard" | "settings" | "file" | "local_server" | "unsafe_link" | "internal";

/**
 * What the window is told without asking.
 */
export type Event = { "event": "clipboard", 
/**
 * As it is now.
 */
clipboard: ClipboardState, } | { "event": "connection", 
/**
 * As it is now.
 */
connection: Connection, } | { "event": "handoffs", 
/**
 * As they are now.
 */
handoffs: Array<Handoff>, } | { "event": "close_held", 
/**
 * The key whose secret it is.
 */
handoff: Handoff, } | { "event": "alerted", 
/**
 * At which.
 */
connection: ConnectionId, 
/**
 * In which organization.
 */
organization: OrganizationId, 
/**
 * What was not known before, the oldest first.
 */
alerts: Array<Alert>, } | { "event": "alerts_wait", 
/**
 * At which.
 */
connection: ConnectionId, 
/**
 * In which organization.
 */
organization: OrganizationId, 
/**
 * Which, the oldest first.
 */
sequences: Array<number>, } | { "event": "keychain", 
/**
 * As it was found just now.
 */
state: KeychainState, } | { "event": "go", 
/**
 * At which server.
 */
connection: ConnectionId, 
/**
 * Of which organization.
 */
organization: OrganizationId, 
/**
 * Which view.
 */
view: Place, 
/**
 * The key that it is about.
 */
key: KeyRow | null, } | { "event": "progress", 
/**
 * By which operation.
 */
operation: string, 
/**
 * How much of it is there, in bytes.
 */
bytes: number, };

/**
 * Why something is absent.
 */
export type Explained = { 
/**
 * What.
 */
what: Ability, 
/**
 * In a sentence or two that a person can read, and what to do instead.
 */
why: string, };

/**
 * How an export is written: `GET …/audit/export?format=csv|json` with the filters of [`AuditQuery`].
 * CSV has a header line (RFC 4180), and a value that a spreadsheet would take for a formula gets an
 * apostrophe before it; JSON is one array of [`AuditEntry`]. Both are sent as they are made, oldest
 * entry first.
 */
export type ExportFormat = "csv" | "json";

/**
 * Where an export was written.
 */
export type ExportedFile = { 
/**
 * The file, where the person wanted it.
 */
path: string, 
/**
 * How large it is, in bytes.
 */
bytes: number, };

/**
 * Something that was seen when a key was tried, and what to do about it.
 */
export type Finding = { 
/**
 * How grave it is.
 */
gravity: Gravity, 
/**
 * In a sentence that a person can read. Holds nothing secret.
 */
text: string, };

/**
 * How grave something is that was seen.
 */
export type Gravity = "good" | "note" | "warning";

/**
 * Which group a series is of.
 */
export type Group = { "kind": "all" } | { "kind": "key", 
/**
 * Its id.
 */
id: KeyId, 
/**
 * Its name now, also of a revoked key; `None` where the record is gone.
 */
name: Name | null, 
/**
 * Live or test.
 */
environment: Environment, 
/**
 * Whether it was revoked.
 */
revoked: boolean, } | { "kind": "outcome", 
/**
 * Which.
 */
outcome: Outcome, } | { "kind": "environment", 
/**
 * Which.
 */
environment: Environment, } | { "kind": "route", 
/**
 * As the caller gave it; `None` where none was given.
 */
route: string | null, } | { "kind": "unattributed" } | { "kind": "other" };

/**
 * What figures are told apart by.
 */
export type GroupBy = "key" | "outcome" | "environment" | "route";

/**
 * A new key whose secret is not settled yet.
 */
export type Handoff = { 
/**
 * The key, and the handle of its secret.
 */
key: KeyRef, 
/**
 * What people call it.
 */
name: Name, 
/**
 * Live or test.
 */
environment: Environment, 
/**
 * What is visible of the secret.
 */
hint: Hint, 
/**
 * Where the secret is now.
 */
custody: Custody, 
/**
 * Whether it was copied since this program started.
 */
copied: boolean, 
/**
 * Whether the server has the key; `None` where it could not be asked.
 */
registered: boolean | null, 
/**
 * What went wrong and what can be done, if something did.
 */
problem: string | null, };

/**
 * A header that carries a key.
 */
export type HeaderInfo = { 
/**
 * Its name.
 */
name: string, 
/**
 * What stands before the key: `Bearer `, or nothing.
 */
before: string, };

/**
 * `kd_test_9c1b…a7Qd`: what a key begins with, which is no secret, and at most four characters of each
 * end of the rest. Never more: a hint that holds more of a secret is refused. A key server that tells less
 * gives a shorter one: `azen_a…`.
 */
export type Hint = string;

/**
 * An invitation that nobody has used yet.
 */
export type Invitation = { 
/**
 * The invitation.
 */
id: InvitationId, 
/**
 * Who is invited.
 */
email: Email, 
/**
 * What he will be.
 */
role: Role, 
/**
 * When it was made.
 */
created_at: string, 
/**
 * Who made it.
 */
created_by: Person, 
/**
 * When its time is over; then it stays in the list until it is withdrawn.
 */
expires_at: string, };

/**
 * An invitation: a way into an organization, for one person, once.
 */
export type InvitationId = string;

/**
 * What an invitation is for, as the invited person sees it.
 */
export type InvitationOffer = { 
/**
 * The organization.
 */
organization_id: OrganizationId, 
/**
 * What people call it.
 */
organization: Name, 
/**
 * Who is invited.
 */
email: Email, 
/**
 * What he will be.
 */
role: Role, 
/**
 * Who invited him.
 */
invited_by: Person, 
/**
 * When its time is over.
 */
expires_at: string, 
/**
 * Whether he can sign in to this server already: then he proves it with his password, and keeps
 * his name.
 */
known: boolean, };

/**
 * What an invitation's link leads to.
 */
export type Invited = { 
/**
 * The server of the link.
 */
server: ServerIdentity, 
/**
 * What the invitation is for.
 */
offer: InvitationOffer, 
/**
 * The connection to that server, where this person has added it already.
 */
connection: ConnectionId | null, };

/**
 * What is typed to accept an invitation.
 */
export type JoinForm = { 
/**
 * The link: `https://keys.example.org/join#kdi_…`.
 */
link: string, 
/**
 * The file of an own certificate authority (PEM).
 */
ca_file: string | null, 
/**
 * What to call the connection, where there is none yet; its host where empty.
 */
connection_name: string, 
/**
 * The connection's colour, where there is none yet.
 */
colour: Colour, 
/**
 * What people are to call a new person; ignored for one who is known.
 */
name: string, 
/**
 * A new person's password from now on, or a known person's password.
 */
password: string, };

/**
 * A key without its secret.
 */
export type Key = { 
/**
 * Unique within the organization.
 */
id: KeyId, 
/**
 * Who owns it.
 */
organization_id: OrganizationId, 
/**
 * What people call it.
 */
name: Name, 
/**
 * Live or test.
 */
environment: Environment, 
/**
 * Secret or publishable.
 */
kind: KeyKind, 
/**
 * What is visible of its secret.
 */
hint: Hint, 
/**
 * What it may do.
 */
scopes: Scopes, 
/**
 * A remark, possibly empty.
 */
note: Note, 
/**
 * Free pairs.
 */
metadata: Record<string, string>, 
/**
 * Where it may be used from; empty means from everywhere.
 */
allowed_addresses: Array<AddressRange>, 
/**
 * Whether it works now, by the server's clock when it answered.
 */
status: KeyStatus, 
/**
 * Whether it is switched on.
 */
enabled: boolean, 
/**
 * When its time is over; `None` means never.
 */
expires_at: string | null, 
/**
 * When it was revoked, if it was.
 */
revoked_at: string | null, 
/**
 * When it was made.
 */
created_at: string, 
/**
 * Who made it.
 */
created_by: Person, 
/**
 * Whether who made it is no member any more: somebody else should take the key over or revoke it.
 */
creator_left: boolean, 
/**
 * When it was last changed.
 */
updated_at: string, 
/**
 * When it was last accepted; `None` means never. Written in batches: up to a minute late.
 */
last_used_at: string | null, 
/**
 * Counts the changes; the `ETag` is this number in quotes.
 */
version: number, };

/**
 * `PATCH …/keys/{id}`, with `If-Match`: what is absent stays as it is.
 */
export type KeyChange = { 
/**
 * Another name.
 */
name?: Name, 
/**
 * Another remark.
 */
note?: Note, 
/**
 * All the pairs, in place of those before.
 */
metadata?: Record<string, string>, 
/**
 * All the scopes, in place of those before.
 */
scopes?: Scopes, 
/**
 * Another expiry; `null` means never.
 */
expires_at?: string | null, 
/**
 * Switched on or off.
 */
enabled?: boolean, 
/**
 * All the addresses, in place of those before.
 */
allowed_addresses?: Array<AddressRange>, };

/**
 * A key, unique together with its organization: the client makes it.
 */
export type KeyId = string;

/**
 * Secret, or publishable: a publishable key may stand in a browser.
 */
export type KeyKind = "secret" | "publishable";

/**
 * A page of the list.
 */
export type KeyPage = { 
/**
 * The rows, in the order that was asked for.
 */
items: Array<KeyRow>, 
/**
 * Gives the next page.
 */
next: string | null, 
/**
 * Rows that match, over all pages.
 */
total: number, 
/**
 * When this list was current, where it is an old one: the server can't be reached now.
 */
as_of: string | null, 
/**
 * What a person should know of the list: that there are keys which no list tells, say.
 */
notice?: string, };

/**
 * The query of `GET …/keys`.
 */
export type KeyQuery = { 
/**
 * Rows whose name, hint, note, scopes or creator hold this text, upper and lower case alike.
 * `%` and `_` are ordinary characters.
 */
search?: string, 
/**
 * Only this environment.
 */
environment?: Environment, 
/**
 * Only this kind.
 */
kind?: KeyKind, 
/**
 * Only this status.
 */
status?: KeyStatus, 
/**
 * Only keys that this person made.
 */
created_by?: UserId, 
/**
 * Only keys whose maker is no member any more, or only the others.
 */
creator_left?: boolean, 
/**
 * By what to sort.
 */
sort: KeySort, 
/**
 * Which way to sort.
 */
direction: Direction, 
/**
 * From the page before; bound to filter and sort.
 */
cursor?: string, 
/**
 * Rows a page, 1 to 500; 50 where absent.
 */
limit?: number, };

/**
 * Which key is meant, over all connections. Also the handle of its secret: the page never holds
 * the secret itself.
 */
export type KeyRef = { 
/**
 * Where it lives.
 */
connection: ConnectionId, 
/**
 * Who owns it.
 */
organization: OrganizationId, 
/**
 * The key.
 */
key: KeyId, };

/**
 * A row of the list.
 */
export type KeyRow = { 
/**
 * The server's record.
 */
key: Key, 
/**
 * What this computer holds of its secret.
 */
custody: Custody, 
/**
 * What this computer's register says of it, where it stands there.
 */
entry: Entry | null, };

/**
 * By what a list of keys is sorted. Equal rows are sorted by id.
 */
export type KeySort = "created_at" | "name" | "last_used_at" | "expires_at";

/**
 * Whether a key works now, in one word. Decided in one place: [`KeyStatus::of`].
 */
export type KeyStatus = "active" | "disabled" | "expired" | "revoked";

/**
 * `GET …/usage/keys/{id}`: how one key is used.
 */
export type KeyUsage = { 
/**
 * The last time it was accepted; `None` means never.
 */
last: LastUse | null, 
/**
 * Verifications in each of the last 24 hours, the oldest first; the last one is the hour that runs.
 */
hours: number[], 
/**
 * The same for those that were not accepted.
 */
refused_hours: number[], 
/**
 * All verifications since it was made.
 */
total: number, 
/**
 * The scopes that it used, the most used first. Those that it has and that are not here were never
 * used.
 */
scopes: Array<ScopeUse>, };

/**
 * The outcome of the keychain check.
 */
export type KeychainReport = { 
/**
 * In one word.
 */
state: KeychainState, 
/**
 * Which keychain this computer has: `Secret Service`, `macOS Keychain`, `Windows Credential Manager`.
 */
store: string, 
/**
 * What was tried and what came of it.
 */
detail: string, 
/**
 * What to do; empty where it works.
 */
advice: string, 
/**
 * How many entries of ours are in it, by the journal.
 */
entries: number, };

/**
 * Whether secrets can be kept.
 */
export type KeychainState = "working" | "locked" | "absent" | "refusing" | "unknown";

/**
 * A kind as the window shows it.
 */
export type KindInfo = { 
/**
 * Its word.
 */
kind: ServerKind, 
/**
 * How people call it.
 */
title: string, 
/**
 * How one signs in.
 */
sign_in: SignInWith, 
/**
 * What is proposed as its address.
 */
default_address: string | null, 
/**
 * Whether the connection needs a tenant.
 */
tenant: boolean, 
/**
 * The variable that its document keeps a key in.
 */
variable: string | null, 
/**
 * The header that its document recommends for the key, and what stands before the key in it.
 */
header: HeaderInfo, 
/**
 * The header that names the tenant.
 */
tenant_header: string | null, 
/**
 * After how many days its document wants keys replaced.
 */
rotate_days: number | null, 
/**
 * Where its keys are managed by hand.
 */
account_page: string | null, };

/**
 * Where and when a key was accepted.
 */
export type LastUse = { 
/**
 * When.
 */
at: string, 
/**
 * From where, as the verifier said.
 */
address: string | null, 
/**
 * With which program, as the verifier said.
 */
user_agent: string | null, };

/**
 * One limit. Every limit that fits a request must have room for it.
 */
export type Limit = { 
/**
 * Of the organization, or of each key.
 */
of: LimitOf, 
/**
 * For keys of this environment alone; `None` means all of them together.
 */
environment: Environment | null, 
/**
 * Requests in a window.
 */
burst: Burst | null, 
/**
 * Requests in a day of UTC, 1 to [`PER_DAY_MAX`].
 */
per_day: number | null, 
/**
 * Requests that run at the same time, 1 to [`AT_ONCE_MAX`]. Holds on the routes of the dialects: a verifier does
 * not tell when the request ended that it asked for, so `/v1/verify` takes none of these.
 */
at_once: number | null, 
/**
 * For `per_day`.
 */
on_failure: OnFailure, };

/**
 * What a limit is for.
 */
export type LimitOf = "organization" | "key";

/**
 * An organization's limits.
 */
export type Limits = { 
/**
 * Each at most once for what it is of and its environment. None: nothing is limited.
 */
items: Array<Limit>, 
/**
 * The plans of the organization's dialect, to choose from.
 */
plans: Array<Plan>, 
/**
 * They were changed from outside: every key is refused until they are set anew.
 */
set_aside: boolean, 
/**
 * Counts the changes; 0 where they were never set.
 */
version: number, };

/**
 * How setting limits ended.
 */
export type LimitsUpdate = { "result": "saved", 
/**
 * The limits as they are now.
 */
limits: Limits, } | { "result": "changed", 
/**
 * The limits as they are now.
 */
limits: Limits, };

/**
 * A member, as every other member sees him. `GET …/members` gives all of them, sorted by e-mail.
 */
export type Member = { 
/**
 * The person.
 */
user: User, 
/**
 * What he is here.
 */
role: Role, 
/**
 * When he became a member.
 */
joined_at: string, 
/**
 * How many keys that are not revoked he made here.
 */
keys: number, };

/**
 * What people call a thing: 1 to 100 characters, blanks trimmed, on one line.
 */
export type Name = string;

/**
 * What is typed to add a connection.
 */
export type NewConnection = { 
/**
 * What kind of key server it is. Ignored where a connection is changed: it keeps its kind.
 */
kind?: ServerKind, 
/**
 * What to call it; its host where empty.
 */
name: string, 
/**
 * `https://…`, or `http://` on this computer. Without a scheme, https is meant. Foreign systems can live under a
 * path.
 */
address: string, 
/**
 * The tenant, where the kind has tenants.
 */
tenant?: string, 
/**
 * Its colour.
 */
colour: Colour, 
/**
 * The file of an own certificate authority (PEM).
 */
ca_file: string | null, };

/**
 * `POST …/invitations`, by who manages that role. One that waits for the same address is replaced.
 * 409 `conflict` where the person is a member already.
 */
export type NewInvitation = { 
/**
 * Who is invited: nobody else can use the link.
 */
email: Email, 
/**
 * What he will be.
 */
role: Role, };

/**
 * What a new key is to be: the creation fields.
 */
export type NewKey = { 
/**
 * What people call it.
 */
name: Name, 
/**
 * Live or test.
 */
environment: Environment, 
/**
 * Secret or publishable.
 */
kind: KeyKind, 
/**
 * What it may do; each must be in the catalogue and grantable by who asks.
 */
scopes: Scopes, 
/**
 * When its time is over, in the future; `None` means never.
 */
expires_at: string | null, 
/**
 * A remark.
 */
note: Note, 
/**
 * Free pairs.
 */
metadata: Record<string, string>, 
/**
 * Where it may be used from; empty means from everywhere.
 */
allowed_addresses: Array<AddressRange>, };

/**
 * `PUT …/limits`: all of them.
 */
export type NewLimits = { 
/**
 * The limits as they are to be.
 */
items: Array<Limit>, };

/**
 * `POST /v1/organizations`, by who owns one already: he owns the new one too. Answers 201 with the
 * [`Organization`].
 */
export type NewOrganization = { 
/**
 * What people call it.
 */
name: Name, 
/**
 * What its keys begin with.
 */
prefix: Prefix, 
/**
 * Whose contract its keys follow, for good.
 */
dialect?: Dialect, 
/**
 * What the dialect's tenant header names it by; one is made where the dialect has tenants and none is given,
 * and 422 where it has none.
 */
tenant?: TenantId, };

/**
 * `POST …/verifiers`.
 */
export type NewVerifier = { 
/**
 * Which service it is for.
 */
name: Name, };

/**
 * `POST …/webhooks`.
 */
export type NewWebhook = { 
/**
 * What people call it.
 */
name: Name, 
/**
 * Where to: https, no user name or password in it, at most 500 characters.
 */
url: string, };

/**
 * A remark, possibly empty, of at most 2,000 characters. Line breaks and tabs are allowed.
 */
export type Note = string;

/**
 * What was noticed. Each is said once a period ([`Alert::until`]).
 */
export type Notice = { "kind": "jump", 
/**
 * In the hour that ended at [`Alert::at`].
 */
count: number, 
/**
 * The median of the same hours of the weeks before.
 */
usual: number, } | { "kind": "fall", 
/**
 * In the hour that ended at [`Alert::at`].
 */
count: number, 
/**
 * The median of the same hours of the weeks before.
 */
usual: number, } | { "kind": "awake", 
/**
 * Its last use before; `None` means never.
 */
before: string | null, } | { "kind": "new_network", 
/**
 * From where, as the verifier said; the network's first address where it is not known any more.
 */
address: string, } | { "kind": "limit_near", 
/**
 * 50, 80 or 95.
 */
percent: number, 
/**
 * Requests that a day has.
 */
quota: number, 
/**
 * The environment that the quota is for; `None` means all.
 */
environment: Environment | null, };

/**
 * What happens to requests of a day whose count can't be read when the server starts.
 */
export type OnFailure = "open" | "closed";

/**
 * An organization as one of its members sees it.
 */
export type Organization = { 
/**
 * The organization.
 */
id: OrganizationId, 
/**
 * What people call it.
 */
name: Name, 
/**
 * What its keys begin with.
 */
prefix: Prefix, 
/**
 * Whose contract its keys follow.
 */
dialect: Dialect, 
/**
 * What the dialect's tenant header names it by.
 */
tenant?: TenantId, 
/**
 * The asking member's role.
 */
role: Role, 
/**
 * Every scope that a key can have here.
 */
scopes: Array<ScopeDefinition>, 
/**
 * The named sets.
 */
accesses: Array<AccessDefinition>, 
/**
 * The sets that the organization itself has named.
 */
presets: Array<Preset>, 
/**
 * The scopes that the asking member can give: nobody grants what he lacks.
 */
grantable: Scopes, 
/**
 * What the asking member may do here.
 */
permissions: Array<Permission>, 
/**
 * Counts the changes; the `ETag` is this number in quotes.
 */
version: number, };

/**
 * `PATCH /v1/organizations/{organization}`, with `If-Match`: what is absent stays as it is. Answers
 * with the [`Organization`] as it is then; 412 where somebody was faster. 409 `conflict` where a
 * scope would go that a key which is not revoked has.
 */
export type OrganizationChange = { 
/**
 * Another name.
 */
name?: Name, 
/**
 * What new keys begin with from now on; those that are there keep theirs.
 */
prefix?: Prefix, 
/**
 * The whole catalogue, in place of the one before.
 */
scopes?: Array<ScopeDefinition>, 
/**
 * All presets, in place of those before.
 */
presets?: Array<Preset>, };

/**
 * An organization: who owns keys.
 */
export type OrganizationId = string;

/**
 * How a change of an organization ended.
 */
export type OrganizationUpdate = { "result": "saved", 
/**
 * The organization as it is now.
 */
organization: Organization, } | { "result": "changed", 
/**
 * The organization as it is now.
 */
organization: Organization, };

/**
 * The outcome of one verification. Every verification has exactly one.
 */
export type Outcome = "accepted" | "missing" | "malformed" | "unknown" | "revoked" | "expired" | "disabled" | "wrong_tenant" | "missing_scope" | "address_refused" | "rate_limited" | "quota_exhausted";

/**
 * What the window needs to draw itself the first time.
 */
export type Overview = { 
/**
 * This program's version.
 */
version: string, 
/**
 * The kinds of key servers that this version knows.
 */
kinds: Array<KindInfo>, 
/**
 * All connections, in the order they were added.
 */
connections: Array<Connection>, 
/**
 * The connection that is shown.
 */
connection: ConnectionId | null, 
/**
 * What the person has set.
 */
preferences: Preferences, 
/**
 * Whether secrets can be kept.
 */
keychain: KeychainState, 
/**
 * When it did last, as far as this computer remembers.
 */
keychain_worked_at: string | null, 
/**
 * New keys whose secrets are not settled.
 */
handoffs: Array<Handoff>, 
/**
 * What stands in the clipboard from us.
 */
clipboard: ClipboardState, 
/**
 * What went wrong at the start, if something did.
 */
notice: string | null, };

/**
 * One thing that a member may or may not do. The matrix of roles and permissions is
 * [`Permission::least_role`]; `docs/roles.md` shows it, and a test holds the two together.
 */
export type Permission = "see" | "create_keys" | "change_own_keys" | "change_all_keys" | "manage_verifiers" | "manage_webhooks" | "manage_members" | "read_audit" | "edit_catalogue" | "manage_owners" | "rename_organization" | "create_organization";

/**
 * Who did something, as it is shown.
 */
export type Person = { 
/**
 * The person.
 */
id: UserId, 
/**
 * How he signs in.
 */
email: Email, };

/**
 * A view that a notice leads to.
 */
export type Place = "keys" | "usage";

/**
 * Limits that go by a name.
 */
export type Plan = { 
/**
 * The name, as the system's document has it.
 */
name: string, 
/**
 * Its limits.
 */
items: Array<Limit>, };

/**
 * What the person has set.
 */
export type Preferences = { 
/**
 * Seconds until a copied secret is cleared: 5 to 600, or `None` for never.
 */
clear_clipboard_after: number | null, 
/**
 * Whether a new secret is kept in the keychain unless the person says otherwise.
 */
keep_new_secrets: boolean, 
/**
 * Days until a new key expires unless the person says otherwise; `None` for never.
 */
expires_in_days: number | null, 
/**
 * Whether the system's notices tell of alerts, and of keys that expire soon.
 */
notices: boolean, };

/**
 * What an organization's keys begin with.
 */
export type Prefix = string;

/**
 * A set of scopes that an organization has given a name, such as 'Billing worker', beside the
 * accesses that every organization has. Never holds `admin`.
 */
export type Preset = { 
/**
 * Its name, once in an organization.
 */
name: Name, 
/**
 * Its scopes, each in the catalogue.
 */
scopes: Scopes, };

/**
 * What a copied text seems to be.
 */
export type Recognised = { 
/**
 * How the system is called whose key it is, where its form tells it.
 */
system: string | null, 
/**
 * Its environment, where the text tells it.
 */
environment: Environment | null, 
/**
 * Secret or publishable, where the text tells it.
 */
kind: KeyKind | null, 
/**
 * What may be shown of it.
 */
hint: Hint | null, 
/**
 * Why it can't be taken in here, in a sentence; `None` where it can.
 */
refused: string | null, };

/**
 * A place where a secret can be looked at once.
 */
export type Reveal = { 
/**
 * The address of the sealed frame; works once.
 */
address: string, 
/**
 * The address of an empty page that takes its place when it is hidden.
 */
blank: string, 
/**
 * After how many seconds it is gone.
 */
seconds: number, };

/**
 * How a revoke ended.
 */
export type Revocation = { 
/**
 * The key as it is now.
 */
row: KeyRow, 
/**
 * Whether it is really refused.
 */
check: RevocationCheck, };

/**
 * Whether a revoked key is really refused.
 */
export type RevocationCheck = { "result": "refused" } | { "result": "still_accepted" } | { "result": "not_held" } | { "result": "failed", 
/**
 * Why.
 */
why: string, };

/**
 * A member's role. The order is the order of power.
 */
export type Role = "viewer" | "member" | "admin" | "owner";

/**
 * How a key is replaced by another.
 */
export type RotateBy = "create_hand_over_revoke" | "none";

/**
 * One permission: `read`, or a resource and an action, `invoices:read`. There is no wildcard
 * and no value that means 'everything'.
 */
export type Scope = string;

/**
 * A scope of an organization's catalogue. The description is a line of at most 200 characters, under
 * the rules of a [`Name`] but possibly empty.
 */
export type ScopeDefinition = { 
/**
 * The scope.
 */
scope: Scope, 
/**
 * What it lets a key do, in one line.
 */
description: string, };

/**
 * How often a scope was wanted and granted.
 */
export type ScopeUse = { 
/**
 * Which.
 */
scope: Scope, 
/**
 * Accepted verifications that wanted it.
 */
count: number, 
/**
 * The last of them.
 */
last_at: string, };

/**
 * A set of scopes, sorted, each once.
 */
export type Scopes = Array<string>;

/**
 * How it is chosen what a key may do.
 */
export type Scoping = "scopes" | "access_only" | "none";

/**
 * The figures of one group.
 */
export type Series = { 
/**
 * Of what.
 */
group: Group, 
/**
 * The sum of `values`.
 */
total: number, 
/**
 * Verifications in each step, in the order of [`Usage::times`].
 */
values: number[], };

/**
 * Who answers at an address, before it is added.
 */
export type ServerIdentity = { 
/**
 * The address as it will be kept.
 */
address: string, 
/**
 * The server's name for itself.
 */
name: string, 
/**
 * Its version.
 */
version: string, 
/**
 * Whether somebody can sign in: a fresh server waits to be claimed.
 */
claimed: boolean, 
/**
 * As [`Connection::proxy`].
 */
proxy: string | null, };

/**
 * What kind of key server it is.
 */
export type ServerKind = "local" | "keydeck" | "better_auth" | "azen" | "memory_api" | "elizaos" | "azotte" | "azerion";

/**
 * One of the caller's own sessions. `GET /v1/sessions` gives all of them, the last used first;
 * `DELETE /v1/sessions/{id}` ends one at once (204; 404 where it is not the caller's).
 */
export type SessionEntry = { 
/**
 * The session.
 */
id: SessionId, 
/**
 * Whether it is the one that asks.
 */
current: boolean, 
/**
 * When the person signed in.
 */
created_at: string, 
/**
 * When it was last used, up to a minute late.
 */
last_used_at: string, 
/**
 * When it ends if it is not used.
 */
expires_at: string, 
/**
 * The program that signed in, as it named itself (`User-Agent`), at most 200 characters, without
 * control characters.
 */
client: string | null, 
/**
 * From which address; unknown behind a proxy.
 */
address: string | null, };

/**
 * A session of a person.
 */
export type SessionId = string;

/**
 * The period before, all series together.
 */
export type Shadow = { 
/**
 * Verifications, in the order of [`Chart::times`]: the first step of this period has the first of
 * that one at its place.
 */
values: number[], 
/**
 * The sum of all steps of that period.
 */
total: number, };

/**
 * How one signs in.
 */
export type SignInWith = "password" | "key" | "nothing";

/**
 * `GET …/usage/sparklines?keys=a,b,c`: the last 24 hours of at most 200 keys.
 */
export type Sparkline = { 
/**
 * The key.
 */
key: KeyId, 
/**
 * Verifications in each of the last 24 hours, the oldest first. A key that has none is left out.
 */
hours: number[], };

/**
 * A key that could go. In pages ([`super::Page`]), those never used first, then by their last use.
 */
export type StaleKey = { 
/**
 * The key: neither revoked nor expired.
 */
key: KeyId, 
/**
 * What people call it.
 */
name: Name, 
/**
 * Live or test.
 */
environment: Environment, 
/**
 * When it was made.
 */
created_at: string, 
/**
 * The last time it was accepted; `None` means never.
 */
last_used_at: string | null, };

/**
 * A page of keys that could go.
 */
export type StalePage = { 
/**
 * Those never used first, then by their last use.
 */
items: Array<StaleKey>, 
/**
 * Gives the next page.
 */
next: string | null, 
/**
 * Keys that match, over all pages.
 */
total: number, };

/**
 * The query of `GET …/usage/stale`.
 */
export type StaleQuery = { 
/**
 * Keys that were not accepted for this many days, 1 to 3650. Younger keys are not stale.
 */
days: number, 
/**
 * Rows of a page, 1 to 200; 50 unless told.
 */
limit?: number, 
/**
 * The page after this one.
 */
cursor?: string, };

/**
 * How wide one figure is.
 */
export type Step = "minute" | "quarter" | "hour" | "day" | "month";

/**
 * A key that exists elsewhere and is taken in from the clipboard: the text itself is never here.
 */
export type TakeIn = { 
/**
 * What to call it.
 */
name: string, 
/**
 * Live or test, where the text of the key does not tell it.
 */
environment: Environment, 
/**
 * A remark, possibly empty.
 */
note: string, 
/**
 * By when it should be replaced.
 */
rotate_by: string | null, };

/**
 * What stands in Azotte's `x-tn`: `tenant_abc123`. Upper and lower case differ.
 */
export type TenantId = string;

/**
 * How trying a key ended.
 */
export type Trial = { 
/**
 * Accepted, or refused. A key about itself hears no reason: then the record gives the outcome.
 */
outcome: Outcome, 
/**
 * The address that was asked.
 */
address: string, 
/**
 * How long the answer took, in milliseconds.
 */
milliseconds: number, 
/**
 * What else was seen.
 */
findings: Array<Finding>, };

/**
 * How a change ended.
 */
export type Update = { "result": "saved", 
/**
 * The key as it is now.
 */
row: KeyRow, } | { "result": "changed", 
/**
 * The key as it is now.
 */
row: KeyRow, };

/**
 * The query of `GET …/usage` and `GET …/usage/export`.
 */
export type UsageQuery = { 
/**
 * From this instant on; moved back to the beginning of its step.
 */
from: string, 
/**
 * Before this instant; moved on to the end of its step.
 */
to: string, 
/**
 * How wide one figure is.
 */
step: Step, 
/**
 * An IANA time zone, say `Asia/Kathmandu`; UTC unless told.
 */
zone?: string, 
/**
 * What figures are told apart by; one sum unless told.
 */
group?: GroupBy, 
/**
 * Only these keys: ids, comma between.
 */
keys?: string, 
/**
 * Only this environment. What names no key has none.
 */
environment?: Environment, 
/**
 * Only this outcome.
 */
outcome?: Outcome, 
/**
 * How many groups are shown by themselves, 1 to [`TOP_MAX`]; [`TOP_DEFAULT`] unless told.
 */
top?: number, };

/**
 * A person that can sign in.
 */
export type User = { 
/**
 * The person.
 */
id: UserId, 
/**
 * How he signs in.
 */
email: Email, 
/**
 * What people call him.
 */
name: Name, };

/**
 * A person that can sign in.
 */
export type UserId = string;

/**
 * A credential that can ask `/v1/verify` about its own organization's keys, and nothing else.
 */
export type Verifier = { 
/**
 * The verifier.
 */
id: VerifierId, 
/**
 * Which service it is for.
 */
name: Name, 
/**
 * When it was made.
 */
created_at: string, 
/**
 * Who made it.
 */
created_by: Person, 
/**
 * When it was revoked, if it was.
 */
revoked_at: string | null, };

/**
 * A verifier: a credential that can ask `/v1/verify` and nothing else.
 */
export type VerifierId = string;

/**
 * A webhook.
 */
export type Webhook = { 
/**
 * Its id.
 */
id: WebhookId, 
/**
 * What people call it.
 */
name: Name, 
/**
 * Where to.
 */
url: string, 
/**
 * When it was made.
 */
created_at: string, 
/**
 * How the last attempt ended.
 */
last: Delivery | null, 
/**
 * Messages that wait to be sent, or to be sent again.
 */
waiting: number, };

/**
 * A webhook: where an organization's alerts are sent to.
 */
export type WebhookId = string;

/**
 * The roles, from the least power to the most.
 */
export const ROLES: Role[] = ["viewer", "member", "admin", "owner"];

/**
 * The weakest role that has a permission; every stronger one has it too.
 */
export const LEAST_ROLE: Record<Permission, Role> = {
  see: "viewer",
  create_keys: "member",
  change_own_keys: "member",
  change_all_keys: "admin",
  manage_verifiers: "admin",
  manage_webhooks: "admin",
  manage_members: "admin",
  read_audit: "admin",
  edit_catalogue: "admin",
  manage_owners: "owner",
  rename_organization: "owner",
  create_organization: "owner",
};
