import type { Page } from "@playwright/test";
import { createHmac } from "node:crypto";
import { api, newOrganization, type Org } from "./api";
import { expect, type Target, test } from "./fixtures";

/** Specs in an organization that is one of the systems which docs/profiles.md lists. */
export const seeded = (profile: string) =>
  test.extend({
    org: async ({}, use) => {
      await use(await newOrganization(profile));
    },
  });

/** What the pages of the systems compute to verify a request: over the raw body, with the secret as people see it. */
export function hmac(secret: string, body: string): string {
  return createHmac("sha256", secret).update(body).digest("hex");
}

/** What a receiver got first. */
export function first(target: Target): Target["requests"][number] {
  const [request] = target.requests;
  if (!request) throw new Error("nothing was received");
  return request;
}

export async function limits(org: Org, changes: object): Promise<void> {
  await api(
    `mutation($i: UpdateOrganizationLimitsInput!) { updateOrganizationLimits(input: $i) { userErrors { message } } }`,
    { i: { id: org.id, ...changes } },
    process.env.SUREHOOK_OPERATOR_KEY,
  );
}

/** Publishes an event about some resources. */
export async function publishAbout(org: Org, eventType: string, payload: object, resourceIds: string[]): Promise<void> {
  const made = await api<{ publishEvent: { event: { id: string } | null; userErrors: { message: string }[] } }>(
    `mutation($i: PublishEventInput!) { publishEvent(input: $i) { event { id } userErrors { message } } }`,
    { i: { organizationId: org.id, eventType, payload, resourceIds } },
    org.key,
  );
  expect(made.publishEvent.userErrors).toEqual([]);
}

export const columns = (page: Page, table: string) =>
  page.getByRole("table", { name: table }).getByRole("columnheader");

/** What a form asks, in its order, without what is folded away. */
export async function asked(page: Page): Promise<string[]> {
  const texts = await page.locator("form label:visible").allInnerTexts();
  return texts.map((one) => one.split("\n")[0]?.replace(/\s*\*$/, "").trim() ?? "").filter((one) => one !== "");
}

/** Sends the test event of the webhook that the page shows. */
export async function sendTest(page: Page): Promise<void> {
  await page.getByRole("tab", { name: "Test" }).click();
  await page.getByRole("button", { name: "Test", exact: true }).click();
}
