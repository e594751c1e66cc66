import type { Page } from "@playwright/test";
import { newKey, newWebhook, publish } from "./api";
import { expect, signIn, test, watch } from "./fixtures";

const tab = (page: Page, name: string) =>
  page.getByRole("list", { name: "Select active operation" }).getByRole("button", { name, exact: true });

// The title of the tab that would be open after a reload.
const keptTab = (page: Page) =>
  page.evaluate(() => {
    const kept = Object.entries(sessionStorage).find(([key]) => key.endsWith("graphiql:tabState"));
    const { tabs = [], activeTabIndex = 0 } = JSON.parse(kept?.[1] ?? "{}");
    return tabs[activeTabIndex]?.title;
  });
const response = (page: Page) => page.getByRole("region", { name: "Result Window" });

async function run(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Execute query (Ctrl-Enter)" }).click();
}

test("the explorer runs a saved query with the session, and asks nobody else", async ({ console: page, org }) => {
  const workers: string[] = [];
  page.on("worker", (worker) => workers.push(new URL(worker.url()).pathname));
  await page.getByRole("link", { name: "API explorer" }).click();
  await expect(page.getByRole("heading", { name: "API explorer" })).toBeVisible();
  await expect(tab(page, "Failed")).toBeVisible();
  await run(page);
  await expect(response(page)).toContainText(org.name);
  // Real ones, from this server, or the editor would check nothing.
  await expect.poll(() => workers.filter((path) => path.startsWith("/assets/")).length).toBeGreaterThan(1);
});

test("the explorer runs a subscription until it is stopped", async ({ console: page, org }) => {
  await newWebhook(org, { eventTypes: ["*"] });
  const listening = new Promise<void>((resolve) => {
    page.on("websocket", (socket) =>
      socket.on("framereceived", ({ payload }) => {
        if (payload.toString().includes('"ready"')) resolve();
      }),
    );
  });
  await page.goto("/explorer");
  await tab(page, "Tail").click();
  await expect(tab(page, "Tail")).toHaveAttribute("aria-current", "true");
  await expect(tab(page, "Failed")).toHaveAttribute("aria-current", "false");
  await run(page);
  await listening;
  await publish(org, "order.paid");
  await expect(response(page)).toContainText("order.paid");
  await page.getByRole("button", { name: "Stop query (Ctrl-Enter)" }).click();
  await expect(page.getByRole("button", { name: "Execute query (Ctrl-Enter)" })).toBeVisible();
});

test("the saved operations have ids of the organization, and come back when asked for", async ({ console: page, org }) => {
  const webhook = await newWebhook(org, { eventTypes: ["*"] });
  const event = await publish(org, "order.created");
  await page.goto("/explorer");
  await tab(page, "Replay").click();
  await expect(page.getByRole("region", { name: "Variables" })).toContainText(webhook);
  await tab(page, "Explain").click();
  await expect(page.getByRole("region", { name: "Variables" })).toContainText(event);
  await run(page);
  await expect(response(page)).toContainText("MATCHED");
  // What was open is still open after a reload. GraphiQL keeps a change half a second after it was made.
  await expect.poll(() => keptTab(page)).toBe("Explain");
  await page.reload();
  await expect(page.getByRole("region", { name: "Variables" })).toContainText(event);
  await page.getByRole("button", { name: "Close Tab" }).click();
  await expect(tab(page, "Explain")).toHaveCount(0);
  await page.getByRole("button", { name: "Start over with the saved operations" }).click();
  await expect(tab(page, "Explain")).toBeVisible();
});

test("who is not signed in signs in first and comes back", async ({ page, org }) => {
  const found = watch(page);
  await page.goto("/explorer");
  await page.getByLabel("API key").fill(org.key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/explorer$/);
  await expect(tab(page, "Publish")).toBeVisible();
  expect(found).toEqual([]);
});

test("a session that has ended leads to the sign-in and back", async ({ page, org }) => {
  await signIn(page, org.key);
  await page.goto("/explorer");
  await expect(tab(page, "Publish")).toBeVisible();
  await page.context().clearCookies();
  await run(page);
  await expect(page.getByRole("heading", { name: "Sign in to Surehook" })).toBeVisible();
});

test("a viewer is offered nothing that would be refused", async ({ org, signedIn }) => {
  const page = await signedIn(await newKey(org.id, "VIEWER", org.key));
  await page.goto("/explorer");
  await expect(tab(page, "Tail")).toBeVisible();
  await expect(tab(page, "Publish")).toHaveCount(0);
  await expect(tab(page, "Replay")).toHaveCount(0);
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`the explorer is ${colorScheme} when the system is`, async ({ org, signedIn }) => {
    const page = await signedIn(org.key, { colorScheme });
    await page.goto("/explorer");
    await expect(tab(page, "Failed")).toBeVisible();
    const container = page.locator(".graphiql-container");
    const background = await container.evaluate((one) => getComputedStyle(one).backgroundColor);
    const red = Number(/\d+/.exec(background)?.[0]);
    expect(red > 128).toBe(colorScheme === "light");
  });
}
