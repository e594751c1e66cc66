import { newKey, newWebhook, publish } from "./api";
import { expect } from "./fixtures";
import { asked, columns, hmac, seeded, sendTest } from "./seeds";

const test = seeded("kazinex");
const secret = "a secret that I chose";
const changed = {
  id: "doc_1", number: "HX-1", previousStatus: "draft", newStatus: "approved",
  changedBy: { id: "usr_1", name: "Amira Khan" }, changedAt: "2026-03-05T16:40:12Z",
};

test("KZ1: only Org Admins see Settings > Webhooks", async ({ org, signedIn }) => {
  for (const role of ["ADMIN", "DEVELOPER", "VIEWER"]) {
    const page = await signedIn(await newKey(org.id, role, org.key));
    const nav = page.getByRole("navigation", { name: "Main" });
    await expect(nav.getByRole("link", { name: "Webhooks" })).toHaveCount(role === "ADMIN" ? 1 : 0);
    await page.goto("/webhooks");
    if (role === "ADMIN") {
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Webhook Settings");
      await expect(page.getByRole("button", { name: "New Webhook" }).first()).toBeVisible();
    } else {
      await expect(page.getByText("Not for this role")).toBeVisible();
      await page.goto("/webhooks/new");
      await expect(page.getByText("Not for this role")).toBeVisible();
    }
    await page.context().close();
  }
});

test("KZ2: the list shows name, URL, status, number of events, last delivery and last status", async ({
  console: page, org, target,
}) => {
  const made = { url: target.url, signingSecret: secret };
  await newWebhook(org, { ...made, name: "ERP", eventTypes: ["document.status_changed", "document.created"] });
  await newWebhook(org, { ...made, name: "Archive", enabled: false });
  await page.goto("/webhooks");
  await expect(columns(page, "Webhooks")).toHaveText([
    "Name", "Endpoint URL", "Status", "Events", "Last delivery", "Last status",
  ]);
  const cells = (name: string) => page.getByRole("row", { name: new RegExp(name) }).getByRole("cell");
  await expect(cells("Archive")).toHaveText(["Archive", target.url, "Inactive", "0", /–|never/, "–"]);
  await publish(org, "document.status_changed", changed);
  await expect(cells("ERP")).toHaveText(["ERP", target.url, "Active", "2", /now|ago/, "Success"]);
  target.answer(500);
  await publish(org, "document.status_changed", changed);
  await expect(cells("ERP").last()).toHaveText("Failed");
});

test("KZ3: a webhook with a chosen secret is saved, subscribed afterwards and tested", async ({
  console: page, org, target,
}) => {
  await page.goto("/webhooks");
  await page.getByRole("button", { name: "New Webhook" }).first().click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("New Webhook");
  expect(await asked(page)).toEqual(["Name", "Endpoint URL", "Secret", "Active"]);
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("ERP Integration");
  await page.getByRole("textbox", { name: "Endpoint URL", exact: true }).fill(target.url);
  await expect(page.getByRole("switch", { name: "Active" })).toBeChecked();
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await expect(page, "the secret is yet to be chosen").toHaveURL(/\/webhooks\/new$/);
  await page.getByLabel(/^Secret/).fill(secret);
  await page.getByRole("button", { name: "Create", exact: true }).click();

  await expect(page.getByText("It is subscribed to nothing yet")).toBeVisible();
  await page.getByRole("button", { name: "Add subscription" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("combobox", { name: "Events" }).fill("document.status_changed");
  await dialog.getByRole("combobox", { name: "Events" }).press("Enter");
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await expect(page.getByRole("table", { name: "Event subscriptions" })).toContainText("document.status_changed");

  await sendTest(page);
  await expect(page.locator("[data-test-result]")).toContainText(/Success.*Response code 200/);
  await publish(org, "document.status_changed", changed);
  await expect.poll(() => target.requests.length).toBe(2);
  for (const { method, headers, body } of target.requests) {
    expect(method).toBe("POST");
    expect(headers["x-kazinex-signature"]).toBe(`sha256=${hmac(secret, body)}`);
  }
  expect(target.requests.map(({ body }) => JSON.parse(body).event)).toEqual([
    "webhook.test", "document.status_changed",
  ]);
});

test("KZ10, KZ11: the delivery log has the page's columns and words, and a row opens to payload and response", async ({
  console: page, org, target,
}) => {
  target.answer(500);
  const id = await newWebhook(org, { url: target.url, signingSecret: secret, eventTypes: ["*"] });
  await publish(org, "document.status_changed", changed);
  await page.goto(`/webhooks/${id}`);
  await page.getByRole("tab", { name: "Delivery Log" }).click();
  await expect(columns(page, "Deliveries")).toHaveText([
    "Event", "Timestamp", "Status", "Response code", "Duration", "Actions",
  ]);
  const row = page.getByRole("table", { name: "Deliveries" }).locator("tbody tr");
  await expect(row.getByRole("cell").nth(0)).toHaveText("document.status_changed");
  await expect(row.getByRole("cell").nth(2)).toHaveText("failed");
  await expect(row.getByRole("cell").nth(3)).toHaveText("500");
  await expect(row.getByRole("cell").nth(4)).toHaveText(/ms|s/);
  target.answer(200);
  await row.getByRole("button", { name: /Retry/ }).click();
  await expect(row.getByRole("cell").nth(2)).toHaveText("success");
  expect(target.requests[1]?.body, "the exact same payload").toBe(target.requests[0]?.body);

  await row.getByRole("cell").nth(2).click();
  await expect(page).toHaveURL(/\/deliveries\/dlv_/);
  await expect(page.getByText("<b>answer 200</b>")).toBeVisible();
  await page.getByRole("tab", { name: "Request" }).click();
  await expect(page.getByRole("textbox", { name: "request body" })).toContainText('"newStatus": "approved"');
});

test("KZ12: help for what keeps failing is where people look, with the way to the schemas", async ({
  console: page, org, target,
}) => {
  target.answer(500);
  const id = await newWebhook(org, { url: target.url, signingSecret: secret, eventTypes: ["*"] });
  await publish(org, "document.status_changed", changed);
  await page.goto(`/webhooks/${id}`);
  await expect(page.getByRole("heading", { name: "If deliveries keep failing" })).toBeVisible();
  await expect(page.getByText("Can the endpoint be reached?")).toBeVisible();
  await page.goto("/webhooks");
  await page.getByRole("button", { name: "Help" }).click();
  const help = page.getByRole("dialog");
  await expect(help).toContainText("webhook.site");
  await expect(help).toContainText("Does it answer 500?");
  await help.getByRole("link", { name: /Event types/ }).click();
  await page.getByRole("link", { name: "document.status_changed" }).click();
  await expect(page.getByText("previousStatus").first()).toBeVisible();
});
