import { expect, test, watch } from "./fixtures";
import { verified } from "./helpers";

test("a newcomer gets from the printed link to a verified event while the steps tick themselves", async ({
  context,
  page,
  org,
  target,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const found = watch(page);
  await page.goto(`/#token=${org.key}`); // the form of the link that `make dev` prints
  const steps = page.getByRole("list", { name: "First steps" });
  const ticks = steps.getByRole("img", { name: "Done", exact: true });
  await expect(steps).toBeVisible();
  await expect(ticks).toHaveCount(0);
  await page.evaluate(() => Object.assign(window, { notReloaded: true }));

  // The steps are done in another tab, so that only live updates can tick them in this one.
  const other = await context.newPage();
  await other.goto("/webhooks/new");
  await other.getByLabel("Name").fill("My receiver");
  await other.getByLabel("Endpoint URL").fill(target.url);
  await other.getByRole("combobox", { name: "Events" }).fill("*");
  await other.keyboard.press("Enter");
  await other.getByRole("button", { name: "Create", exact: true }).click();
  const secret = await other.locator("[data-secret]").innerText();
  await expect(ticks).toHaveCount(1);

  await page.bringToFront();
  await steps.getByRole("button", { name: "Copy a command that publishes one" }).click();
  const command = await page.evaluate(() => navigator.clipboard.readText());
  await runCurl(command, org.key);
  await expect(ticks).toHaveCount(3);

  const [request] = target.requests;
  expect(request && verified(secret, request.headers, request.body)).toHaveLength(1);
  await steps.getByRole("button", { name: "I did" }).click();
  await expect(steps).toHaveCount(0);
  expect(await page.evaluate(() => "notReloaded" in window)).toBe(true);
  expect(found).toEqual([]);
});

/** Does what the command does, for a machine may be without curl. */
async function runCurl(command: string, key: string): Promise<void> {
  const [, url] = /^curl '([^']+)'/.exec(command) ?? [];
  const [, body] = /--data-binary '([^']+)'$/.exec(command) ?? [];
  expect(command).toContain('-H "Authorization: Bearer $SUREHOOK_API_KEY"');
  const answer = await fetch(String(url), {
    method: "POST",
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    body: String(body),
  });
  const { data } = (await answer.json()) as { data: { publishEvent: { userErrors: object[] } } };
  expect(data.publishEvent.userErrors).toEqual([]);
}
