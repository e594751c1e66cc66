import { newWebhook, publish } from "./api";
import { expect, test } from "./fixtures";

test("a newcomer gets from nothing to a delivered test", async ({ console: page, target }) => {
  await page.goto("/");
  await page.getByRole("link", { name: "Create one" }).click();
  await page.getByLabel("Name").fill("My receiver");
  await page.getByLabel("Endpoint URL").fill(target.url);
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await expect(page.locator("[data-secret]")).toContainText("whsec_");
  const secret = (await page.locator("[data-secret]").textContent())?.trim() ?? "";
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.locator("[data-secret]")).toHaveCount(0);
  expect(await page.content()).not.toContain(secret);
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await expect(page.locator("[data-test-result]")).toContainText("Response code 200");
  await page.getByRole("link", { name: "Overview" }).first().click();
  const steps = page.getByRole("list", { name: "First steps" });
  await expect(steps.getByRole("img", { name: "Done", exact: true })).toHaveCount(3);
  await steps.getByRole("button", { name: "I did" }).click();
  await expect(steps).toHaveCount(0);
});

test("a test that fails says why", async ({ console: page, org, target }) => {
  target.answer(401);
  const id = await newWebhook(org, { url: target.url });
  await page.goto(`/webhooks/${id}?tab=test`);
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await expect(page.locator("[data-test-result]")).toContainText("Response code 401");
  await expect(page.getByText("Refused with 401")).toBeVisible();
});

test("a secret is in the page only after reveal", async ({ console: page, org }) => {
  const id = await newWebhook(org, {});
  await page.goto(`/webhooks/${id}?tab=secrets`);
  await expect(page.getByRole("button", { name: "Reveal secret" })).toBeVisible();
  expect(await page.locator("[data-secret]").count()).toBe(0);
  await page.getByRole("button", { name: "Reveal secret" }).click();
  await expect(page.locator("[data-secret]")).toContainText("whsec_");
  await page.getByRole("button", { name: "Hide" }).click();
  await expect(page.locator("[data-secret]")).toHaveCount(0);
});

test("after a rotation both secrets sign", async ({ console: page, org, target }) => {
  const id = await newWebhook(org, { url: target.url, eventTypes: ["*"] });
  await page.goto(`/webhooks/${id}?tab=secrets`);
  await page.getByRole("button", { name: "Regenerate secret" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Regenerate", exact: true }).click();
  await expect(page.locator("[data-secret]")).toContainText("whsec_");
  await page.getByRole("button", { name: "Done" }).click();
  const rows = page.getByRole("table", { name: "Secrets" }).locator("tbody tr");
  await expect(rows).toHaveCount(2);
  await expect(rows.nth(1)).toContainText("stops signing");
  await publish(org, "order.created");
  await expect.poll(() => target.requests.length).toBeGreaterThan(0);
  expect(String(target.requests[0]?.headers["webhook-signature"]).split(" ")).toHaveLength(2);
});

test("settings are saved, and what is wrong is said at its field", async ({ console: page, org }) => {
  const id = await newWebhook(org, {});
  await page.goto(`/webhooks/${id}?tab=settings`);
  await page.getByLabel("Timeout, in seconds").fill("61");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Not saved")).toBeVisible();
  await page.getByLabel("Timeout, in seconds").fill("9");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved. Deliveries under way")).toBeVisible();
  await page.reload();
  await expect(page.getByLabel("Timeout, in seconds")).toHaveValue("9");
});

test("a preview shows the request that would be sent", async ({ console: page, org }) => {
  const id = await newWebhook(org, { eventTypes: ["*"] });
  await publish(org, "order.created", { id: "o_7" });
  await page.goto(`/webhooks/${id}?tab=settings`);
  await page.getByRole("button", { name: "Try with the last events" }).click();
  await expect(page.getByRole("region", { name: "order.created" })).toContainText("o_7");
});

test("a paused webhook holds, and resuming sends what was held", async ({ console: page, org, target }) => {
  const id = await newWebhook(org, { url: target.url, eventTypes: ["*"] });
  await page.goto(`/webhooks/${id}`);
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.getByRole("button", { name: "Resume" })).toBeVisible();
  await publish(org, "order.created");
  await page.reload();
  await expect(page.getByRole("region", { name: "Held deliveries" })).toContainText("One delivery is held");
  await page.getByRole("button", { name: "Resume" }).click();
  await expect.poll(() => target.requests.length).toBe(1);
});

test("a subscription is added with a filter and removed", async ({ console: page, org }) => {
  const id = await newWebhook(org, {});
  await page.goto(`/webhooks/${id}?tab=subscriptions`);
  await page.getByRole("button", { name: "Add subscription" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Events").fill("order.*");
  await dialog.getByLabel("Filter").fill("event.data.priority == ");
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await expect(dialog.getByRole("alert")).toBeVisible();
  await dialog.getByLabel("Filter").fill('event.data.priority == "high"');
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  const table = page.getByRole("table", { name: "Event subscriptions" });
  await expect(table).toContainText("order.*");
  await table.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await expect(page.getByText("It is subscribed to nothing yet")).toBeVisible();
});

test("deleting asks for the name", async ({ console: page, org }) => {
  const id = await newWebhook(org, { name: "To be deleted" });
  await page.goto(`/webhooks/${id}`);
  await page.getByRole("button", { name: "Delete" }).click();
  const confirm = page.getByRole("dialog").getByRole("button", { name: "Delete" });
  await expect(confirm).toBeDisabled();
  await page.getByLabel("Type To be deleted to go on").fill("To be deleted");
  await confirm.click();
  await expect(page).toHaveURL(/\/webhooks$/);
});
