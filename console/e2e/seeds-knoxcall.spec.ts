import { newWebhook, publish } from "./api";
import { expect } from "./fixtures";
import { asked, first, hmac, limits, publishAbout, seeded, sendTest } from "./seeds";

const test = seeded("knoxcall");
const call = {
  request: { method: "GET", path: "/orders", headers: { accept: "*/*" }, body: "ask" },
  response: { statusCode: 200, headers: { server: "x" }, body: "answer" },
  timedOut: false,
};

test("KX1: http:// is warned of, and refused where it is not allowed", async ({ console: page, org }) => {
  await limits(org, { allowInsecureUrls: true });
  await page.goto("/webhooks/new");
  const url = page.getByRole("textbox", { name: "Webhook URL", exact: true });
  await url.fill("https://example.com/hook");
  await expect(page.getByText("for development only")).toHaveCount(0);
  await url.fill("http://example.com/hook");
  await expect(page.getByText("http:// is for development only")).toBeVisible();
  await limits(org, { allowInsecureUrls: false });
  await page.reload();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Plain");
  await page.getByRole("textbox", { name: "Description", exact: true }).fill("Goes nowhere");
  await url.fill("http://example.com/hook");
  await expect(page.getByText("Only URLs that begin with https:// are allowed here.")).toBeVisible();
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await expect(url).toHaveAttribute("aria-invalid", "true");
  await expect(page).toHaveURL(/\/webhooks\/new$/);
});

test("KX6: the form asks what the page does, and parts of the payload are switched", async ({
  console: page, org, target,
}) => {
  await page.goto("/webhooks");
  await page.getByRole("button", { name: "Create Webhook" }).first().click();
  await expect(page.getByRole("textbox", { name: "Webhook URL", exact: true })).toBeVisible();
  expect(await asked(page)).toEqual([
    "Name", "Description", "Webhook URL", "HTTP Method", "Event Types", "Route Filter", "Authentication",
    "Request body", "Response body", "Headers", "Status code", "Retry on Failure", "Max retries", "Timeout", "Enabled",
  ]);
  const part = (name: string) =>
    page.getByRole("group", { name: "Payload Options" }).getByRole("switch", { name, exact: true });
  for (const name of ["Request body", "Response body", "Headers", "Status code"]) {
    await expect(part(name)).toBeChecked({ checked: name !== "Headers" });
  }
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Audit");
  await page.getByRole("textbox", { name: "Webhook URL", exact: true }).fill(target.url);
  await page.getByRole("combobox", { name: "Event Types" }).fill("request.completed");
  await page.getByRole("combobox", { name: "Event Types" }).press("Enter");
  await part("Request body").click({ force: true });
  await part("Headers").click({ force: true });
  await expect(part("Request body")).not.toBeChecked();
  await page.getByRole("button", { name: "Create", exact: true }).click();
  const secret = (await page.locator("[data-secret]").textContent())?.trim() ?? "";
  await page.getByRole("button", { name: "Done" }).click();
  await publish(org, "request.completed", call);
  await expect.poll(() => target.requests.length).toBe(1);
  const { headers, body } = first(target);
  expect(JSON.parse(body).data).toEqual({
    request: { method: "GET", path: "/orders", headers: { accept: "*/*" } },
    response: { statusCode: 200, headers: { server: "x" }, body: "answer" },
    timedOut: false,
  });
  expect(headers["x-knoxcall-signature"]).toBe(`sha256=${hmac(secret, body)}`);
  await page.getByRole("tab", { name: "Settings" }).click();
  await expect(part("Request body")).not.toBeChecked();
  await expect(part("Headers")).toBeChecked();
});

test("KX4: with the route filter on, only the chosen routes count", async ({ console: page, org, target }) => {
  await page.goto("/webhooks/new");
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Orders only");
  await page.getByRole("textbox", { name: "Webhook URL", exact: true }).fill(target.url);
  await page.getByRole("combobox", { name: "Event Types" }).fill("request.completed");
  await page.getByRole("combobox", { name: "Event Types" }).press("Enter");
  await page.getByRole("switch", { name: "Route Filter" }).click({ force: true });
  await page.getByRole("combobox", { name: "Only events about one of these" }).fill("route_orders");
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("tab", { name: "Event subscriptions" }).click();
  await expect(page.getByRole("table", { name: "Event subscriptions" })).toContainText("route_orders");
  const other = { ...call, request: { ...call.request, path: "/other" } };
  await publishAbout(org, "request.completed", other, ["route_other"]);
  await publishAbout(org, "request.completed", call, ["route_orders"]);
  await expect.poll(() => target.requests.length).toBe(1);
  expect(JSON.parse(first(target).body).data.request.path).toBe("/orders");
});

test("KX11: Test sends webhook.test and shows success, or the error and the response", async ({
  console: page, org, target,
}) => {
  const id = await newWebhook(org, { url: target.url });
  await page.goto(`/webhooks/${id}`);
  await sendTest(page);
  const result = page.locator("[data-test-result]");
  await expect(result).toContainText(/Success.*Response code 200/);
  expect(JSON.parse(first(target).body).event).toBe("webhook.test");
  target.answer(422);
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await expect(result).toContainText(/Failed.*Response code 422/);
  await expect(page.getByText("Refused with 422")).toBeVisible();
  await expect(page.getByText("<b>answer 422</b>")).toBeVisible();
  await page.getByRole("tab", { name: "Webhook Logs" }).click();
  await expect(page.getByRole("table", { name: "Deliveries" }).locator("tbody tr").first())
    .toContainText("webhook.test");
});

test("KX12: the secret is revealed, and a new one shown as soon as it is regenerated", async ({
  console: page, org, target,
}) => {
  const id = await newWebhook(org, { url: target.url });
  await page.goto(`/webhooks/${id}`);
  await page.getByRole("tab", { name: "Secrets" }).click();
  await page.getByRole("button", { name: "Reveal secret" }).click();
  const shown = page.locator("[data-secret]");
  const old = (await shown.textContent())?.trim() ?? "";
  await page.getByLabel(/The old one goes on signing for/).fill("0");
  await page.getByRole("button", { name: "Regenerate secret" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Regenerate", exact: true }).click();
  await expect(page.getByRole("heading", { name: "The new secret" })).toBeVisible();
  const secret = (await shown.textContent())?.trim() ?? "";
  expect(secret).not.toBe(old);
  await page.getByRole("button", { name: "Done" }).click();
  await sendTest(page);
  await expect(page.locator("[data-test-result]")).toContainText("Response code 200");
  const { headers, body } = first(target);
  expect(headers["x-knoxcall-signature"]).toBe(`sha256=${hmac(secret, body)}`);
});

test("KX13: the page's presets fill the form", async ({ console: page, org, target }) => {
  await page.goto("/webhooks/new");
  const recipes = page.getByRole("group", { name: "Recipes" });
  await expect(recipes.getByRole("button")).toHaveText([
    "Nothing", "Slack Error Alerts", "Analytics Logging", "Zapier Integration",
  ]);
  await recipes.getByRole("button", { name: "Analytics Logging" }).click();
  await expect(page.getByRole("switch", { name: "Request body" })).not.toBeChecked();
  await recipes.getByRole("button", { name: "Slack Error Alerts" }).click();
  await expect(page.getByRole("textbox", { name: "Name", exact: true })).toHaveValue("Analytics Logging");
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Alerts");
  await page.getByRole("textbox", { name: "Webhook URL", exact: true }).fill(target.url);
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await page.getByRole("button", { name: "Done" }).click();
  await publish(org, "request.completed", { ...call, response: { statusCode: 502 } });
  await expect.poll(() => target.requests.length).toBe(1);
  expect(JSON.parse(first(target).body)).toEqual({ text: "*request.error* GET /orders: 502" });
});
