import { expect, type Locator, type Page } from "@playwright/test";
import { createHmac } from "node:crypto";
import { api, newWebhook, type Org, publish } from "./api";
import type { Target } from "./fixtures";

const BATCH = 100;

/** Publishes many events in calls of a hundred. */
export async function publishMany(org: Org, eventType: string, howMany: number): Promise<void> {
  for (let sent = 0; sent < howMany; sent += BATCH) {
    const events = Array.from({ length: Math.min(BATCH, howMany - sent) }, (_, i) => ({ eventType, payload: { n: sent + i } }));
    const made = await api<{ publishEvents: { userErrors: object[]; results: { userErrors: object[] }[] } }>(
      `mutation($i: PublishEventsInput!) {
        publishEvents(input: $i) { userErrors { message } results { userErrors { message } } }
      }`,
      { i: { organizationId: org.id, events } },
      org.key,
    );
    const refused = [...made.publishEvents.userErrors, ...made.publishEvents.results.flatMap((one) => one.userErrors)];
    if (refused.length > 0) throw new Error(JSON.stringify(refused[0]));
  }
}

/** The id of the only delivery of an event. */
export async function deliveryOf(org: Org, eventId: string): Promise<string> {
  let found: string | undefined;
  await expect
    .poll(async () => {
      const { event } = await api<{ event: { deliveries: { nodes: { id: string }[] } } }>(
        `query($id: ID!) { event(id: $id) { deliveries(first: 2) { nodes { id } } } }`,
        { id: eventId },
        org.key,
      );
      found = event.deliveries.nodes[0]?.id;
      return event.deliveries.nodes.length;
    })
    .toBe(1);
  return found ?? "";
}

/** Waits until a delivery is in a state. */
export async function untilDelivery(org: Org, id: string, status: string): Promise<void> {
  await expect
    .poll(async () => {
      const query = `query($id: ID!) { delivery(id: $id) { status } }`;
      return (await api<{ delivery: { status: string } }>(query, { id }, org.key)).delivery.status;
    })
    .toBe(status);
}

export interface Operation {
  status: string;
  total: number;
  processed: number;
  failed: number;
  skipped: number;
}

/** A bulk operation as the API has it. */
export async function operation(org: Org, id: string): Promise<Operation> {
  const found = await api<{ bulkOperation: Operation }>(
    `query($id: ID!) { bulkOperation(id: $id) { status total processed failed skipped } }`,
    { id },
    org.key,
  );
  return found.bulkOperation;
}

/** Those of the signatures of a request that a secret of Standard Webhooks makes. Worked out by hand, not by the console. */
export function verified(secret: string, headers: Target["requests"][number]["headers"], body: string): string[] {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const content = `${String(headers["webhook-id"])}.${String(headers["webhook-timestamp"])}.${body}`;
  const wanted = `v1,${createHmac("sha256", key).update(content).digest("base64")}`;
  return String(headers["webhook-signature"])
    .split(" ")
    .filter((one) => one === wanted);
}

/** Opens the palette and returns its field. It comes after the page itself, so the keys may have to be pressed again. */
export async function openPalette(page: Page): Promise<Locator> {
  const field = page.getByRole("dialog", { name: "Go to a page or an id" }).getByPlaceholder("A page, or paste any id…");
  await expect(async () => {
    await page.keyboard.press("Control+k");
    await expect(field).toBeVisible({ timeout: 1_000 });
  }).toPass();
  return field;
}

/** Makes an organization in which every page has something to show, and returns the pages. The receiver has to refuse. */
export async function everyPage(org: Org, url: string): Promise<string[]> {
  const webhook = await newWebhook(org, { url, eventTypes: ["*"], settings: { retryPolicy: { enabled: false } } });
  const event = await publish(org, "order.created");
  const delivery = await deliveryOf(org, event);
  await untilDelivery(org, delivery, "FAILED");
  const made = await api<{ recoverWebhook: { bulkOperation: { id: string } } }>(
    `mutation($i: RecoverWebhookInput!) { recoverWebhook(input: $i) { bulkOperation { id } userErrors { message } } }`,
    { i: { webhookId: webhook, since: new Date(Date.now() - 3_600_000).toISOString() } },
    org.key,
  );
  const tabs = ["overview", "deliveries", "subscriptions", "settings", "secrets", "test", "recovery"];
  return [
    "/",
    "/events",
    `/events/${event}`,
    "/deliveries",
    "/deliveries?stage=FAILED",
    `/deliveries/${delivery}`,
    "/live",
    "/bulk",
    `/bulk/${made.recoverWebhook.bulkOperation.id}`,
    "/webhooks",
    ...tabs.map((tab) => `/webhooks/${webhook}?tab=${tab}`),
    "/event-types",
    "/event-types/order.created",
    "/organization",
  ];
}
