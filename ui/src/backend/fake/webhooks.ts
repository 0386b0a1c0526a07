/** The fake server's webhooks. Their secrets do not exist: the page has none to show. */
import type { Delivery, OrganizationId, Webhook, WebhookId } from "../../bindings/console";
import type { Backend } from "../backend";
import { DAY, fakeId, HOUR, iso, MINUTE } from "./data";
import type { Fake } from "./fake";

export interface Hooks {
  all: Map<OrganizationId, Webhook[]>;
  /** Those whose secret the program still has. */
  told: Set<WebhookId>;
  /** What a test is answered with; null where nobody answers. */
  answers: number | null;
}

export type WebhookMethods = Pick<Backend, "webhooks" | "makeWebhook" | "copyWebhook" | "forgetWebhook" | "removeWebhook" | "testWebhook">;

export function someWebhooks(): Webhook[] {
  const now = Date.now();
  return [
    {
      id: fakeId("3e3e"),
      name: "Chat room",
      url: "https://chat.northwind.example/hooks/keydeck",
      created_at: iso(now - 40 * DAY),
      last: { at: iso(now - 14 * MINUTE), status: 200, taken: true, error: null },
      waiting: 0,
    },
    {
      id: fakeId("3e3e"),
      name: "Pager",
      url: "https://events.pager.example/v2/enqueue",
      created_at: iso(now - 90 * DAY),
      last: { at: iso(now - 3 * HOUR), status: 503, taken: false, error: "It answered 503." },
      waiting: 2,
    },
  ];
}

export function webhookMethods({ world, network, here, failure, signedIn, copied }: Fake): WebhookMethods {
  const hooks = () => world.traffic.hooks;
  const of = (organization: OrganizationId): Webhook[] => {
    const there = hooks().all.get(organization) ?? someWebhooks();
    hooks().all.set(organization, there);
    return there;
  };
  const put = (organization: OrganizationId, all: Webhook[]) => void hooks().all.set(organization, all);
  const found = (organization: OrganizationId, id: WebhookId): Webhook => {
    const one = of(organization).find((other) => other.id === id);
    if (!one) throw failure("not_found", "There is no such webhook.");
    return one;
  };
  return {
    webhooks: (operation, id, organization) =>
      network("webhooks", operation, () => {
        signedIn(id);
        return of(organization);
      }),
    makeWebhook: (operation, id, organization, wanted) =>
      network("makeWebhook", operation, () => {
        signedIn(id);
        if (!wanted.url.startsWith("https://")) throw failure("invalid", "`url`: must begin with https://");
        const made: Webhook = { id: fakeId("3e3e"), ...wanted, created_at: iso(Date.now()), last: null, waiting: 0 };
        put(organization, [made, ...of(organization)]);
        if (world.loses) throw failure("unreachable", "keys.northwind.example did not answer. It may have been made all the same. Its secret can't be had any more: where the list shows it, remove it and make another.");
        hooks().told.add(made.id);
        return made;
      }),
    copyWebhook: (webhook) =>
      here("copyWebhook", () => {
        const one = [...hooks().all.values()].flat().find(({ id }) => id === webhook);
        if (!one || !hooks().told.has(webhook)) throw failure("not_found", "The secret of this webhook is not in this program any more: remove it and make another.");
        return copied(`webhook ${one.name}`);
      }),
    forgetWebhook: (webhook) => here("forgetWebhook", () => void hooks().told.delete(webhook)),
    removeWebhook: (operation, id, organization, webhook) =>
      network("removeWebhook", operation, () => {
        signedIn(id);
        hooks().told.delete(webhook);
        put(organization, of(organization).filter((one) => one !== found(organization, webhook)));
      }),
    testWebhook: (operation, id, organization, webhook) =>
      network("testWebhook", operation, () => {
        signedIn(id);
        const status = hooks().answers;
        const taken = status !== null && status < 300;
        const delivery: Delivery = { at: iso(Date.now()), status, taken, error: taken ? null : status === null ? "Nobody answered within 10 s." : `It answered ${status}.` };
        const before = found(organization, webhook);
        put(organization, of(organization).map((one) => (one === before ? { ...one, last: delivery } : one)));
        return delivery;
      }),
  };
}
