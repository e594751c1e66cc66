import { api, newEventType, newWebhook, operatorKey, publish } from "./api";
import { expect, test } from "./fixtures";

for (const [path, table] of [["/deliveries", "Deliveries"], ["/events", "Events"]] as const) {
  test(`${path} are found by values in payloads, and the address keeps it`, async ({ console: page, org }) => {
    await newWebhook(org, { eventTypes: ["*"] });
    await publish(org, "order.created", { order: { id: 4711 }, items: [{ sku: "a" }, { sku: "b" }] });
    await publish(org, "order.paid", { order: { id: 4712 }, items: [{ sku: "b" }] });
    await page.goto(path);
    const rows = page.getByRole("table", { name: table }).locator("tbody tr");
    await expect(rows).toHaveCount(2);
    const field = page.getByLabel("Payload");
    await field.fill("items.sku=b");
    await field.press("Enter");
    await expect(page).toHaveURL(/payload=/);
    await expect(rows).toHaveCount(2);
    await field.fill("order.id=4711");
    await field.press("Enter");
    await expect(rows).toHaveCount(1);
    await expect(rows.first()).toContainText("order.created");
    await page.reload();
    await expect(rows).toHaveCount(1);
    await page.getByRole("button", { name: "Stop searching for order.id=4711" }).click();
    await expect(rows).toHaveCount(2);
    await page.getByRole("button", { name: "Clear" }).click();
    await expect(page).not.toHaveURL(/payload=/);
  });

  test(`${path} say what is wrong with a payload search`, async ({ console: page, org }) => {
    await newWebhook(org, { eventTypes: ["*"] });
    await publish(org, "order.created", { order: { id: 1 } });
    await page.goto(path);
    const field = page.getByLabel("Payload");
    await field.fill("order.id");
    await field.press("Enter");
    await expect(page.getByText("Write a path, = and the value, such as order.id=4711.")).toBeVisible();
    await field.fill("items[0].sku=a");
    await field.press("Enter");
    await expect(page.getByText(/only \[\*\] may stand/).first()).toBeVisible();
    await page.getByRole("button", { name: "Clear" }).click();
    await expect(page.getByRole("table", { name: table }).locator("tbody tr")).toHaveCount(1);
  });

  test(`${path} are found by the event's id and by its idempotency key`, async ({ console: page, org }) => {
    await newWebhook(org, { eventTypes: ["*"] });
    const id = await publish(org, "order.created");
    await api(
      `mutation($i: PublishEventInput!) { publishEvent(input: $i) { userErrors { message } } }`,
      { i: { organizationId: org.id, eventType: "order.paid", payload: {}, idempotencyKey: "paid 1" } },
      org.key,
    );
    await page.goto(path);
    const rows = page.getByRole("table", { name: table }).locator("tbody tr");
    await expect(rows).toHaveCount(2);
    const field = page.getByLabel("Event id or idempotency key");
    await field.fill(id);
    await field.press("Enter");
    await expect(rows).toHaveCount(1);
    await expect(rows.first()).toContainText("order.created");
    await page.getByLabel("Event id or idempotency key").fill("paid 1");
    await page.getByLabel("Event id or idempotency key").press("Enter");
    await expect(rows.first()).toContainText("order.paid");
    await page.reload();
    await expect(rows).toHaveCount(1);
    await expect(page.getByLabel("Event id or idempotency key")).toHaveValue("paid 1");
  });
}

test("an event type whose name looks like a file survives a reload", async ({ console: page, org }) => {
  await newEventType(org, "site.map");
  await page.goto("/event-types");
  await page.getByRole("table", { name: "Event types" }).getByRole("link", { name: "site.map" }).click();
  await expect(page.getByRole("heading", { name: "site.map" })).toBeVisible();
  await expect(page).toHaveURL(/\/event-types\/typ_/);
  await page.reload();
  await expect(page.getByRole("heading", { name: "site.map" })).toBeVisible();
  // Events know the name alone, which leads there as well.
  await newWebhook(org, { eventTypes: ["*"] });
  const event = await publish(org, "site.map");
  await page.goto(`/events/${event}`);
  await page.locator("dl").getByRole("link", { name: "site.map" }).click();
  await expect(page).toHaveURL(/\/event-types\/typ_/);
  await expect(page.getByRole("heading", { name: "site.map" })).toBeVisible();
});

test("event types and webhooks beyond the first hundred are found by their names", async ({ console: page, org }) => {
  await api(
    `mutation($i: UpdateOrganizationLimitsInput!) { updateOrganizationLimits(input: $i) { userErrors { message } } }`,
    { i: { id: org.id, maxWebhooks: 100 } },
    operatorKey,
  );
  await newEventType(org, "oldest.type");
  const oldest = await newWebhook(org, { name: "The oldest", eventTypes: ["oldest.type"] });
  const many = Array.from({ length: 101 }, (_, i) => `many.n${i}`);
  for (const name of many) await newEventType(org, name);
  for (const name of many.slice(0, 55)) await newWebhook(org, { name });
  await publish(org, "oldest.type");
  await page.goto("/deliveries");
  const types = page.getByRole("combobox", { name: "Event type" });
  await types.click();
  await types.pressSequentially("oldest");
  await page.getByRole("option", { name: "oldest.type" }).click();
  await expect(page).toHaveURL(/oldest\.type/);
  const webhooks = page.getByRole("combobox", { name: "Webhook" });
  await webhooks.click();
  await webhooks.pressSequentially("the old");
  await page.getByRole("option", { name: "The oldest" }).click();
  await expect(page).toHaveURL(new RegExp(oldest));
  await expect(page.getByRole("table", { name: "Deliveries" }).locator("tbody tr")).toHaveCount(1);
});

test("an event with many deliveries says that it has more", async ({ console: page, org }) => {
  for (let n = 0; n < 12; n++) await newWebhook(org, { name: `Receiver ${n}`, eventTypes: ["*"] });
  await publish(org, "order.created");
  await page.goto("/events");
  await expect(page.getByRole("table", { name: "Events" }).locator("tbody tr").first()).toContainText("and more");
});
