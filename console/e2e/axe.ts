import { expect, type Page } from "@playwright/test";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Finding {
  id: string;
  impact: string;
  nodes: { html: string; failureSummary: string }[];
}

/** What axe finds serious or critical on a page as it is. It needs a context with bypassCSP. */
async function serious(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const run = (window as unknown as { axe: { run: () => Promise<{ violations: Finding[] }> } }).axe.run;
    return (await run()).violations;
  });
  return found
    .filter((one) => one.impact === "serious" || one.impact === "critical")
    .map((one) => {
      const [node] = one.nodes;
      return `${one.id}: ${node?.html.slice(0, 200)} ${node?.failureSummary.slice(0, 220)}`;
    });
}

/** Expects that axe has nothing serious to say of a page. A page that is still coming to rest is looked at again. */
export async function expectAccessible(page: Page, where: string): Promise<void> {
  await expect.poll(() => serious(page), { message: `serious findings on ${where}` }).toEqual([]);
}
