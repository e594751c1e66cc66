/** A callback as a form has it: whether it is on, and its URLs, one on each line. */
export interface Callback {
  eventType: string;
  title: string;
  on: boolean;
  text: string;
}

/** A webhook that is one URL of a callback. */
export interface CallbackWebhook {
  id: string;
  url: string;
  /** Whether it is in use: a paused one is. */
  inUse: boolean;
  subscriptionId: string;
  eventType: string;
  subscribed: boolean;
}

export type Step =
  | { kind: "create"; eventType: string; line: number; name: string; url: string; on: boolean }
  | { kind: "subscribe"; eventType: string; line: number; id: string; on: boolean }
  | { kind: "enable"; eventType: string; line: number; id: string }
  | { kind: "delete"; eventType: string; id: string };

/** The URLs of a text with the lines they are on, from 1. Empty lines and those that are there already are left out. */
export function lines(text: string): { line: number; url: string }[] {
  const seen = new Set<string>();
  return text.split("\n").flatMap((one, i) => {
    const url = one.trim();
    if (url === "" || seen.has(url)) return [];
    seen.add(url);
    return [{ line: i + 1, url }];
  });
}

/** The form for what there is: on when any of its URLs is called. */
export function callbacksOf(kinds: { eventType: string; title: string }[], webhooks: CallbackWebhook[]): Callback[] {
  return kinds.map(({ eventType, title }) => {
    const own = webhooks.filter((one) => one.eventType === eventType);
    const urls = [...new Set(own.map((one) => one.url))];
    return { eventType, title, on: own.some((one) => one.inUse && one.subscribed), text: urls.join("\n") };
  });
}

/**
 * What has to be done so that there is exactly what the form says; nothing when there is already. A callback that is
 * off keeps its webhooks without their subscription, so that nothing piles up for them meanwhile. What takes away comes
 * last.
 */
export function steps(wanted: Callback[], webhooks: CallbackWebhook[]): Step[] {
  const out: Step[] = [];
  const gone: Step[] = [];
  for (const { eventType, title, on, text } of wanted) {
    const left = webhooks.filter((one) => one.eventType === eventType);
    for (const { line, url } of lines(text)) {
      const at = left.findIndex((one) => one.url === url);
      const [webhook] = at === -1 ? [] : left.splice(at, 1);
      if (!webhook) {
        out.push({ kind: "create", eventType, line, name: nameOf(title, url), url, on });
        continue;
      }
      if (webhook.subscribed !== on) out.push({ kind: "subscribe", eventType, line, id: webhook.subscriptionId, on });
      if (on && !webhook.inUse) out.push({ kind: "enable", eventType, line, id: webhook.id });
    }
    gone.push(...left.map(({ id }): Step => ({ kind: "delete", eventType, id })));
  }
  return [...out, ...gone];
}

function nameOf(title: string, url: string): string {
  return `${title}: ${URL.canParse(url) ? new URL(url).host : url}`.slice(0, 100);
}
