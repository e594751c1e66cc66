import { newWebhook, publish } from "./api";
import { expect, test, watch } from "./fixtures";
import { deliveryOf, openPalette, untilDelivery } from "./helpers";

test("an id that is pasted into the palette is opened", async ({ console: page, org }) => {
  await newWebhook(org, { eventTypes: ["*"] });
  const id = await publish(org, "order.created");
  const field = await openPalette(page);
  await field.fill(id);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/events/${id}`));
});

test("pages and rows are reached with the keyboard alone", async ({ console: page, org }) => {
  await newWebhook(org, { eventTypes: ["*"] });
  await publish(org, "order.created");
  // The palette, which hears the keys, comes after the page itself.
  await expect(async () => {
    await page.keyboard.press("g");
    await page.keyboard.press("d");
    await expect(page).toHaveURL(/\/deliveries/, { timeout: 1_000 });
  }).toPass();
  await expect(page.getByRole("table", { name: "Deliveries" }).locator("tbody tr")).toHaveCount(1);
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/deliveries\/dlv_/);
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("shortcuts of single keys can be switched off, and stay off", async ({ console: page }) => {
  await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
  const dialog = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await dialog.getByRole("switch", { name: "Shortcuts of single keys" }).click();
  await expect(dialog.getByText("Single keys do nothing now.")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
  for (const reloaded of [false, true]) {
    if (reloaded) {
      await page.reload();
      await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
    }
    await page.keyboard.press("?");
    await page.keyboard.press("g");
    await page.keyboard.press("d");
    // The palette opens after them, so they have been heard and did nothing.
    const field = await openPalette(page);
    await expect(dialog).toHaveCount(0);
    await expect(page).toHaveURL(/\/$/);
    await page.keyboard.press("Escape");
    await expect(field).toHaveCount(0);
  }
  await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
  await dialog.getByRole("switch", { name: "Shortcuts of single keys" }).click();
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
  await page.keyboard.press("g");
  await page.keyboard.press("d");
  await expect(page).toHaveURL(/\/deliveries/);
});

test("from signing in to a retried delivery without the mouse", async ({ page, org, target }) => {
  const found = watch(page);
  target.answer(500);
  await newWebhook(org, { url: target.url, eventTypes: ["*"], settings: { retryPolicy: { enabled: false } } });
  const delivery = await deliveryOf(org, await publish(org, "order.created"));
  await untilDelivery(org, delivery, "FAILED");
  target.answer(200);
  await page.goto("/");
  await expect(page.getByLabel("API key")).toBeFocused();
  await page.keyboard.type(org.key);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
  await page.keyboard.press("g");
  await page.keyboard.press("d");
  await expect(page.getByRole("heading", { name: "Deliveries", level: 1 })).toBeVisible();
  await expect(page.locator(`tr[data-id="${delivery}"]`)).toContainText("failed");
  await page.keyboard.press("j");
  await expect(page.getByRole("link", { name: "order.created" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Retry now" })).toBeVisible();
  await page.keyboard.press("r");
  await expect(page.getByRole("list", { name: "Attempts" })).toContainText("Accepted by the receiver");
  await expect(page.getByRole("button", { name: "Retry now" })).toHaveCount(0);
  expect(found).toEqual([]);
});

test("Tab leads past the navigation to the rows", async ({ console: page, org }) => {
  await newWebhook(org, { eventTypes: ["*"] });
  await publish(org, "order.created");
  await page.goto("/deliveries");
  const row = page.getByRole("table", { name: "Deliveries" }).getByRole("link", { name: "order.created" });
  await expect(row).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the content" })).toBeFocused();
  await page.keyboard.press("Enter");
  for (let stops = 0; stops < 40; stops += 1) {
    await page.keyboard.press("Tab");
    const stop = page.locator(":focus");
    await expect(stop).toBeVisible();
    expect(await stop.evaluate((element) => element.closest("main") !== null)).toBe(true);
    if (await row.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error("the rows were not reached");
});

test("a dialog is left with Escape, and focus goes back to what opened it", async ({ console: page, org }) => {
  const id = await newWebhook(org, { name: "Mine" });
  await page.goto(`/webhooks/${id}`);
  const remove = page.getByRole("button", { name: "Delete" });
  await remove.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog", { name: "Delete Mine?" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(remove).toBeFocused();
});
