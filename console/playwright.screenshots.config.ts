import { defineConfig } from "@playwright/test";
import specs from "./playwright.config";

// Pictures for the docs, made on request: npm run screenshots.
export default defineConfig({ ...specs, testDir: "screenshots", outputDir: "node_modules/.cache/screenshots", workers: 1 });
