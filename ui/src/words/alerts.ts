/** The words of an alert, and of a webhook's last delivery. */
import type { Alert, Delivery } from "../bindings/console";
import { count } from "./numbers";
import { since } from "./times";

export interface AlertWords {
  title: string;
  text: string;
}

/** What was noticed, and what to make of it. */
export function alertWords({ notice, key_name }: Alert, now: number): AlertWords {
  const name = key_name ?? "A key that is gone";
  switch (notice.kind) {
    case "jump":
      return { title: "Far more verifications than usual", text: `${count(notice.count)} in an hour; in the same hours of earlier weeks about ${count(notice.usual)}.` };
    case "fall":
      return { title: "Far fewer verifications than usual", text: `${count(notice.count)} in an hour; in the same hours of earlier weeks about ${count(notice.usual)}. Something that asks may have stopped.` };
    case "awake":
      return { title: `${name} was used again`, text: notice.before === null ? "It had never been used since it was made." : `It had not been used since ${since(notice.before, now)}.`.replace(/since (.*) ago\.$/, "for $1.") };
    case "limit_near":
      return {
        title: `${key_name ?? "The organization"} used ${notice.percent} % of its daily quota`,
        text: `A day has ${count(notice.quota)} requests${notice.environment === null ? "" : ` with ${notice.environment} keys`}; what is over that is refused until midnight UTC.`,
      };
    case "new_network":
      return { title: `${name} was used from a new network`, text: `From ${notice.address}. If nobody knows it, revoke the key.` };
  }
}

/** One line for a notice. */
export function alertLine(alerts: readonly Alert[], organization: string, now: number): string {
  const [first] = alerts;
  if (alerts.length === 1 && first) return `${alertWords(first, now).title}.`;
  return `${count(alerts.length)} new alerts in ${organization}: see Usage.`;
}

/** How the last attempt of a webhook ended. */
export function deliveryWords(last: Delivery | null, waiting: number): { text: string; good: boolean | null } {
  const queue = waiting > 0 ? ` ${count(waiting)} ${waiting === 1 ? "message waits" : "messages wait"}.` : "";
  if (last === null) return { text: `Nothing was sent yet.${queue}`, good: null };
  if (last.taken) return { text: `Taken${last.status === null ? "" : ` (${last.status})`}.${queue}`, good: true };
  return { text: `${last.error ?? "It was not taken."}${queue}`, good: false };
}
