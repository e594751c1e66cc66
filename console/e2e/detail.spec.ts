import type { Page } from "@playwright/test";
import { api, newWebhook, publish } from "./api";
import { expect, test } from "./fixtures";
import { deliveryOf, untilDelivery } from "./helpers";

test("a retry that is due is painted within a second after its attempt", async ({ console: page, org, target }) => {
  target.answer(503);
  const retryPolicy = { delaysSeconds: [6, 6, 6, 6], jitterPercent: 0 };
  await newWebhook(org, { url: target.url, eventTypes: ["*"], settings: { retryPolicy, breaker: { failurePercent: 0 } } });
  const delivery = await deliveryOf(org, await publish(org, "order.created"));
  await page.goto("/deliveries");
  const row = page.locator(`tr[data-id="${delivery}"]`);
  await expect(row).toContainText("retrying");
  await row.evaluate((element) => {
    const observer = new MutationObserver(() => {
      if (!element.textContent?.includes("succeeded")) return;
      observer.disconnect();
      Object.assign(window, { painted: Date.now() });
    });
    observer.observe(element, { childList: true, subtree: true, characterData: true });
  });
  target.answer(200);
  await expect(row).toContainText("succeeded", { timeout: 30_000 });
  const painted = await page.evaluate(() => (window as { painted?: number }).painted); // is lost by a reload
  const found = await api<{ delivery: { lastAttempt: { startedAt: string; durationMs: number } } }>(
    `query($id: ID!) { delivery(id: $id) { lastAttempt { startedAt durationMs } } }`,
    { id: delivery },
    org.key,
  );
  const { startedAt, durationMs } = found.delivery.lastAttempt;
  const late = Number(painted) - (Date.parse(startedAt) + durationMs);
  test.info().annotations.push({ type: "painted after", description: `${Math.round(late)} ms` });
  expect(late).toBeLessThan(1_000);
});

test("an attempt that is made while its page is open shows up there", async ({ console: page, org, target }) => {
  target.answer(500);
  await newWebhook(org, { url: target.url, eventTypes: ["*"], settings: { retryPolicy: { delaysSeconds: [3_600] } } });
  const delivery = await deliveryOf(org, await publish(org, "order.created"));
  await untilDelivery(org, delivery, "RETRYING");
  await page.goto(`/deliveries/${delivery}`);
  const timeline = page.getByRole("list", { name: "Attempts" });
  await expect(timeline.getByRole("button", { name: /Attempt 1/ })).toBeVisible();
  target.answer(200);
  await page.getByRole("button", { name: "Retry now" }).click();
  await expect(timeline.getByRole("button", { name: /Attempt 2.*by hand.*Accepted by the receiver/ })).toBeVisible();
  await timeline.getByRole("button", { name: /Attempt 1/ }).click();
  await expect(page.getByRole("heading", { name: "Attempt 1" })).toBeVisible();
});

test("an attempt says what was sent, what came back, and where its time went", async ({ console: page, org, target }) => {
  await newWebhook(org, { url: target.url, eventTypes: ["*"] });
  const delivery = await deliveryOf(org, await publish(org, "order.created", { id: "o_77" }));
  await untilDelivery(org, delivery, "SUCCEEDED");
  await page.goto(`/deliveries/${delivery}`);
  for (const phase of [/Connect \d/, /First byte \d/, /Total \d/]) await expect(page.getByText(phase)).toBeVisible();
  await expect(page.getByLabel("Headers")).toContainText("text/html");
  await page.getByRole("tab", { name: "Request" }).click();
  await expect(page.getByText(`POST ${target.url}`)).toBeVisible();
  await expect(page.getByRole("textbox", { name: "request body" })).toContainText('"o_77"');
});

test("a delivery leads to its workflow in the Temporal Web UI", async ({ console: page, org, context, target }) => {
  await newWebhook(org, { url: target.url, eventTypes: ["*"] });
  const delivery = await deliveryOf(org, await publish(org, "order.created"));
  await untilDelivery(org, delivery, "SUCCEEDED");
  await page.goto(`/deliveries/${delivery}`);
  const href = await page.getByRole("link", { name: "Open in Temporal" }).getAttribute("href");
  const workflow = new URL(String(href)).pathname.split("/workflows/")[1]?.split("/")[0] ?? "";
  expect(workflow).not.toBe("");
  const temporal = await context.newPage();
  await temporal.goto(String(href));
  await expect(temporal.getByText(decodeURIComponent(workflow)).first()).toBeVisible({ timeout: 20_000 });
});

/** What the page's main thread works to open an address until a body is shown, in milliseconds of CPU time. */
async function work(page: Page, path: string, tab?: string): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const spent = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return 1_000 * (metrics.find((one) => one.name === "TaskDuration")?.value ?? 0);
  };
  const before = await spent();
  await page.goto(path);
  if (tab) await page.getByRole("tab", { name: tab }).click();
  await expect(page.getByRole("textbox", { name: /^(payload|request body)$/ })).toContainText("xxxx");
  const after = await spent();
  await session.detach();
  return after - before;
}

test("a payload of a megabyte is opened without the page standing still", async ({ console: page, org, target }) => {
  await api(
    `mutation($i: UpdateOrganizationLimitsInput!) { updateOrganizationLimits(input: $i) { userErrors { message } } }`,
    { i: { id: org.id, maxPayloadBytes: 1_000_000 } },
    process.env.SUREHOOK_OPERATOR_KEY,
  );
  await newWebhook(org, { url: target.url, eventTypes: ["*"] });
  const items = (howMany: number) => Array.from({ length: howMany }, (_, n) => ({ n, text: "x".repeat(80) }));
  const small = await publish(org, "order.created", { items: items(1) });
  const big = await publish(org, "order.created", { items: items(9_000) });
  const deliveries = { small: await deliveryOf(org, small), big: await deliveryOf(org, big) };
  for (const one of Object.values(deliveries)) await untilDelivery(org, one, "SUCCEEDED");
  await work(page, `/events/${small}`); // what is loaded once
  const event = (await work(page, `/events/${big}`)) - (await work(page, `/events/${small}`));
  await expect(page.getByText("the first 64 KiB are shown")).toHaveCount(0);
  const delivery =
    (await work(page, `/deliveries/${deliveries.big}`, "Request")) - (await work(page, `/deliveries/${deliveries.small}`, "Request"));
  await page.goto(`/events/${big}`);
  await expect(page.getByText("the first 64 KiB are shown")).toBeVisible();
  const description = `${Math.round(event)} ms for an event, ${Math.round(delivery)} ms for a delivery`;
  test.info().annotations.push({ type: "more work than for a small one", description });
  process.stdout.write(`    a megabyte costs ${description}\n`);
  expect(event).toBeLessThan(500);
  expect(delivery).toBeLessThan(500);
});
