import type { ClipboardState, Delivery, Webhook, WebhookId } from "../bindings/console";
import { asFailure } from "../words/errors";
import type { Place } from "./keylist.svelte";
import { Task, type ListHost } from "./task.svelte";

/** Where the alerts of the organization that is shown are sent to. */
export class Webhooks {
  /** Null as long as no answer has come for this place. */
  all = $state.raw<Webhook[] | null>(null);
  /** Those whose secrets the program still has. */
  held = $state.raw<ReadonlySet<WebhookId>>(new Set());
  /** The one that is being tested. */
  testing = $state<WebhookId | null>(null);

  readonly task: Task;
  readonly testTask: Task;
  #host: ListHost;
  #place: Place | null = null;

  constructor(host: ListHost) {
    this.#host = host;
    this.task = new Task(host);
    this.testTask = new Task(host);
  }

  async show(place: Place): Promise<void> {
    if (this.#place?.connection !== place.connection || this.#place.organization !== place.organization) {
      this.#place = place;
      this.all = null;
      this.testTask.abandon();
      this.testTask.clear();
      this.testing = null;
    }
    await this.load();
  }

  leave(): void {
    this.task.abandon();
    this.testTask.abandon();
    this.#place = null;
    this.all = null;
    this.held = new Set();
    this.testing = null;
  }

  async load(): Promise<void> {
    const place = this.#place;
    if (!place) return;
    const done = await this.task.run(
      (operation) => this.#host.backend.webhooks(operation, place.connection, place.organization),
      (all) => (this.all = all),
    );
    if (done || this.task.error) this.#host.reach.asked(place.connection, this.task.error);
  }

  made(webhook: Webhook): void {
    this.held = new Set([...this.held, webhook.id]);
    void this.load();
  }

  /** Sends a test message; how it ended is that webhook's last delivery from now on. */
  async test(webhook: WebhookId): Promise<void> {
    const place = this.#place;
    if (!place) return;
    this.testing = webhook;
    await this.testTask.run(
      (operation) => this.#host.backend.testWebhook(operation, place.connection, place.organization, webhook),
      (last: Delivery) => (this.all = this.all?.map((one) => (one.id === webhook ? { ...one, last } : one)) ?? null),
    );
    if (!this.testTask.error) this.testing = null;
  }

  /** Hands a secret to the clipboard. One that is not held any more says so from now on. */
  async copy(webhook: WebhookId): Promise<ClipboardState> {
    try {
      return await this.#host.backend.copyWebhook(webhook);
    } catch (reason) {
      if (asFailure(reason).code === "not_found") this.#let(webhook);
      throw reason;
    }
  }

  /** It was handed over: the program forgets its secret. */
  async handedOver(webhook: WebhookId): Promise<void> {
    await this.#host.backend.forgetWebhook(webhook);
    this.#let(webhook);
  }

  removed(webhook: WebhookId): void {
    this.#let(webhook);
    void this.load();
  }

  #let(webhook: WebhookId): void {
    this.held = new Set([...this.held].filter((other) => other !== webhook));
  }
}
