import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, signedIn, test } from "./fixtures";
import { everyPage } from "./helpers";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Finding {
  id: string;
  impact: string;
  nodes: { html: string; failureSummary: string }[];
}

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [1360, 400]) {
    test(`no serious finding on any page, ${colorScheme}, ${width} wide`, async ({ browser, org, target }) => {
      test.setTimeout(150_000);
      target.answer(500);
      const pages = [...(await everyPage(org, target.url)), "/webhooks/new", "/keys"];
      const page = await signedIn(browser, org.key, { colorScheme, viewport: { width, height: 900 }, bypassCSP: true });
      const all: string[] = [];
      for (const path of pages) {
        await page.goto(path);
        await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
        await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
        if (path.startsWith("/deliveries/")) await page.getByRole("tab", { name: "Request" }).click();
        await page.evaluate(axe);
        const found = await page.evaluate(async () => {
          const run = (window as unknown as { axe: { run: () => Promise<{ violations: Finding[] }> } }).axe.run;
          return (await run()).violations;
        });
        for (const one of found.filter((finding) => finding.impact === "serious" || finding.impact === "critical")) {
          all.push(`${path}: ${one.id}: ${one.nodes[0]?.html.slice(0, 200)} ${one.nodes[0]?.failureSummary.slice(0, 220)}`);
        }
      }
      expect(all).toEqual([]);
    });
  }
}
