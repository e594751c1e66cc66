import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { newWebhook, publish } from "./api";
import { expect, test } from "./fixtures";
import { readWhenReady, startStack, stopStack } from "./stack";

const dir = process.env.SUREHOOK_DEV_DATA_DIR;

/** Another process that serves the API and the console, on the Postgres and Temporal of the stack. */
async function startApi(dataDir: string, port: string) {
  const envFile = join(dataDir, `env-api-${process.pid.toString()}`);
  if (existsSync(envFile)) rmSync(envFile);
  const postgres = new URL(String(process.env.SUREHOOK_DATABASE_URL));
  postgres.pathname = "/postgres";
  const args = ["--data-dir", dataDir, "--env-file", envFile, "--parts", "surehook", "--surehook-port", port];
  args.push("--postgres-url", postgres.href, "--temporal-address", String(process.env.TEMPORAL_ADDRESS));
  const child = startStack(args, { SUREHOOK_ROLES: "api" });
  const { SUREHOOK_URL: url = "" } = await readWhenReady(child, envFile);
  return { child, url };
}

test("the API is killed and started again under a live tail: the page stays, and the gap is filled", async ({ page, org }) => {
  test.skip(!dir, "SUREHOOK_DEV_DATA_DIR is not set: it is known of the stack that the specs start themselves");
  test.setTimeout(90_000);
  await newWebhook(org, { eventTypes: ["*"] });
  let api = await startApi(String(dir), "0");
  try {
    await page.goto(`${api.url}/live#token=${org.key}`);
    await expect(page.getByText("Waiting for the next request…")).toBeVisible();
    await publish(org, "order.created");
    const lines = page.locator("[data-line]");
    await expect(lines).toHaveCount(1);
    await page.evaluate(() => {
      const blank: number[] = [];
      const look = () => {
        if (!document.querySelector("main h1") || !document.querySelector("[data-line]")) blank.push(Date.now());
      };
      new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
      Object.assign(window, { blank });
    });

    await stopStack(api.child, "SIGKILL");
    await expect(page.getByText("Reconnecting…")).toBeVisible();
    for (let i = 0; i < 3; i += 1) await publish(org, "order.paid");
    await expect(lines).toHaveCount(1);
    api = await startApi(String(dir), new URL(api.url).port);
    await expect(lines).toHaveCount(4, { timeout: 20_000 });
    await expect(lines.filter({ hasText: "order.paid" })).toHaveCount(3);
    await expect(page.getByText("Live", { exact: true })).toBeVisible();
    await publish(org, "order.created");
    await expect(lines).toHaveCount(5);
    expect(await page.evaluate(() => (window as unknown as { blank: number[] }).blank)).toEqual([]);
  } finally {
    await stopStack(api.child, "SIGINT");
  }
});
