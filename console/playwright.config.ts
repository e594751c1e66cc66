import { defineConfig } from "@playwright/test";

// The specs run against a development stack of their own, or against one that runs: with SUREHOOK_URL and the other variables
// of its env file.
export default defineConfig({
  testDir: "e2e",
  globalSetup: "./e2e/stack.ts",
  timeout: 45_000,
  expect: { timeout: 10_000 },
  workers: 2,
  fullyParallel: true,
  forbidOnly: true,
  // A spec that fails once and then passes does not stop a change, but is named as unsteady and has to be mended.
  retries: process.env.CI ? 1 : 0,
  // What takes minutes and wants a machine of its own is run by `npm run e2e:load`.
  ...(process.env.SUREHOOK_LOAD ? { grep: /@load/, workers: 1 } : { grepInvert: /@load/ }),
  reporter: [["list"], ["./e2e/reporter.ts"]],
  use: {
    baseURL: process.env.CONSOLE_URL ?? process.env.SUREHOOK_URL,
    viewport: { width: 1360, height: 900 },
    launchOptions: { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] },
    trace: "retain-on-failure",
  },
});
