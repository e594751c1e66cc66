import { newWebhook, publish } from "./api";
import { expect, test } from "./fixtures";

test("an id that is pasted into the palette is opened", async ({ console: page, org }) => {
  await newWebhook(org, { eventTypes: ["*"] });
  const id = await publish(org, "order.created");
  const field = page.getByPlaceholder("A page, or paste any id…");
  // The palette comes after the page itself.
  await expect(async () => {
    await page.keyboard.press("Control+k");
    await expect(field).toBeVisible({ timeout: 1_000 });
  }).toPass();
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
    const field = page.getByPlaceholder("A page, or paste any id…");
    await expect(async () => {
      await page.keyboard.press("Control+k");
      await expect(field).toBeVisible({ timeout: 1_000 });
    }).toPass();
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
