import type { Page } from "@playwright/test";
import { api, newWebhook, type Org, publish } from "./api";
import { expect, test } from "./fixtures";
import { deliveryOf, operation, publishMany, untilDelivery } from "./helpers";

const bar = (page: Page) => page.getByRole("main").getByRole("progressbar");
const percent = async (page: Page) => Number(await bar(page).getAttribute("aria-valuenow"));
const opened = (page: Page) => new URL(page.url()).pathname.replace("/bulk/", "");

/** Notes every value of the progress bar, until the page is loaded anew. */
async function noteProgress(page: Page): Promise<void> {
  await bar(page).evaluate((element) => {
    const seen: number[] = [];
    const note = () => seen.push(Number(element.getAttribute("aria-valuenow")));
    note();
    new MutationObserver(note).observe(element, { attributes: true, attributeFilter: ["aria-valuenow"] });
    Object.assign(window, { seen });
  });
}

const noted = (page: Page) => page.evaluate(() => (window as unknown as { seen: number[] }).seen);

/** Starts sending what a webhook lacks, from its page. */
async function sendMissing(page: Page, webhook: string, howMany: number, perSecond: number): Promise<void> {
  await page.goto(`/webhooks/${webhook}?tab=recovery`);
  await page.getByRole("button", { name: "Send what is missing" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByText(`${howMany.toLocaleString("en")} events to look at`)).toBeVisible();
  await dialog.getByLabel("At most so many a second").fill(String(perSecond));
  if (howMany > 1_000) {
    await expect(dialog.getByRole("button", { name: "Start" })).toBeDisabled();
    await dialog.getByLabel(`Type ${howMany} to go on`).fill(String(howMany));
  }
  await dialog.getByRole("button", { name: "Start" }).click();
  await expect(page).toHaveURL(/\/bulk\/op_/);
  await expect(bar(page)).toBeVisible();
}

async function operations(org: Org): Promise<number> {
  const found = await api<{ organization: { bulkOperations: { nodes: object[] } } }>(
    `query($id: ID!) { organization(id: $id) { bulkOperations(first: 5) { nodes { id } } } }`,
    { id: org.id },
    org.key,
  );
  return found.organization.bulkOperations.nodes.length;
}

test("a replay of 2,000 is counted, goes on over a reload at 40 %, is canceled", async ({ console: page, org, target }) => {
  test.setTimeout(90_000);
  await publishMany(org, "order.created", 2_000);
  const webhook = await newWebhook(org, { url: target.url, eventTypes: ["*"] });
  await sendMissing(page, webhook, 2_000, 100);
  await noteProgress(page);
  await expect.poll(() => percent(page), { timeout: 30_000 }).toBeGreaterThanOrEqual(40);
  const before = await noted(page);
  expect(new Set(before).size).toBeGreaterThan(5);

  await page.reload();
  await expect(bar(page)).toBeVisible();
  await noteProgress(page);
  await expect.poll(() => percent(page)).toBeGreaterThan((before.at(-1) ?? 0) + 5);
  const all = [...before, ...(await noted(page))];
  expect(all).toEqual(all.toSorted((a, b) => a - b));

  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel it" }).click();
  await expect(page.getByRole("main").getByText("Canceled", { exact: true })).toBeVisible();
  const done = await operation(org, opened(page));
  expect(done).toMatchObject({ status: "CANCELED", total: 2_000, failed: 0, skipped: 0 });
  expect(done.processed).toBeLessThan(2_000);
  await expect(page.getByText(`${done.processed.toLocaleString("en")} of 2,000`)).toBeVisible();
  // What it had let loose is sent, and no more.
  await expect.poll(() => target.requests.length).toBe(done.processed);
});

test("counting starts nothing", async ({ console: page, org }) => {
  await publishMany(org, "order.created", 3);
  const webhook = await newWebhook(org, { eventTypes: ["*"] });
  await page.goto(`/webhooks/${webhook}?tab=recovery`);
  await page.getByRole("button", { name: "Send what is missing" }).click();
  await expect(page.getByRole("dialog").getByText("3 events to look at")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  expect(await operations(org)).toBe(0);
});

test("a bulk operation is paused and resumed, and sends each once", async ({ console: page, org, target }) => {
  await publishMany(org, "order.created", 150);
  const webhook = await newWebhook(org, { url: target.url, eventTypes: ["*"] });
  await sendMissing(page, webhook, 150, 30);
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.getByRole("main").getByText("Paused", { exact: true })).toBeVisible();
  const paused = await operation(org, opened(page));
  expect(paused.status).toBe("PAUSED");
  expect(paused.processed).toBeLessThan(150);
  await page.getByRole("button", { name: "Resume" }).click();
  await expect(page.getByRole("main").getByText("Completed", { exact: true })).toBeVisible({ timeout: 20_000 });
  await expect(bar(page)).toHaveAttribute("aria-valuenow", "100");
  await expect.poll(() => target.requests.length).toBe(150);
  expect(new Set(target.requests.map((one) => one.headers["webhook-id"])).size).toBe(150);
});

test("a bulk operation names what it could not do, and why", async ({ console: page, org, target }) => {
  target.answer(500);
  await newWebhook(org, { url: target.url, eventTypes: ["*"], settings: { retryPolicy: { enabled: false } } });
  const gone = await publish(org, "order.created");
  const kept = await publish(org, "order.paid");
  const delivery = await deliveryOf(org, gone);
  await untilDelivery(org, delivery, "FAILED");
  await untilDelivery(org, await deliveryOf(org, kept), "FAILED");
  await api(
    `mutation($i: ExpungeEventInput!) { expungeEvent(input: $i) { userErrors { message } } }`,
    { i: { eventId: gone } },
    org.key,
  );
  target.answer(200);
  await page.goto("/deliveries?stage=FAILED");
  await page.getByRole("button", { name: "Retry all that failed" }).click();
  await expect(page.getByRole("dialog").getByText("2 deliveries")).toBeVisible();
  await page.getByRole("dialog").getByRole("button", { name: "Start" }).click();
  await expect(page.getByRole("main").getByText("Completed", { exact: true })).toBeVisible();
  const failures = page.getByRole("table", { name: "Failures" });
  await expect(failures.locator("tbody tr")).toHaveCount(1);
  await expect(failures.locator(`code[title="${delivery}"]`)).toBeVisible();
  await expect(failures).toContainText("payload of the event is not kept");
  await page.getByRole("link", { name: "Bulk operations" }).click();
  const row = page.getByRole("table", { name: "Bulk operations" }).getByRole("row", { name: /Retry what matches/ });
  await expect(row).toContainText("2 of 2");
});
