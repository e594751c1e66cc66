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
  await page.keyboard.press("g");
  await page.keyboard.press("d");
  await expect(page).toHaveURL(/\/deliveries/);
  await expect(page.getByRole("table", { name: "Deliveries" }).locator("tbody tr")).toHaveCount(1);
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/deliveries\/dlv_/);
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});
