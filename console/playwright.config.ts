import { defineConfig } from "@playwright/test";

// The specs run against a development stack: SUREHOOK_URL, SUREHOOK_API_KEY and SAMPLE_RECEIVER_URL as its env file has them.
export default defineConfig({
  testDir: "e2e",
  timeout: 45_000,
  expect: { timeout: 10_000 },
  workers: 2,
  fullyParallel: true,
  forbidOnly: true,
  retries: 0,
  reporter: [["list"]],
  use: {
    baseURL: process.env.CONSOLE_URL ?? process.env.SUREHOOK_URL,
    viewport: { width: 1360, height: 900 },
    launchOptions: { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] },
    trace: "retain-on-failure",
  },
});
