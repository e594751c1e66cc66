import { newKey, newWebhook, publish } from "./api";
import { expect, signedIn, test } from "./fixtures";

test("a viewer sees no button that would be refused", async ({ browser, org, target }) => {
  target.answer(500);
  const id = await newWebhook(org, { url: target.url, eventTypes: ["*"] });
  const event = await publish(org, "order.created");
  const page = await signedIn(browser, await newKey(org.id, "VIEWER", org.key));
  const forbidden =
    /retry|give up|postpone|pause|deactivate|delete|reveal|regenerate|test|save|new webhook|new key|publish|add subscription|erase|archive|send again/i;
  for (const path of ["/", "/deliveries", `/events/${event}`, "/events", "/webhooks", `/webhooks/${id}`, "/event-types", "/organization"]) {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
    await expect(page.getByRole("main").getByRole("button", { name: forbidden })).toHaveCount(0);
    await expect(page.getByRole("tab", { name: forbidden })).toHaveCount(0);
  }
  await expect(page.getByRole("link", { name: "API keys" })).toHaveCount(0);
  await page.goto("/keys");
  await expect(page.getByText("Not for this role")).toBeVisible();
  await page.goto("/webhooks/new");
  await expect(page.getByText("Not for this role")).toBeVisible();
});

test("an admin makes a key, sees it once, and revokes it", async ({ console: page }) => {
  await page.goto("/keys");
  await page.getByRole("button", { name: "New key" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Shop");
  await dialog.getByRole("button", { name: "Make the key" }).click();
  await expect(dialog.locator("[data-secret]")).toContainText("shk_");
  await page.keyboard.press("Escape");
  await expect(page.locator("[data-secret]")).toHaveCount(0);
  const row = page.getByRole("row", { name: /Shop/ });
  await row.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await expect(row).toContainText("revoked");
});
