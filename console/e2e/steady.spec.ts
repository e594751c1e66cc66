import type { Page } from "@playwright/test";
import { api, newWebhook, publish } from "./api";
import { expect, ready, signIn, test } from "./fixtures";
import { deliveryOf, publishMany, untilDelivery } from "./helpers";

interface Cable {
  cut: () => Promise<void>;
  mend: () => void;
}

/** Lets a spec cut the websocket of a page that is not open yet. */
async function cable(page: Page): Promise<Cable> {
  const sockets: { close: () => Promise<void> }[] = [];
  let broken = false;
  await page.routeWebSocket("**/graphql", (socket) => {
    if (broken) {
      void socket.close({ code: 1012 });
      return;
    }
    sockets.push(socket);
    socket.connectToServer();
  });
  return {
    cut: async () => {
      await expect(page.getByText("Live", { exact: true })).toBeVisible();
      broken = true;
      for (const socket of sockets.splice(0)) await socket.close();
      await expect(page.getByText("Reconnecting…")).toBeVisible();
    },
    mend: () => (broken = false),
  };
}

const rowsOf = (page: Page, name: string) => page.getByRole("table", { name }).locator("tbody tr");

/** Where the rows are on the screen. */
const places = (page: Page) =>
  page
    .locator("[data-rows] tr")
    .evaluateAll((rows) => rows.map((row) => [row.getAttribute("data-id"), row.getBoundingClientRect().top]));

test("rows stay under the cursor while new deliveries come in", async ({ console: page, org }) => {
  await newWebhook(org, { eventTypes: ["*"] });
  await publishMany(org, "order.created", 5);
  const live = ready(page, "/deliveries", "deliveryUpdated");
  await page.goto("/deliveries");
  await expect(rowsOf(page, "Deliveries").getByText("succeeded", { exact: true })).toHaveCount(5);
  await live;
  await rowsOf(page, "Deliveries").nth(2).hover();
  const before = await places(page);
  await publishMany(org, "order.paid", 3);
  await expect(page.getByRole("button", { name: "3 new" })).toBeVisible();
  expect(await places(page)).toEqual(before);
});

test("after a gap, deliveries are brought up to date where they are and new ones wait", async ({ page, org, target }) => {
  target.answer(500);
  const wires = await cable(page);
  await newWebhook(org, { url: target.url, eventTypes: ["*"], settings: { retryPolicy: { delaysSeconds: [600] } } });
  const lower = await deliveryOf(org, await publish(org, "order.created"));
  const upper = await deliveryOf(org, await publish(org, "order.created"));
  for (const one of [lower, upper]) await untilDelivery(org, one, "RETRYING");
  await signIn(page, org.key);
  await page.goto("/deliveries?stage=RETRYING");
  const rows = rowsOf(page, "Deliveries");
  await expect(rows).toHaveCount(2);
  await wires.cut();
  await untilDelivery(org, await deliveryOf(org, await publish(org, "order.paid")), "RETRYING");
  target.answer(200);
  await api(
    `mutation($i: RetryDeliveryInput!) { retryDelivery(input: $i) { userErrors { message } } }`,
    { i: { deliveryId: upper } },
    org.key,
  );
  await untilDelivery(org, upper, "SUCCEEDED");
  const before = await places(page);
  wires.mend();
  // It does not match the filter any more, and is there all the same.
  await expect(rows.first()).toContainText("succeeded");
  await expect(page.getByRole("button", { name: "1 new" })).toBeVisible();
  expect(await places(page)).toEqual(before);
});

test("after a gap, new events wait, too", async ({ page, org }) => {
  const wires = await cable(page);
  await publish(org, "order.created");
  await signIn(page, org.key);
  await page.goto("/events");
  await expect(rowsOf(page, "Events")).toHaveCount(1);
  await wires.cut();
  await publishMany(org, "order.paid", 2);
  const before = await places(page);
  wires.mend();
  await expect(page.getByRole("button", { name: "2 new" })).toBeVisible();
  expect(await places(page)).toEqual(before);
  await page.getByRole("button", { name: "2 new" }).click();
  await expect(rowsOf(page, "Events")).toHaveCount(3);
});

test("a gap of more than a page of requests is filled whole", async ({ page, org, target }) => {
  const wires = await cable(page);
  await newWebhook(org, { url: target.url, eventTypes: ["*"] });
  await signIn(page, org.key);
  await page.goto("/live");
  await expect(page.getByText("Waiting for the next request…")).toBeVisible();
  await publish(org, "order.created");
  await expect(page.locator("[data-tail-counts]")).toContainText("1 shown");
  await wires.cut();
  await publishMany(org, "order.paid", 230);
  await expect.poll(() => target.requests.length, { timeout: 20_000 }).toBe(231);
  wires.mend();
  await expect(page.locator("[data-tail-counts]")).toContainText("231 shown");
});

test("the live tail stands still while somebody reads", async ({ console: page, org }) => {
  await newWebhook(org, { eventTypes: ["*"] });
  await page.goto("/live");
  await expect(page.getByText("Waiting for the next request…")).toBeVisible();
  await publish(org, "order.created");
  const lines = page.locator("[data-line]");
  await expect(lines).toHaveCount(1);
  await lines.first().hover();
  await publish(org, "order.paid");
  await expect(page.locator("[data-tail-counts]")).toContainText("1 wait until you go on");
  await expect(lines).toHaveCount(1);
  await page.getByRole("heading", { level: 1 }).hover();
  await expect(lines).toHaveCount(2);
  await expect(lines.first()).toContainText("order.paid");
});
