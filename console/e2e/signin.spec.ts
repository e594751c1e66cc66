import { newKey, newOrganization } from "./api";
import { expect, signIn, test, watch } from "./fixtures";

test("a key signs in and is not kept in the browser", async ({ page, org }) => {
  const found = watch(page);
  await page.goto("/");
  await page.getByLabel("API key").fill(org.key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
  const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }) + document.cookie);
  expect(kept).not.toContain(org.key);
  expect(await page.content()).not.toContain(org.key);
  expect(found).toEqual([]);
});

test("a link signs in and takes the key out of the address", async ({ page, org }) => {
  await signIn(page, org.key);
  expect(page.url()).not.toContain("token");
  await page.reload();
  await expect(page.getByRole("navigation", { name: "Main" })).toBeVisible();
});

test("a link signs in where the console is open already", async ({ page, org }) => {
  await page.goto("/");
  await expect(page.getByRole("heading", { name: "Sign in to Surehook" })).toBeVisible();
  await signIn(page, org.key);
  await expect(page.getByText(org.name).first()).toBeVisible();
});

test("a wrong key is refused with what to do", async ({ page }) => {
  await page.goto("/");
  await page.getByLabel("API key").fill("shk_wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText("This key is not valid")).toBeVisible();
});

test("signing out ends the session", async ({ console: page }) => {
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Sign in to Surehook" })).toBeVisible();
  await page.goto("/deliveries");
  await expect(page.getByRole("heading", { name: "Sign in to Surehook" })).toBeVisible();
});

test("a key that may only publish is told so", async ({ page }) => {
  const org = await newOrganization();
  const key = await newKey(org.id, "PUBLISHER", org.key);
  await page.goto(`/#token=${key}`);
  await expect(page.getByText("This key may only publish")).toBeVisible();
});
