import type { Page } from "@playwright/test";
import { newKey, newWebhook, publish } from "./api";
import { expect, test, watch } from "./fixtures";
import { everyPage } from "./helpers";

test("a viewer sees no button that would be refused", async ({ org, target, signedIn }) => {
  target.answer(500);
  const id = await newWebhook(org, { url: target.url, eventTypes: ["*"] });
  const event = await publish(org, "order.created");
  const page = await signedIn(await newKey(org.id, "VIEWER", org.key));
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
  await expect(page.getByRole("heading", { name: "Not for this role" })).toBeVisible();
  await page.goto("/webhooks/new");
  await expect(page.getByRole("heading", { name: "Not for this role" })).toBeVisible();
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

/** Notes what the API refuses a page. */
function refusals(page: Page): string[] {
  const found: string[] = [];
  page.on("response", async (response) => {
    if (new URL(response.url()).pathname !== "/graphql") return;
    const body = await response.text().catch(() => ""); // a page that is left takes its answers along
    if (body.includes('"FORBIDDEN"') || body.includes('"errors"')) found.push(`${response.request().postData() ?? ""}: ${body}`);
  });
  return found;
}

async function buttonsOf(page: Page, path: string): Promise<string[]> {
  await page.goto(path);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
  const buttons = page.getByRole("main").getByRole("button");
  return buttons.evaluateAll((all) => all.map((one) => one.getAttribute("aria-label") ?? one.textContent ?? ""));
}

test("a viewer opens every page, nothing is refused, and no button changes anything", async ({ org, target, signedIn }) => {
  test.setTimeout(90_000);
  target.answer(500);
  const pages = await everyPage(org, target.url);
  const page = await signedIn(await newKey(org.id, "VIEWER", org.key));
  const found = watch(page);
  const refused = refusals(page);
  const harmless = /^(copy |download|clear|all|show as|pause$|any |attempt \d|newer|older|\d|$|remove all|toggle|help$)/i;
  for (const path of pages) {
    const buttons = await buttonsOf(page, path);
    const allowed = (name: string) => harmless.test(name) && (path === "/live" || name !== "Pause");
    expect(buttons.map((name) => name.trim()).filter((name) => !allowed(name)), path).toEqual([]);
  }
  expect(refused).toEqual([]);
  expect(found).toEqual([]);
});

test("a developer may do the work and not manage the organization", async ({ org, target, signedIn }) => {
  test.setTimeout(90_000);
  target.answer(500);
  const pages = await everyPage(org, target.url);
  const page = await signedIn(await newKey(org.id, "DEVELOPER", org.key));
  const refused = refusals(page);
  const seen: string[] = [];
  for (const path of pages) seen.push(...(await buttonsOf(page, path)));
  const work = ["Publish an event", "New webhook", "Retry now", "Retry all that failed", "Regenerate secret", "Pause", "Delete"];
  for (const name of work) expect(seen, name).toContain(name);
  for (const name of ["New key", "Revoke", "Erase the payload"]) expect(seen, name).not.toContain(name);
  await expect(page.getByRole("link", { name: "API keys" })).toHaveCount(0);
  expect(refused).toEqual([]);
});
