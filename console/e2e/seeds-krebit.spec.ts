import { newWebhook, publish } from "./api";
import { expect } from "./fixtures";
import { asked, hmac, seeded, sendTest } from "./seeds";

const test = seeded("krebit");
const sent = {
  signingId: "sgn_1", title: "Lease agreement", status: "sent",
  signers: [{ id: "sgr_1", email: "lena@example.com" }], sentAt: "2026-02-10T09:30:00Z",
};

test("KR1: event types and a target URL make a webhook, whose generated secret is shown once and verifies", async ({
  console: page, org, target,
}) => {
  await page.goto("/webhooks");
  await page.getByRole("button", { name: "Register a webhook" }).first().click();
  await expect(page.getByRole("combobox", { name: "Event types" })).toBeVisible();
  expect(await asked(page)).toEqual(["Event types", "Target URL", "Active"]);
  await page.getByRole("combobox", { name: "Event types" }).fill("signing.sent");
  await page.getByRole("combobox", { name: "Event types" }).press("Enter");
  await page.getByRole("textbox", { name: "Target URL", exact: true }).fill(target.url);
  await page.getByRole("button", { name: "Create", exact: true }).click();
  const secret = (await page.locator("[data-secret]").textContent())?.trim() ?? "";
  expect(secret.length).toBeGreaterThan(20);
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.locator("[data-secret]")).toHaveCount(0);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(new URL(target.url).host);

  await sendTest(page);
  await expect(page.locator("[data-test-result]")).toContainText(/Success.*Response code 200/);
  await publish(org, "signing.sent", sent);
  await expect.poll(() => target.requests.length).toBe(2);
  for (const { headers, body } of target.requests) {
    expect(headers["x-signature"]).toBe(hmac(secret, body));
    expect(String(headers["x-client-id"])).not.toBe("");
  }
  await page.getByRole("tab", { name: "Deliveries" }).click();
  const rows = page.getByRole("table", { name: "Deliveries" }).locator("tbody tr");
  await expect(rows).toHaveCount(2);
  await expect(rows.first()).toContainText("signing.sent");
  await expect(rows.first()).toContainText("succeeded");
});

test("KR4: the event list that is asked for is the one of the catalog", async ({ console: page }) => {
  await page.goto("/webhooks/new");
  await page.getByRole("combobox", { name: "Event types" }).click();
  for (const name of ["signing.sent", "signing.document.completed", "signing.cancelled"]) {
    await expect(page.getByRole("option", { name, exact: true })).toBeVisible();
  }
});

test("KR7: help says when a webhook is disabled, and its owner enables it again", async ({
  console: page, org, target,
}) => {
  const id = await newWebhook(org, { url: target.url, enabled: false });
  await page.goto(`/webhooks/${id}`);
  await page.getByRole("tab", { name: "Test" }).click();
  await page.getByText("There are many retries").click();
  await expect(page.getByText("After 20 deliveries in a row")).toBeVisible();
  await page.getByRole("button", { name: "Activate" }).click();
  await expect(page.getByRole("button", { name: "Deactivate" })).toBeVisible();
});
