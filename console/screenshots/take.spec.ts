import { expect, type Page, test } from "@playwright/test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { operatorKey } from "../e2e/api";
import { signIn } from "../e2e/fixtures";
import { words } from "../src/lib/status";
import { makeScene, type Scene } from "./scene";

// Makes docs/console: a picture of every page, light and dark. The longer there was traffic, the more the charts show.
const minutes = Number(process.env.TRAFFIC_MINUTES ?? 3);
// Names of pictures to take, with commas between them, when not all are wanted.
const wanted = process.env.PICTURES?.split(",");
const folder = join(import.meta.dirname, "../../docs/console");

const pages = ({ ids }: Scene, operation: string): Record<string, string> => ({
  "bulk-operations": "/bulk",
  "bulk-operation": `/bulk/${operation}`,
  overview: "/?span=1h",
  events: "/events",
  event: `/events/${ids.event}`,
  deliveries: "/deliveries",
  delivery: `/deliveries/${ids.retried}`,
  live: "/live",
  webhooks: "/webhooks",
  "webhook-new": "/webhooks/new",
  webhook: `/webhooks/${ids.crm}?span=1h`,
  "webhook-deliveries": `/webhooks/${ids.crm}?tab=deliveries`,
  "webhook-subscriptions": `/webhooks/${ids.crm}?tab=subscriptions`,
  "webhook-settings": `/webhooks/${ids.crm}?tab=settings`,
  "webhook-secrets": `/webhooks/${ids.crm}?tab=secrets`,
  "webhook-test": `/webhooks/${ids.crm}?tab=test`,
  "webhook-recovery": `/webhooks/${ids.crm}?tab=recovery`,
  "event-types": "/event-types",
  "event-type": `/event-types/${ids.eventType}`,
  keys: "/keys",
  organization: "/organization",
  explorer: "/explorer",
});

test("take pictures of every page", async ({ browser }) => {
  test.setTimeout((minutes + 5) * 60_000);
  mkdirSync(folder, { recursive: true });
  const scene = await makeScene(minutes);

  for (const colorScheme of ["light", "dark"] as const) {
    const context = await browser.newContext({ colorScheme, viewport: { width: 1360, height: 850 }, reducedMotion: "reduce" });
    const page = await context.newPage();
    await page.goto("/");
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await take(page, `sign-in-${colorScheme}`);
    await signIn(page, scene.newcomer.key);
    await expect(page.getByRole("list", { name: "First steps" })).toBeVisible();
    await take(page, `first-steps-${colorScheme}`);
    await signIn(page, scene.org.key);
    await page.getByRole("button", { name: "I did" }).click();
    const operation = await scene.retry();
    for (const [name, path] of Object.entries(pages(scene, operation))) {
      await page.goto(path);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
      await expect(page.locator(".mantine-Skeleton-root")).toHaveCount(0);
      if (name === "webhook-test") {
        await page.getByRole("button", { name: "Test", exact: true }).click();
        await expect(page.locator("[data-test-result]")).toContainText("Response code");
        await expect(page.locator(".mantine-Skeleton-root")).toHaveCount(0);
      }
      if (name === "explorer") await expect(page.getByRole("textbox", { name: "Editor content" }).first()).toBeAttached();
      if (name === "live") await expect(page.locator("[data-line]").first()).toBeVisible();
      await take(page, `${name}-${colorScheme}`);
    }
    await signIn(page, operatorKey);
    await page.goto("/system");
    await expect(page.getByRole("table", { name: "Checks" })).toBeVisible();
    await take(page, `system-${colorScheme}`);
    await page.goto("/organizations");
    await expect(page.getByRole("table", { name: "Organizations" })).toBeVisible();
    await take(page, `organizations-${colorScheme}`);
    await context.close();
  }
  await scene.close();
  writeFileSync(join(folder, "README.md"), gallery(["sign-in", "first-steps", ...Object.keys(pages(scene, "")), "system", "organizations"]));
});

/** The pictures on one page. */
function gallery(names: string[]): string {
  const rows = names.map((name) => {
    const title = words(name.replaceAll("-", "_"));
    return `| ${title} | ![${title}, light](${name}-light.webp) | ![${title}, dark](${name}-dark.webp) |`;
  });
  return [
    "# Pages of the console",
    "",
    "Made by `npm run screenshots` in `console/`, with a made-up shop. [console.md](../console.md) says how the console is used.",
    "",
    "| Page | Light | Dark |",
    "| --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

/** WebP, which is a third of the size of PNG. */
async function take(page: Page, name: string): Promise<void> {
  if (wanted && !wanted.includes(name.replace(/-(light|dark)$/, ""))) return;
  await page.evaluate(() => document.fonts.ready);
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: 82 });
  writeFileSync(join(folder, `${name}.webp`), Buffer.from(data, "base64"));
  await session.detach();
}
