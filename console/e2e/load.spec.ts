import type { Page } from "@playwright/test";
import { setTimeout as delay } from "node:timers/promises";
import { newWebhook, type Org, publish } from "./api";
import { expect, test } from "./fixtures";
import { publishMany } from "./helpers";

// A trace takes pictures and notes every request, which would be measured, too.
test.use({ trace: "off" });

/** What is measured is said beside the test. */
function say(type: string, description: string): void {
  test.info().annotations.push({ type, description });
  process.stdout.write(`    ${type}: ${description}\n`);
}

/** Scrolls down from the top and then up from the end, at 7,200 pixels a second, and tells how long frames took, in ms. */
async function scroll(page: Page, seconds: number): Promise<number[]> {
  return page.getByRole("region", { name: "Requests" }).evaluate(
    (host, steps) =>
      new Promise<number[]>((resolve) => {
        const frames: number[] = [];
        const most = host.scrollHeight - host.clientHeight;
        let before = 0;
        const step = (now: number) => {
          if (before > 0) frames.push(now - before);
          before = now;
          const down = frames.length < steps / 2;
          host.scrollTop = down ? 120 * frames.length : most - 120 * (frames.length - steps / 2);
          if (frames.length < steps) requestAnimationFrame(step);
          else resolve(frames);
        };
        requestAnimationFrame(step);
      }),
    seconds * 60,
  );
}

/** Fills the live tail with lines that are a real one but for their ids: so many real ones would take minutes. */
async function fillTail(page: Page, org: Org, url: string, rows: number): Promise<void> {
  let listening = false;
  let repeat: ((id: string) => void) | undefined;
  await page.routeWebSocket("**/graphql", (socket) => {
    socket.connectToServer().onMessage((message) => {
      const text = message.toString();
      socket.send(message);
      listening ||= text.includes('"deliveryAttemptRecorded":null');
      if (!text.includes('"deliveryAttemptRecorded":{')) return;
      repeat = (id) => socket.send(text.replace(/"att_[^"]+"/, `"${id}"`));
    });
  });
  await newWebhook(org, { url, eventTypes: ["*"] });
  await page.goto("/live");
  await expect.poll(() => listening).toBe(true);
  await publish(org, "order.created");
  await expect.poll(() => repeat !== undefined).toBe(true);
  for (let i = 1; i < rows; i += 1) repeat?.(`att_z${i.toString().padStart(21, "0")}`);
  await expect(page.locator("[data-tail-counts]")).toContainText(`${rows.toLocaleString("en")} shown`, { timeout: 240_000 });
}

async function scrollsThrough(page: Page, rows: number, seconds: number) {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const work = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return 1_000 * (metrics.find((one) => one.name === "TaskDuration")?.value ?? 0);
  };
  const before = await work();
  const frames = (await scroll(page, seconds)).toSorted((a, b) => a - b);
  const workMs = ((await work()) - before) / frames.length;
  await session.detach();
  const p95 = frames[Math.floor(frames.length * 0.95)] ?? 0;
  const dropped = frames.reduce((sum, one) => sum + Math.max(0, Math.round((one * 60) / 1_000) - 1), 0);
  const median = frames[Math.floor(frames.length / 2)] ?? 0;
  const times = `median ${median.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms, longest ${(frames.at(-1) ?? 0).toFixed(1)} ms`;
  say("frames", `${rows} rows, ${frames.length} frames, ${times}, ${dropped} dropped, ${workMs.toFixed(1)} ms of work each`);
  return { p95, dropped: dropped / frames.length, workMs };
}

test("2,000 rows scroll with little work in each frame", async ({ console: page, org, target }) => {
  test.setTimeout(120_000);
  await fillTail(page, org, target.url, 2_000);
  // In CPU time, for others use this machine, too. A frame has 16.7 ms.
  const { workMs } = await scrollsThrough(page, 2_000, 3);
  expect(workMs).toBeGreaterThan(0);
  expect(workMs).toBeLessThan(12);
});

test("10,000 rows scroll without dropped frames", { tag: "@load" }, async ({ console: page, org, target }) => {
  test.setTimeout(360_000);
  await fillTail(page, org, target.url, 10_000);
  const { p95, dropped } = await scrollsThrough(page, 10_000, 10);
  expect(p95).toBeLessThan(17);
  expect(dropped).toBeLessThan(0.01);
});

/** The heap of a page after what can be freed was freed, in bytes. */
async function heap(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  await session.detach();
  return usedSize;
}

/** Publishes at a steady rate, and has the page show what is new every second. */
async function keepBusy(page: Page, org: Org, perSecond: number, seconds: number): Promise<void> {
  const began = Date.now();
  for (let second = 0; second < seconds; second += 1) {
    await publishMany(org, "order.created", perSecond);
    await page.keyboard.press(".");
    // The pace of the load, not a wait for anything.
    await delay(Math.max(0, began + (second + 1) * 1_000 - Date.now()));
  }
}

async function growth(page: Page, org: Org, url: string, perSecond: number, seconds: number) {
  let updates = 0;
  page.on("websocket", (socket) =>
    socket.on("framereceived", ({ payload }) => {
      if (payload.toString().includes('"deliveryUpdated":{')) updates += 1;
    }),
  );
  await newWebhook(org, { url, eventTypes: ["*"] });
  await page.goto("/deliveries");
  await keepBusy(page, org, perSecond, 5);
  const before = await heap(page);
  updates = 0;
  const began = Date.now();
  await keepBusy(page, org, perSecond, seconds);
  const rate = (updates * 1_000) / (Date.now() - began);
  const grown = ((await heap(page)) - before) / 1_048_576;
  const sizes = `${(before / 1_048_576).toFixed(1)} MiB, then ${grown.toFixed(1)} MiB more`;
  say("memory", `${rate.toFixed(0)} updates a second for ${seconds} s: ${sizes}`);
  return { rate, grown };
}

test("a busy list does not grow", async ({ console: page, org, target }) => {
  const { rate, grown } = await growth(page, org, target.url, 10, 10);
  expect(rate).toBeGreaterThan(10);
  expect(grown).toBeLessThan(20);
});

test("100 updates a second for a minute do not grow the page", { tag: "@load" }, async ({ console: page, org, target }) => {
  test.setTimeout(300_000);
  const { rate, grown } = await growth(page, org, target.url, 60, 60);
  expect(rate).toBeGreaterThan(100);
  expect(grown).toBeLessThan(20);
});

test("100 lines a second for a minute do not grow the live tail", { tag: "@load" }, async ({ console: page, org, target }) => {
  test.setTimeout(300_000);
  await newWebhook(org, { url: target.url, eventTypes: ["*"] });
  await page.goto("/live");
  await expect(page.getByText("Waiting for the next request…")).toBeVisible();
  await keepBusy(page, org, 100, 5);
  const before = await heap(page);
  await keepBusy(page, org, 100, 60);
  await expect(page.locator("[data-tail-counts]")).toContainText("6,500 seen", { timeout: 60_000 });
  const grown = ((await heap(page)) - before) / 1_048_576;
  say("memory", `live tail, 100 lines a second for 60 s: ${grown.toFixed(1)} MiB more`);
  expect(grown).toBeLessThan(20);
});
