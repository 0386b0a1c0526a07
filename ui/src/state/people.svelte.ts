import type { ClipboardState, Invitation, InvitationId, Member, Role, UserId } from "../bindings/console";
import { renewed } from "./fresh.svelte";
import type { Place } from "./keylist.svelte";
import type { Makers } from "./makers.svelte";
import { Task, type ListHost } from "./task.svelte";

/** Who belongs to the organization that is shown, and who is invited. */
export class People {
  members = $state.raw<Member[]>([]);
  invitations = $state.raw<Invitation[]>([]);
  /** Whether an answer has come for this place at all. */
  known = $state(false);
  /** When the members were current; null while none came. */
  asOf = $state<string | null>(null);
  /** The invitations whose links this start of the program made: those can be copied. */
  held = $state.raw<ReadonlySet<InvitationId>>(new Set());
  /** Whose role is being changed, or could not be. */
  changed = $state<UserId | null>(null);
  /** Which invitation is being withdrawn, or could not be. */
  withdrawn = $state<InvitationId | null>(null);

  readonly task: Task;
  readonly invitationsTask: Task;
  readonly roleTask: Task;
  readonly withdrawTask: Task;
  /** Asks without a word. */
  #quietTask: Task;
  /** Counts the changes that were made here: an answer from before one is old. */
  #changes = 0;
  #host: ListHost;
  #makers: Makers;
  #place: Place | null = null;

  constructor(host: ListHost, makers: Makers) {
    this.#host = host;
    this.#makers = makers;
    this.task = new Task(host);
    this.invitationsTask = new Task(host);
    this.roleTask = new Task(host);
    this.withdrawTask = new Task(host);
    this.#quietTask = new Task(host);
  }

  /** Shows another organization's people. */
  async show(place: Place): Promise<void> {
    if (this.#place?.connection !== place.connection || this.#place.organization !== place.organization) {
      this.#place = place;
      this.members = [];
      this.invitations = [];
      this.known = false;
      this.changed = null;
      this.withdrawn = null;
    }
    this.roleTask.clear();
    this.withdrawTask.clear();
    await this.load();
  }

  leave(): void {
    for (const task of [this.task, this.invitationsTask, this.roleTask, this.withdrawTask, this.#quietTask]) task.abandon();
    this.#place = null;
    this.members = [];
    this.invitations = [];
    this.held = new Set();
    this.known = false;
  }

  /** Asks again; what is shown stays until the answer comes. */
  async load(): Promise<void> {
    const place = this.#place;
    if (!place) return;
    // What it would answer is older.
    this.#quietTask.abandon();
    const done = await this.task.run(
      (operation) => this.#host.backend.members(operation, place.connection, place.organization),
      (members) => {
        this.#take(members);
        this.known = true;
        this.asOf = new Date().toISOString();
      },
    );
    if (done || this.task.error) this.#host.reach.asked(place.connection, this.task.error);
  }

  /** For who may invite: the others are not told who is. */
  async loadInvitations(): Promise<void> {
    const place = this.#place;
    if (!place) return;
    await this.invitationsTask.run(
      (operation) => this.#host.backend.invitations(operation, place.connection, place.organization),
      (invitations) => (this.invitations = invitations),
    );
  }

  /**
   * Asks again without a word, and takes over what others changed. What fails is asked again aloud,
   * which says why.
   */
  async refresh(inviting: boolean): Promise<void> {
    const place = this.#place;
    if (!place || !this.known || this.task.busy || this.task.error || this.#changing || this.#host.reach.isOut(place.connection)) return;
    const changes = this.#changes;
    const now = () => place === this.#place && changes === this.#changes && !this.#changing;
    const { backend } = this.#host;
    await this.#quietTask.run(
      async (operation) =>
        [
          await backend.members(operation, place.connection, place.organization),
          inviting ? await backend.invitations(operation, place.connection, place.organization) : this.invitations,
        ] as const,
      ([members, invitations]) => {
        if (!now()) return;
        this.#take(renewed(this.members, members, ({ user }) => user.id));
        this.invitations = renewed(this.invitations, invitations, ({ id }) => id);
        this.asOf = new Date().toISOString();
      },
    );
    // A session that is over is asked for by itself.
    const failure = this.#quietTask.error;
    if (!failure || failure.code === "signed_out" || !now()) return;
    await this.load();
    if (inviting && !this.task.error) await this.loadInvitations();
  }

  get #changing(): boolean {
    return this.roleTask.busy || this.withdrawTask.busy;
  }

  async changeRole(user: UserId, role: Role): Promise<boolean> {
    const place = this.#place;
    if (!place) return false;
    this.changed = user;
    return this.roleTask.run(
      (operation) => this.#host.backend.changeMember(operation, place.connection, place.organization, user, role),
      (member) => this.put(member),
    );
  }

  async withdraw(invitation: InvitationId): Promise<boolean> {
    const place = this.#place;
    if (!place) return false;
    this.withdrawn = invitation;
    return this.withdrawTask.run(
      (operation) => this.#host.backend.withdrawInvitation(operation, place.connection, place.organization, invitation),
      () => {
        this.#changes++;
        this.invitations = this.invitations.filter((other) => other.id !== invitation);
      },
    );
  }

  /** Takes over a member as he is now. */
  put(member: Member): void {
    this.#changes++;
    this.#take(this.members.map((other) => (other.user.id === member.user.id ? member : other)));
  }

  /** Somebody is no member any more. */
  remove(user: UserId): void {
    this.#changes++;
    this.#take(this.members.filter((other) => other.user.id !== user));
  }

  /** Takes over an invitation that was just made; it takes the place of one for the same address. */
  invited(invitation: Invitation): void {
    this.#changes++;
    this.invitations = [invitation, ...this.invitations.filter((other) => other.email !== invitation.email)];
    this.held = new Set([...this.held, invitation.id]);
  }

  /** Hands a link to the clipboard. One that is not held any more says so from now on. */
  async copyLink(invitation: InvitationId): Promise<ClipboardState> {
    try {
      return await this.#host.backend.copyInvitation(invitation);
    } catch (reason) {
      if (typeof reason === "object" && reason !== null && "code" in reason && reason.code === "not_found") {
        this.held = new Set([...this.held].filter((other) => other !== invitation));
      }
      throw reason;
    }
  }

  #take(members: Member[]): void {
    if (members === this.members) return;
    this.members = members;
    if (this.#place) this.#makers.take(this.#place, members);
  }
}
