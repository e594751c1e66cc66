import type { Page } from "@playwright/test";
import { newWebhook, operatorKey } from "./api";
import { expectAccessible } from "./axe";
import { expect, test } from "./fixtures";
import { everyPage, openPalette } from "./helpers";

async function check(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
  if (path.startsWith("/deliveries/")) await page.getByRole("tab", { name: "Request" }).click();
  if (path === "/explorer") await expect(page.getByRole("textbox", { name: "Editor content" }).first()).toBeAttached();
  await expectAccessible(page, path);
}

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [1360, 400]) {
    test(`no serious finding on any page, ${colorScheme}, ${width} wide`, async ({ browser, org, target, signedIn }) => {
      test.setTimeout(150_000);
      target.answer(500);
      const pages = [...(await everyPage(org, target.url)), "/webhooks/new", "/keys", "/explorer", "/nowhere"];
      const options = { colorScheme, viewport: { width, height: 900 }, bypassCSP: true };
      const page = await signedIn(org.key, options);
      for (const path of pages) await check(page, path);
      await openPalette(page);
      await expectAccessible(page, "the palette");
      const operator = await signedIn(operatorKey, options);
      for (const path of ["/system", "/organizations"]) await check(operator, path);
      const stranger = await browser.newContext(options);
      await check(await stranger.newPage(), "/");
      await stranger.close();
    });
  }
  test(`no serious finding in any dialog, ${colorScheme}`, async ({ org, signedIn }) => {
    test.setTimeout(90_000);
    const webhook = await newWebhook(org, { eventTypes: ["*"] });
    const page = await signedIn(org.key, { colorScheme, bypassCSP: true });
    for (const [path, button] of [
      ["/", "Keyboard shortcuts"],
      ["/events", "Publish an event"],
      [`/webhooks/${webhook}`, "Delete"],
      [`/webhooks/${webhook}?tab=subscriptions`, "Add subscription"],
      [`/webhooks/${webhook}?tab=secrets`, "Regenerate secret"],
      [`/webhooks/${webhook}?tab=recovery`, "Send what is missing"],
      ["/event-types", "New event type"],
      ["/keys", "New key"],
    ] as const) {
      await page.goto(path);
      await page.getByRole("button", { name: button }).first().click();
      await expect(page.getByRole("dialog")).toBeVisible();
      await expectAccessible(page, `${path}, ${button}`);
    }
  });
}
