import { newWebhook, publish } from "./api";
import { expect, ready, test } from "./fixtures";

test("filters are in the address and survive a reload", async ({ console: page, org }) => {
  await newWebhook(org, { eventTypes: ["*"] });
  await publish(org, "order.created");
  await publish(org, "order.paid");
  await page.goto("/deliveries");
  const rows = page.getByRole("table", { name: "Deliveries" }).locator("tbody tr");
  await expect(rows).toHaveCount(2);
  await page.getByRole("combobox", { name: "Event type" }).click();
  await page.getByRole("option", { name: "order.paid" }).click();
  await expect(rows).toHaveCount(1);
  expect(decodeURIComponent(page.url())).toContain("order.paid");
  await page.reload();
  await expect(rows).toHaveCount(1);
  await expect(rows.first()).toContainText("order.paid");
  await page.getByRole("button", { name: "Clear" }).click();
  await expect(rows).toHaveCount(2);
});

test("a retrying delivery turns into a succeeded one without reload in under a second", async ({ console: page, org, target }) => {
  target.answer(503);
  await newWebhook(org, {
    url: target.url,
    eventTypes: ["*"],
    settings: { retryPolicy: { delaysSeconds: [3_600] }, breaker: { failurePercent: 0 } },
  });
  await publish(org, "order.created");
  await page.goto("/deliveries");
  const row = page.getByRole("table", { name: "Deliveries" }).locator("tbody tr").first();
  await expect(row).toContainText("retrying");
  target.answer(200);
  const before = target.requests.length;
  // Looks at every frame, so that what is measured is the page and not how often a spec looks.
  const succeeded = page.waitForFunction(
    () => (document.querySelector("[data-rows] tr")?.textContent?.includes("succeeded") ? Date.now() : 0),
    null,
    { polling: "raf" },
  );
  await row.getByRole("button", { name: /Retry/ }).click();
  await expect.poll(() => target.requests.length, { intervals: [10] }).toBeGreaterThan(before);
  const arrived = Date.now();
  const painted = await succeeded.then((handle) => handle.jsonValue());
  expect(painted - arrived).toBeLessThan(1_000);
});

test("new deliveries wait in a pill and rows do not move", async ({ console: page, org }) => {
  await newWebhook(org, { eventTypes: ["*"] });
  await publish(org, "order.created");
  const live = ready(page, "/deliveries", "deliveryUpdated");
  await page.goto("/deliveries");
  const rows = page.getByRole("table", { name: "Deliveries" }).locator("tbody tr");
  await expect(rows).toHaveCount(1);
  await live;
  const first = await rows.first().getAttribute("data-id");
  await publish(org, "order.paid");
  await expect(page.getByRole("button", { name: "1 new" })).toBeVisible();
  expect(await rows.first().getAttribute("data-id")).toBe(first);
  await page.keyboard.press(".");
  await expect(rows).toHaveCount(2);
  await expect(rows.first()).toContainText("order.paid");
});

test("a delivery shows its attempts, what comes next, and a receiver's HTML as text", async ({ console: page, org, target }) => {
  target.answer(500);
  await newWebhook(org, { url: target.url, eventTypes: ["*"], settings: { retryPolicy: { delaysSeconds: [3_600, 7_200] } } });
  await publish(org, "order.created");
  await page.goto("/deliveries");
  await page.getByRole("table", { name: "Deliveries" }).getByRole("link", { name: "order.created" }).click();
  const timeline = page.getByRole("list", { name: "Attempts" });
  await expect(timeline.getByText("Attempt 1", { exact: true })).toBeVisible();
  await expect(timeline.getByText("Attempt 2", { exact: true })).toBeVisible();
  await expect(timeline).toContainText("if that fails, 2h later");
  await expect(page.getByText("The receiver failed (500)").first()).toBeVisible();
  await expect(page.getByText('<img src=x onerror="window.hacked=1">', { exact: false })).toBeVisible();
  expect(await page.evaluate(() => "hacked" in window)).toBe(false);
  await page.getByRole("tab", { name: "Request" }).click();
  await expect(page.getByLabel("Headers")).toContainText("Webhook-Signature", { ignoreCase: true });
});

test("a delivery is postponed and given up", async ({ console: page, org, target }) => {
  target.answer(500);
  await newWebhook(org, { url: target.url, eventTypes: ["*"], settings: { retryPolicy: { delaysSeconds: [600] } } });
  await publish(org, "order.created");
  await page.goto("/deliveries");
  await page.getByRole("table", { name: "Deliveries" }).getByRole("link", { name: "order.created" }).click();
  await page.getByRole("button", { name: "Postpone" }).click();
  await page.getByRole("menuitem", { name: "by 6 hours" }).click();
  await expect(page.getByRole("list", { name: "Attempts" })).toContainText("in 5h 59m");
  await page.getByRole("button", { name: "Give up" }).click();
  await expect(page.getByRole("button", { name: "Give up" })).toHaveCount(0);
  await expect(page.getByRole("list", { name: "Attempts" })).toContainText("canceled");
});

test("no delivery yet says what comes next", async ({ console: page }) => {
  await page.goto("/deliveries");
  await expect(page.getByText("Nothing was delivered yet")).toBeVisible();
});

test("a page that is not there says so", async ({ console: page }) => {
  await page.goto("/deliveries/dlv_1ChFs5VCwRNrfZ9JDnqVxJ");
  await expect(page.getByRole("heading", { name: "No such delivery", level: 1 })).toBeVisible();
  await expect(page).toHaveTitle("No such delivery · Surehook");
  await page.goto("/nowhere");
  await expect(page.getByRole("heading", { name: "There is no such page", level: 1 })).toBeVisible();
});
