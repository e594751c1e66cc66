import type { Page } from "@playwright/test";
import { newKey, newWebhook, publish } from "./api";
import { expect } from "./fixtures";
import { seeded, sendTest } from "./seeds";

const test = seeded("kianda");
const instance = { instanceID: "leave request/17", processName: "Leave & more" };
const sentAs = (type: string) =>
  `instanceID=leave+request%2F17&processName=Leave+%26+more&eventType=${type}`.replaceAll("+", "%20");

async function openDialog(page: Page) {
  await page.goto("/webhooks");
  await page.getByRole("button", { name: "Instance Callback URLs" }).first().click();
  const dialog = page.getByRole("dialog", { name: "Instance Callback URLs" });
  const callback = (name: string) => {
    const group = dialog.getByRole("group", { name: `${name} Callback` });
    return { on: group.getByRole("switch"), urls: group.getByRole("textbox") };
  };
  await expect(callback("Created").on).toBeVisible();
  return { dialog, callback };
}

const rows = (page: Page) => page.getByRole("table", { name: "Webhooks" }).locator("tbody tr");

test("KI1: administrators and developers open the dialog, others do not see it", async ({ org, signedIn }) => {
  for (const role of ["ADMIN", "DEVELOPER", "VIEWER"]) {
    const page = await signedIn(await newKey(org.id, role, org.key));
    if (role === "VIEWER") {
      await expect(page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Webhooks" }))
        .toHaveCount(0);
      for (const path of ["/webhooks", "/webhooks/new"]) {
        await page.goto(path);
        await expect(page.getByText("Not for this role")).toBeVisible();
      }
    } else {
      const { dialog } = await openDialog(page);
      await expect(dialog.getByRole("button", { name: "OK" })).toBeVisible();
    }
    await page.context().close();
  }
});

test("KI1: Help helps, Close discards and OK saves", async ({ console: page, target }) => {
  const { dialog, callback } = await openDialog(page);
  await dialog.getByRole("button", { name: "Help" }).click();
  await expect(dialog).toContainText("A GET request to the URL with instanceID, processName and eventType");
  await callback("Created").on.click({ force: true });
  await callback("Created").urls.fill(target.url);
  await dialog.getByRole("button", { name: "Close", exact: true }).last().click();
  await expect(dialog).toBeHidden();
  await expect(page.getByText("No webhook yet")).toBeVisible();
  const again = await openDialog(page);
  await expect(again.callback("Created").on).not.toBeChecked();
  await expect(again.callback("Created").urls).toHaveValue("");
  await again.callback("Created").on.click({ force: true });
  await again.callback("Created").urls.fill(target.url);
  await again.dialog.getByRole("button", { name: "OK" }).click();
  await expect(dialog).toBeHidden();
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page)).toContainText("Created Callback: 127.0.0.1");
});

test("KI2: the three callbacks are switched independently", async ({ console: page, org, target }) => {
  const { dialog, callback } = await openDialog(page);
  for (const name of ["Created", "Updated", "Deleted"]) {
    await callback(name).urls.fill(`${target.url}/${name.toLowerCase()}`);
    if (name !== "Deleted") await callback(name).on.click({ force: true });
  }
  await dialog.getByRole("button", { name: "OK" }).click();
  await expect(rows(page)).toHaveCount(3);
  for (const type of ["deleted", "updated", "created"]) await publish(org, `instance.${type}`, instance);
  await expect.poll(() => target.requests.map(({ url }) => url).toSorted()).toEqual([
    `/hook/created?${sentAs("created")}`, `/hook/updated?${sentAs("updated")}`,
  ]);
  expect(target.requests.map(({ method, body }) => method + body)).toEqual(["GET", "GET"]);

  const again = await openDialog(page);
  await expect(again.callback("Updated").on).toBeChecked();
  await expect(again.callback("Deleted").on).not.toBeChecked();
  await expect(again.callback("Deleted").urls).toHaveValue(`${target.url}/deleted`);
  await again.callback("Updated").on.click({ force: true });
  await again.callback("Deleted").on.click({ force: true });
  await again.dialog.getByRole("button", { name: "OK" }).click();
  await expect(again.dialog).toBeHidden();
  for (const type of ["updated", "deleted"]) await publish(org, `instance.${type}`, instance);
  await expect.poll(() => target.requests.length).toBe(3);
  expect(target.requests[2]?.url, "the deletion of before was not kept for it")
    .toBe(`/hook/deleted?${sentAs("deleted")}`);
});

test("KI3: every URL of a callback is called, one per line, and saving again changes nothing", async ({
  console: page, org, target,
}) => {
  const both = ["instance.created", "instance.updated"];
  const own = await newWebhook(org, { name: "Own", url: `${target.url}/own`, eventTypes: both });
  const { dialog, callback } = await openDialog(page);
  await callback("Created").on.click({ force: true });
  await callback("Created").urls.fill(`${target.url}/a\n\n${target.url}/b?x=1\n${target.url}/a`);
  await dialog.getByRole("button", { name: "OK" }).click();
  await expect(rows(page)).toHaveCount(3);
  const ids = () => rows(page).evaluateAll((found) => found.map((one) => one.getAttribute("data-id")).toSorted());
  const before = await ids();
  await publish(org, "instance.created", instance);
  const called = () => target.requests.map(({ url }) => url).toSorted();
  await expect.poll(called).toEqual([
    `/hook/a?${sentAs("created")}`, `/hook/b?x=1&${sentAs("created")}`, `/hook/own?${sentAs("created")}`,
  ]);

  const again = await openDialog(page);
  await expect(again.callback("Created").urls).toHaveValue(`${target.url}/a\n${target.url}/b?x=1`);
  await again.dialog.getByRole("button", { name: "OK" }).click();
  await expect(again.dialog).toBeHidden();
  await expect(rows(page)).toHaveCount(3);
  expect(await ids()).toEqual(before);

  const third = await openDialog(page);
  await third.callback("Created").urls.fill(`${target.url}/b?x=1`);
  await third.dialog.getByRole("button", { name: "OK" }).click();
  await expect(rows(page)).toHaveCount(2);
  expect(await ids()).toContain(own);
});

test("KI3: what is wrong is said of the line it is on, and nothing is taken away meanwhile", async ({
  console: page, target,
}) => {
  const { dialog, callback } = await openDialog(page);
  await callback("Deleted").on.click({ force: true });
  await dialog.getByRole("button", { name: "OK" }).click();
  await expect(dialog.getByRole("group", { name: "Deleted Callback" }))
    .toContainText("Write at least one URL, or turn it off.");
  await callback("Deleted").urls.fill(`${target.url}/a\nftp://example.com\n${target.url}/c`);
  await dialog.getByRole("button", { name: "OK" }).click();
  await expect(dialog.getByRole("group", { name: "Deleted Callback" })).toContainText("Line 2: ");
  await callback("Deleted").urls.fill(`${target.url}/c\n${target.url}/d`);
  await dialog.getByRole("button", { name: "OK" }).click();
  await expect(dialog).toBeHidden();
  await expect(rows(page)).toHaveCount(2);
  await expect(page.getByText(`${target.url}/a`, { exact: true })).toHaveCount(0);
});

test("KI3: a callback is tested, and its call is in the log", async ({ console: page, org, target }) => {
  const id = await newWebhook(org, { url: target.url, eventTypes: ["instance.created"] });
  await page.goto(`/webhooks/${id}`);
  await sendTest(page);
  await expect(page.locator("[data-test-result]")).toContainText(/Success.*Response code 200/);
  expect(target.requests[0]?.url).toBe("/hook?instanceID=test&processName=test&eventType=test");
  await publish(org, "instance.created", instance);
  await page.getByRole("tab", { name: "Deliveries" }).click();
  const log = page.getByRole("table", { name: "Deliveries" }).locator("tbody tr");
  await expect(log).toHaveCount(2);
  await expect(log.first()).toContainText("instance.created");
  await expect(log.first()).toContainText("succeeded");
});
