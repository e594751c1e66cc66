import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as after } from "node:timers/promises";
import { api, newOrganization, newWebhook, type Org, publish } from "../e2e/api";

interface Route {
  /** How long an answer takes, in milliseconds, from and to. */
  takes: [number, number];
  status: () => number;
  body: (status: number) => string;
}

const ok = () => JSON.stringify({ received: true });
const routes: Record<string, Route> = {
  "/fulfilment": { takes: [20, 70], status: () => 200, body: ok },
  "/analytics": { takes: [4, 15], status: () => 204, body: () => "" },
  "/billing": { takes: [60, 260], status: () => 200, body: ok },
  "/crm": {
    takes: [15, 50],
    status: () => (Math.random() < 0.25 ? 503 : 200),
    body: (status) => (status === 200 ? ok() : JSON.stringify({ error: "Too busy. Try again later." })),
  },
  "/warehouse": { takes: [10, 30], status: () => 500, body: () => "Internal error: no connection to the stock database\n" },
  "/erp": { takes: [80, 200], status: () => (Math.random() < 0.4 ? 422 : 200), body: () => JSON.stringify({ error: "unknown customer" }) },
  "/chat": { takes: [20, 40], status: () => 200, body: ok },
};

/** Receivers as a shop has them: quick ones, slow ones, one that is often busy and one that is broken. */
async function receivers(): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    request.resume();
    const route = routes[request.url ?? ""];
    if (!route) {
      response.writeHead(404).end();
      return;
    }
    const [from, to] = route.takes;
    setTimeout(() => {
      const status = route.status();
      response.writeHead(status, { "Content-Type": "application/json" }).end(route.body(status));
    }, from + Math.random() * (to - from));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const types = [
  ["order.created", "Orders", "A customer placed an order."],
  ["order.paid", "Orders", "The payment of an order arrived."],
  ["order.shipped", "Orders", "A parcel of an order is on its way."],
  ["invoice.issued", "Invoices", "An invoice was sent to a customer."],
  ["customer.updated", "Customers", "A customer changed name, address or plan."],
] as const;

const schema = {
  type: "object",
  required: ["id"],
  properties: {
    id: { type: "string" },
    amount: { type: "integer", minimum: 0 },
    currency: { type: "string" },
    customer: { type: "object", properties: { id: { type: "string" }, country: { type: "string" } } },
  },
};

const pick = <T>(from: readonly T[]): T => from[Math.floor(Math.random() * from.length)] as T;

function payload(prefix: string): object {
  return {
    id: `${prefix}_${Math.floor(Math.random() * 1e6)}`,
    amount: 500 + Math.floor(Math.random() * 20_000),
    currency: "EUR",
    customer: { id: `cus_${Math.floor(Math.random() * 9_000)}`, country: pick(["DE", "FR", "IT", "NL", "PL"]) },
  };
}

export interface Scene {
  org: Org;
  /** An organization without anything. */
  newcomer: Org;
  ids: { crm: string; event: string; retried: string; eventType: string };
  /** Starts a bulk operation that takes some seconds. */
  retry: () => Promise<string>;
  close: () => Promise<void>;
}

/** A shop with some minutes of traffic. */
export async function makeScene(minutes: number): Promise<Scene> {
  const org = await newOrganization("standard", "Orchard Books");
  let eventType = "";
  for (const [name, group, description] of types) {
    const samples = [{ name: "A small one", payload: payload(name.slice(0, 3)) }];
    const made = await api<{ createEventType: { eventType: { id: string } } }>(
      `mutation($i: CreateEventTypeInput!) { createEventType(input: $i) { eventType { id } userErrors { message } } }`,
      { i: { organizationId: org.id, name, group, description, schema, samples } },
      org.key,
    );
    eventType = made.createEventType.eventType.id;
  }
  const { url, close } = await receivers();
  const soon = { retryPolicy: { delaysSeconds: [4, 8, 60, 600], jitterPercent: 20 } };
  await newWebhook(org, { name: "Fulfilment", url: `${url}/fulfilment`, eventTypes: ["order.*"] });
  await newWebhook(org, { name: "Analytics", url: `${url}/analytics`, eventTypes: ["*"] });
  await newWebhook(org, { name: "Billing", url: `${url}/billing`, eventTypes: ["order.paid", "invoice.issued"] });
  const crm = await newWebhook(org, {
    name: "CRM", url: `${url}/crm`, settings: soon,
    subscriptions: [
      { eventType: "customer.*" },
      { eventType: "order.*", filter: "event.data.amount >= 2000" },
    ],
  });
  const erp = await newWebhook(org, {
    name: "ERP", url: `${url}/erp`, eventTypes: ["customer.updated", "invoice.issued"],
    settings: { retryPolicy: { enabled: false }, breaker: { failurePercent: 0 } },
  });
  await newWebhook(org, {
    name: "Old warehouse", url: `${url}/warehouse`, eventTypes: ["order.shipped"],
    settings: { retryPolicy: { delaysSeconds: [1, 2], jitterPercent: 0 } },
  });
  const chat = await newWebhook(org, { name: "Team chat", url: `${url}/chat`, eventTypes: ["invoice.*"] });
  await api(`mutation($i: PauseWebhookInput!) { pauseWebhook(input: $i) { userErrors { message } } }`, { i: { id: chat } }, org.key);

  const traffic = startTraffic(org);
  await Promise.race([after(minutes * 60_000), traffic.ended]);
  const event = await publish(org, "order.shipped", { ...payload("ord"), amount: 900 });
  const retried = await someDelivery(org, crm);
  return {
    org,
    newcomer: await newOrganization("standard", "Newcomer"),
    ids: { crm, event, retried, eventType },
    retry: () => retryAll(org, erp),
    close: async () => {
      await traffic.stop();
      await close();
    },
  };
}

/** Publishes two or three events a second until it is stopped. It ends by itself only when it fails. */
function startTraffic(org: Org): { ended: Promise<void>; stop: () => Promise<void> } {
  const stopping = new AbortController();
  const run = async () => {
    while (!stopping.signal.aborted) {
      const [name] = pick(types);
      await publish(org, name, payload(name.slice(0, 3)));
      await after(60 + Math.random() * 600);
    }
  };
  const ended = run();
  return {
    ended,
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
}

/** A delivery that was tried more than once. */
async function someDelivery(org: Org, webhook: string): Promise<string> {
  const found = await api<{ organization: { deliveries: { nodes: { id: string; attemptCount: number }[] } } }>(
    `query($o: ID!, $w: [ID!]) {
      organization(id: $o) {
        deliveries(filter: { webhookIds: $w, statuses: [SUCCEEDED, RETRYING] }, first: 100) { nodes { id attemptCount } }
      }
    }`,
    { o: org.id, w: [webhook] },
    org.key,
  );
  const several = found.organization.deliveries.nodes.toSorted((one, two) => two.attemptCount - one.attemptCount)[0];
  if (!several) throw new Error("no delivery of the CRM was found");
  return several.id;
}

/** Retries all that failed, slowly enough to be looked at. */
async function retryAll(org: Org, webhook: string): Promise<string> {
  const made = await api<{ retryDeliveries: { bulkOperation: { id: string } | null; userErrors: { message: string }[] } }>(
    `mutation($i: RetryDeliveriesInput!) { retryDeliveries(input: $i) { bulkOperation { id } userErrors { message } } }`,
    { i: { organizationId: org.id, filter: { webhookIds: [webhook] }, maxPerSecond: 2 } },
    org.key,
  );
  if (!made.retryDeliveries.bulkOperation) throw new Error(JSON.stringify(made.retryDeliveries.userErrors));
  return made.retryDeliveries.bulkOperation.id;
}
