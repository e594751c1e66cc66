import type { Page } from "@playwright/test";
import { operatorKey } from "./api";
import { serious } from "./axe";
import { expect, signedIn, test } from "./fixtures";
import { everyPage } from "./helpers";

/** What axe finds serious or critical on a page. */
async function findings(page: Page, path: string): Promise<string[]> {
  await page.goto(path);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
  if (path.startsWith("/deliveries/")) await page.getByRole("tab", { name: "Request" }).click();
  if (path === "/explorer") await expect(page.getByRole("textbox", { name: "Editor content" }).first()).toBeAttached();
  return serious(page, path);
}

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [1360, 400]) {
    test(`no serious finding on any page, ${colorScheme}, ${width} wide`, async ({ browser, org, target }) => {
      test.setTimeout(150_000);
      target.answer(500);
      const pages = [...(await everyPage(org, target.url)), "/webhooks/new", "/keys", "/explorer"];
      const options = { colorScheme, viewport: { width, height: 900 }, bypassCSP: true };
      const page = await signedIn(browser, org.key, options);
      const all: string[] = [];
      for (const path of pages) all.push(...(await findings(page, path)));
      const operator = await signedIn(browser, operatorKey, options);
      for (const path of ["/system", "/organizations"]) all.push(...(await findings(operator, path)));
      expect(all).toEqual([]);
    });
  }
}
