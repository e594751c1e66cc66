import { newWebhook, publish } from "./api";
import { expect } from "./fixtures";
import { asked, columns, first, hmac, seeded, sendTest } from "./seeds";

const test = seeded("kuviq");
const secret = "kuviq-secret-1";
const action = { id: "action_678", title: "Recharge fire extinguisher" };
// The first retry is a minute away, so nothing happens by itself while a spec looks.
const patient = { breaker: { failurePercent: 0 } };

test("KU1: a webhook is made, edited, deactivated and deleted", async ({ console: page, org, target }) => {
  await page.goto("/webhooks");
  await page.getByRole("button", { name: "Add Webhook" }).first().click();
  await expect(page.getByRole("textbox", { name: "URL", exact: true })).toBeVisible();
  expect(await asked(page)).toEqual(["Name", "URL", "Events", "Secret", "Active"]);
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Maintenance");
  await page.getByRole("textbox", { name: "URL", exact: true }).fill(target.url);
  for (const one of ["action.created", "inspection.*"]) {
    await page.getByRole("combobox", { name: "Events" }).fill(one);
    await page.getByRole("combobox", { name: "Events" }).press("Enter");
  }
  await page.getByLabel(/^Secret/).fill(secret);
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Maintenance");
  await publish(org, "action.created", action);
  await expect.poll(() => target.requests.length).toBe(1);
  const { headers, body } = first(target);
  expect(headers["x-webhook-signature"]).toBe(`sha256=${hmac(secret, body)}`);
  expect(String(headers["x-webhook-timestamp"])).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);

  await page.getByRole("tab", { name: "Settings" }).click();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Service desk");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Service desk");
  await page.getByRole("button", { name: "Deactivate" }).click();
  await expect(page.getByRole("button", { name: "Activate", exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByLabel("Type Service desk to go on").fill("Service desk");
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("No webhook yet")).toBeVisible();
});

test("KU6: the details are name, URL, events, status, last triggered and success rate", async ({
  console: page, org, target,
}) => {
  const id = await newWebhook(org, { name: "Maintenance", url: target.url, eventTypes: ["action.created", "user.*"] });
  await publish(org, "action.created", action);
  await page.goto("/webhooks");
  await expect(columns(page, "Webhooks")).toHaveText([
    "Name", "URL", "Events", "Status", "Last triggered", "Success rate",
  ]);
  await page.goto(`/webhooks/${id}`);
  const facts = page.locator("section", { has: page.getByRole("heading", { name: "Details" }) });
  await expect(facts.getByRole("term")).toHaveText([
    "Name", "URL", "Events", "Status", "Last triggered", "Success rate",
  ]);
  const values = facts.getByRole("definition");
  await expect(values.nth(5)).toHaveText("100%");
  await expect(values.nth(2)).toContainText("action.created");
  await expect(values.nth(3)).toHaveText("Active");
  await expect(values.nth(4)).toHaveText(/now|ago/);
});

test("KU7: Test sends exactly the page's payload and shows success, response code and response time", async ({
  console: page, org, target,
}) => {
  const id = await newWebhook(org, { url: target.url, signingSecret: secret });
  await page.goto(`/webhooks/${id}`);
  await sendTest(page);
  const result = page.locator("[data-test-result]");
  await expect(result).toContainText(/Success.*Response code 200 in [\d.]+ m?s/);
  const request = first(target);
  const body = JSON.parse(request.body) as { timestamp: string };
  expect(body).toEqual({
    event: "test.webhook",
    timestamp: body.timestamp,
    isTest: true,
    data: { message: "This is a test webhook from Kuviq", endpointId: id, organizationId: org.id },
  });
  expect(request.headers["x-webhook-signature"]).toBe(`sha256=${hmac(secret, request.body)}`);
  target.answer(503);
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await expect(result).toContainText(/Failed.*Response code 503 in [\d.]+ m?s/);
});

test("KU11, KU12: the event log has the page's counters, columns and words", async ({ console: page, org, target }) => {
  await newWebhook(org, { url: target.url, eventTypes: ["*"], settings: patient });
  await page.goto("/deliveries");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Event Log");
  const counters = page.getByRole("group", { name: "Counters" }).getByRole("link");
  await expect(counters).toHaveText(["Pending0", "Completed0", "Failed0", "In Progress0"]);
  await publish(org, "action.created", action);
  await expect(counters.nth(1)).toHaveText("Completed1");
  target.answer(404);
  await publish(org, "action.created", action);
  await expect(counters.nth(2)).toHaveText("Failed1");
  target.answer(503);
  await publish(org, "action.created", action);
  await expect(counters.nth(3)).toHaveText("In Progress1");

  await page.reload();
  await expect(columns(page, "Deliveries")).toHaveText([
    "Event type", "Webhook", "Status", "Attempts", "Created", "Processed", "Error message", "Actions",
  ]);
  const cells = (status: string) =>
    page.locator("tbody tr", { has: page.locator(".chip", { hasText: status }) }).getByRole("cell");
  await expect(cells("completed").nth(3)).toHaveText("1 / 6");
  await expect(cells("completed").nth(6)).toHaveText("–");
  await expect(cells("failed").nth(6)).toContainText("Not found (404)");
  await expect(cells("retrying").nth(5)).toHaveText(/now|ago/);
  await expect(cells("retrying").nth(6)).toContainText("The receiver failed (503)");
});

test("KU13: the log is filtered by All and five statuses", async ({ console: page, org, target }) => {
  await newWebhook(org, { url: target.url, eventTypes: ["*"], settings: patient });
  await publish(org, "action.created", action);
  await page.goto("/deliveries");
  const rows = page.getByRole("table", { name: "Deliveries" }).locator("tbody tr");
  await expect(rows).toHaveCount(1);
  const main = page.getByRole("main");
  const expected = { Pending: 0, Processing: 0, Completed: 1, Failed: 0, Retrying: 0, All: 1 };
  for (const [name, count] of Object.entries(expected)) {
    await main.getByRole("link", { name, exact: true }).click();
    await expect(rows).toHaveCount(count);
    if (count === 0) await expect(page.getByText("No delivery matches")).toBeVisible();
  }
});

test("KU13: without live updates the log is read again every 30 seconds", async ({ page, org, target }) => {
  await newWebhook(org, { url: target.url, eventTypes: ["*"] });
  await page.clock.install();
  await page.routeWebSocket(/\/graphql/, (socket) => void socket.close());
  await page.goto(`/#token=${org.key}`);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Deliveries" }).click();
  await expect(page.getByText("Nothing was delivered yet")).toBeVisible();
  await expect(page.getByText("The log is read again every 30 seconds")).toBeVisible();
  await publish(org, "action.created", action);
  await expect.poll(() => target.requests.length).toBe(1);
  await expect(page.getByText("Nothing was delivered yet")).toBeVisible();
  await page.clock.fastForward(31_000);
  await expect(page.getByRole("table", { name: "Deliveries" }).locator("tbody tr")).toContainText("completed");
});

test("KU14: Retry requeues a failed event at once, and its status is seen to change", async ({
  console: page, org, target,
}) => {
  target.answer(404);
  await newWebhook(org, { url: target.url, eventTypes: ["*"], settings: patient });
  await publish(org, "action.created", action);
  await page.goto("/deliveries");
  const row = page.getByRole("table", { name: "Deliveries" }).locator("tbody tr");
  await expect(row).toContainText("failed");
  target.answer(200);
  await row.getByRole("button", { name: /Retry/ }).click();
  await expect(row).toContainText("completed");
  expect(target.requests).toHaveLength(2);
});

test("KU16: recipes are offered to start from, and help says that events may come twice", async ({
  console: page, org, target,
}) => {
  await page.goto("/webhooks/new");
  const recipes = page.getByRole("group", { name: "Recipes" });
  await expect(recipes.getByRole("button")).toHaveText(["Nothing", "Slack", "Microsoft Teams", "Zapier"]);
  await recipes.getByRole("button", { name: "Slack" }).click();
  await page.getByRole("textbox", { name: "URL", exact: true }).fill(target.url);
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await page.getByRole("button", { name: "Done" }).click();
  await publish(org, "action.overdue", action);
  await expect.poll(() => target.requests.length).toBe(1);
  expect(JSON.parse(first(target).body)).toEqual({ text: "*action.overdue*: Recharge fire extinguisher" });
  await page.goto("/webhooks");
  await page.getByRole("button", { name: "Help" }).click();
  await expect(page.getByRole("dialog")).toContainText("The same event arrives twice");
});
