import { randomUUID } from "node:crypto";

function need(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: source the env file of a development stack`);
  return value;
}

export const adminKey = need("SUREHOOK_API_KEY");
export const operatorKey = need("SUREHOOK_OPERATOR_KEY");
export const receiver = need("SAMPLE_RECEIVER_URL");
const endpoint = `${need("SUREHOOK_URL")}/graphql`;

/** Asks the API as a program does. */
export async function api<T>(query: string, variables: object = {}, key = adminKey): Promise<T> {
  const answer = await fetch(endpoint, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${key}` },
    body: JSON.stringify({ query, variables }),
  });
  const body = (await answer.json()) as { data: T; errors?: { message: string }[] };
  if (body.errors) throw new Error(body.errors.map((one) => one.message).join(" "));
  return body.data;
}

export interface Org {
  id: string;
  name: string;
  key: string;
}

/** An organization of its own, so that specs do not see each other. */
export async function newOrganization(profile = "standard", name = `Spec ${randomUUID().slice(0, 8)}`): Promise<Org> {
  const made = await api<{ createOrganization: { organization: { id: string } } }>(
    `mutation($i: CreateOrganizationInput!) { createOrganization(input: $i) { organization { id } userErrors { message } } }`,
    { i: { name, profile } },
    operatorKey,
  );
  const { id } = made.createOrganization.organization;
  await api(
    `mutation($i: UpdateOrganizationLimitsInput!) { updateOrganizationLimits(input: $i) { userErrors { message } } }`,
    { i: { id, allowInsecureUrls: true } },
    operatorKey,
  );
  const key = await newKey(id, "ADMIN", operatorKey);
  return { id, name, key };
}

export async function newKey(organizationId: string, role: string, by: string): Promise<string> {
  const made = await api<{ createApiKey: { token: string } }>(
    `mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { token userErrors { message } } }`,
    { i: { organizationId, name: `${role} of a spec`, role } },
    by,
  );
  return made.createApiKey.token;
}

export async function newEventType(org: Org, name: string): Promise<void> {
  await api(
    `mutation($i: CreateEventTypeInput!) { createEventType(input: $i) { userErrors { message } } }`,
    { i: { organizationId: org.id, name, samples: [{ name: "one", payload: { id: "o_1", priority: "high" } }] } },
    org.key,
  );
}

export async function newWebhook(org: Org, input: object): Promise<string> {
  const made = await api<{ createWebhook: { webhook: { id: string } | null; userErrors: { message: string }[] } }>(
    `mutation($i: CreateWebhookInput!) { createWebhook(input: $i) { webhook { id } userErrors { message } } }`,
    { i: { organizationId: org.id, name: "Receiver", url: `${receiver}/ok`, ...input } },
    org.key,
  );
  if (!made.createWebhook.webhook) throw new Error(JSON.stringify(made.createWebhook.userErrors));
  return made.createWebhook.webhook.id;
}

export async function publish(org: Org, eventType: string, payload: object = { id: "o_1" }): Promise<string> {
  const made = await api<{ publishEvent: { event: { id: string } } }>(
    `mutation($i: PublishEventInput!) { publishEvent(input: $i) { event { id } userErrors { message } } }`,
    { i: { organizationId: org.id, eventType, payload } },
    org.key,
  );
  return made.publishEvent.event.id;
}
