/** The fake server's limits. */
import type { Limits, OrganizationId } from "../../bindings/console";
import type { Backend } from "../backend";
import type { Fake } from "./fake";

export type LimitMethods = Pick<Backend, "limits" | "setLimits">;

const FIRST: Limits = {
  items: [
    { of: "organization", environment: null, burst: { requests: 600, window_seconds: 60 }, per_day: 100_000, at_once: null, on_failure: "closed" },
    { of: "key", environment: "test", burst: { requests: 60, window_seconds: 60 }, per_day: null, at_once: null, on_failure: "closed" },
  ],
  plans: [],
  set_aside: false,
  version: 1,
};

export function limitMethods({ network, signedIn, failure }: Fake): LimitMethods {
  const all = new Map<OrganizationId, Limits>();
  const of = (organization: OrganizationId) => all.get(organization) ?? FIRST;
  return {
    limits: (operation, id, organization) =>
      network("limits", operation, () => {
        signedIn(id);
        return of(organization);
      }),
    setLimits: (operation, id, organization, version, { items }) =>
      network("setLimits", operation, () => {
        signedIn(id);
        const now = of(organization);
        if (now.version !== version) return { result: "changed", limits: now };
        const nothing = items.findIndex((item) => item.burst?.requests === 0);
        if (nothing >= 0) throw failure("invalid", `\`items[${nothing}].burst.requests\`: must be 1 to 1000000`);
        const limits = { ...now, items, version: version + 1 };
        all.set(organization, limits);
        return { result: "saved", limits };
      }),
  };
}
