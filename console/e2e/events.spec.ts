import { newWebhook, publish } from "./api";
import { expect, ready, test } from "./fixtures";

test("an event says who got it and why the others did not", async ({ console: page, org }) => {
  await newWebhook(org, { name: "Gets all", eventTypes: ["*"] });
  await newWebhook(org, { name: "Wants paid", eventTypes: ["order.paid"] });
  await newWebhook(org, {
    name: "Wants high",
    subscriptions: [{ eventType: "order.created", filter: 'event.data.priority == "high"' }],
  });
  const id = await publish(org, "order.created", { priority: "low" });
  await page.goto(`/events/${id}`);
  const table = page.getByRole("table", { name: "Who got it, and why not" });
  await expect(table.getByRole("row", { name: /Gets all/ })).toContainText("A subscription matches");
  await expect(table.getByRole("row", { name: /Wants paid/ })).toContainText("no subscription for this event type");
  await expect(table.getByRole("row", { name: /Wants high/ })).toContainText("does not meet its filter");
});

test("an event is published from the console and shown with its payload", async ({ console: page }) => {
  await page.goto("/events");
  await page.getByRole("button", { name: "Publish an event" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("combobox", { name: "Event type" }).click();
  await page.getByRole("option", { name: "order.created" }).click();
  await dialog.getByRole("button", { name: "Publish", exact: true }).click();
  await expect(page).toHaveURL(/\/events\/evt_/);
  await expect(page.getByRole("textbox", { name: "payload", exact: true })).toContainText('"priority": "high"');
});

test("new events wait in a pill", async ({ console: page, org }) => {
  await publish(org, "order.created");
  const live = ready(page, "/events", "eventPublished");
  await page.goto("/events");
  const rows = page.getByRole("table", { name: "Events" }).locator("tbody tr");
  await expect(rows).toHaveCount(1);
  await live;
  await publish(org, "order.paid");
  await page.getByRole("button", { name: "1 new" }).click();
  await expect(rows).toHaveCount(2);
});

test("the live tail shows attempts as they are made", async ({ console: page, org }) => {
  await newWebhook(org, { eventTypes: ["*"] });
  await page.goto("/live");
  await expect(page.getByText("Waiting for the next request…")).toBeVisible();
  await publish(org, "order.created");
  await expect(page.locator("[data-line]")).toHaveCount(1);
  await page.keyboard.press("p");
  await publish(org, "order.paid");
  await expect(page.locator("[data-tail-counts]")).toContainText("1 wait until you go on");
  await page.getByRole("button", { name: "Resume" }).click();
  await expect(page.locator("[data-line]")).toHaveCount(2);
});
