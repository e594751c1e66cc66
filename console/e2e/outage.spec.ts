import { newWebhook, publish } from "./api";
import { expect, signIn, test } from "./fixtures";

test("an API that is away is said, and the page recovers by itself", async ({ page, org }) => {
  await newWebhook(org, { eventTypes: ["*"] });
  await publish(org, "order.created");
  await signIn(page, org.key);
  await page.goto("/deliveries");
  const rows = page.getByRole("table", { name: "Deliveries" }).locator("tbody tr");
  await expect(rows).toHaveCount(1);
  await page.route("**/graphql", (route) => route.abort());
  await page.getByRole("link", { name: "Events", exact: true }).click();
  await expect(page.getByText("The API does not answer. What you see may be old")).toBeVisible();
  await page.unroute("**/graphql");
  await expect(page.getByText("The API does not answer. What you see may be old")).toHaveCount(0);
  await expect(page.getByRole("table", { name: "Events" }).locator("tbody tr")).toHaveCount(1);
});

test("a websocket that broke comes back, and what was missed is fetched", async ({ page, org }) => {
  await newWebhook(org, { eventTypes: ["*"] });
  const sockets: { close: () => Promise<void> }[] = [];
  let cut = false;
  await page.routeWebSocket("**/graphql", (socket) => {
    if (cut) {
      void socket.close({ code: 1012 });
      return;
    }
    sockets.push(socket);
    socket.connectToServer();
  });
  await signIn(page, org.key);
  await page.goto("/live");
  await expect(page.getByText("Waiting for the next request…")).toBeVisible();
  await publish(org, "order.created");
  await expect(page.locator("[data-line]")).toHaveCount(1);
  cut = true;
  for (const socket of sockets) await socket.close();
  await expect(page.getByText("Reconnecting…")).toBeVisible();
  await publish(org, "order.paid");
  cut = false;
  await expect(page.locator("[data-line]")).toHaveCount(2);
});
