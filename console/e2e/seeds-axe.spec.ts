import { newOrganization, newWebhook } from "./api";
import { expectAccessible } from "./axe";
import { expect, test } from "./fixtures";

// What the pages of the standard profile do not have: other forms, the dialog of callbacks, counters.
for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [1360, 400]) {
    test(`no serious finding in what the systems show, ${colorScheme}, ${width} wide`, async ({ target, signedIn }) => {
      test.setTimeout(120_000);
      for (const profile of ["kazinex", "krebit", "kuviq", "knoxcall", "kianda"]) {
        const org = await newOrganization(profile);
        const secret = profile === "kazinex" ? { signingSecret: "chosen-secret" } : {};
        await newWebhook(org, { url: target.url, ...secret });
        const page = await signedIn(org.key, { colorScheme, viewport: { width, height: 900 }, bypassCSP: true });
        for (const path of ["/webhooks", "/webhooks/new", "/deliveries"]) {
          await page.goto(path);
          await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
          if (path === "/webhooks/new" && profile !== "kianda") {
            await page.getByText("More settings").click();
            await page.getByRole("textbox", { name: /URL/ }).fill("http://example.com");
          }
          await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
          await expectAccessible(page, `${profile} ${path}`);
        }
        if (profile === "kianda") {
          await page.goto("/webhooks");
          await page.getByRole("button", { name: "Instance Callback URLs" }).click();
          await expect(page.getByRole("dialog").getByRole("switch")).toHaveCount(3);
          await expectAccessible(page, "the dialog of callbacks");
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          expect(wide, "nothing is wider than the page").toBeLessThanOrEqual(0);
        }
        await page.context().close();
      }
    });
  }
}
