/** The fake server's figures, alerts and webhooks. */
import type { Chart, KeyUsage } from "../../bindings/console";
import type { Backend } from "../backend";
import type { Fake } from "./fake";

export type UsageMethods = Pick<
  Backend,
  | "usage"
  | "keyUsage"
  | "sparklines"
  | "staleKeys"
  | "alerts"
  | "exportUsage"
  | "savePicture"
  | "webhooks"
  | "makeWebhook"
  | "copyWebhook"
  | "forgetWebhook"
  | "removeWebhook"
  | "testWebhook"
>;

export function usageMethods({ network, here, failure }: Fake): UsageMethods {
  const none = (): Chart => ({
    times: [],
    end: 0,
    series: [],
    total: 0,
    others: 0,
    bounds: "exact",
    as_of: new Date().toISOString(),
    since: null,
    reduced: false,
    before: null,
  });
  const unused: KeyUsage = { last: null, hours: [], refused_hours: [], total: 0, scopes: [] };
  return {
    usage: (operation) => network("usage", operation, none),
    keyUsage: (operation) => network("keyUsage", operation, () => unused),
    sparklines: (operation) => network("sparklines", operation, () => []),
    staleKeys: (operation) => network("staleKeys", operation, () => ({ items: [], next: null, total: 0 })),
    alerts: (operation) => network("alerts", operation, () => []),
    exportUsage: (operation) => network("exportUsage", operation, () => null),
    savePicture: (operation) => network("savePicture", operation, () => null),
    webhooks: (operation) => network("webhooks", operation, () => []),
    makeWebhook: (operation) =>
      network("makeWebhook", operation, () => {
        throw failure("forbidden", "The role does not allow it.");
      }),
    copyWebhook: () =>
      here("copyWebhook", () => {
        throw failure("not_found", "The secret of this webhook is not in this program any more: remove it and make another.");
      }),
    forgetWebhook: () => here("forgetWebhook", () => undefined),
    removeWebhook: (operation) => network("removeWebhook", operation, () => undefined),
    testWebhook: (operation) =>
      network("testWebhook", operation, () => ({ at: new Date().toISOString(), status: 200, taken: true, error: null })),
  };
}
