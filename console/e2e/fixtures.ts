import { type BrowserContext, type BrowserContextOptions, expect, type Page, test as base } from "@playwright/test";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { newEventType, newOrganization, type Org } from "./api";

interface Fixtures {
  org: Org;
  /** A page that is signed in as ADMIN. */
  console: Page;
  /** Signs somebody in, in a browser context of their own that ends with the spec. */
  signedIn: (key: string, options?: BrowserContextOptions) => Promise<Page>;
  /** A receiver whose answer the spec decides. */
  target: Target;
}

export interface Target {
  url: string;
  answer: (status: number) => void;
  requests: { method: string; url: string; headers: Record<string, string | string[] | undefined>; body: string }[];
}

/** Fails the spec when the page asks another origin or writes an error into the console. */
export function watch(page: Page, allow: RegExp = /$^/): string[] {
  const found: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" && !allow.test(message.text())) found.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => found.push(`page: ${error.message}`));
  page.on("request", (request) => {
    const url = new URL(request.url());
    const own = new URL(page.url() === "about:blank" ? request.url() : page.url());
    if (url.protocol.startsWith("http") && url.host !== own.host) found.push(`other origin: ${request.url()}`);
  });
  return found;
}

/** Waits until a subscription of the page at a path misses nothing from now on. To be called before it is opened. */
export function ready(page: Page, path: string, field: string): Promise<void> {
  return new Promise((resolve) => {
    page.on("websocket", (socket) =>
      socket.on("framereceived", ({ payload }) => {
        const text = payload.toString();
        if (new URL(page.url()).pathname !== path) return;
        if (text.includes(`"${field}":null`) && text.includes('"ready"')) resolve();
      }),
    );
  });
}

export async function signIn(page: Page, key: string): Promise<void> {
  await page.goto(`/#token=${key}`);
  await expect(page.getByRole("navigation", { name: "Main" })).toBeVisible();
}

export const test = base.extend<Fixtures>({
  org: async ({}, use) => {
    const org = await newOrganization();
    await newEventType(org, "order.created");
    await newEventType(org, "order.paid");
    await use(org);
  },
  console: async ({ page, org }, use) => {
    const found = watch(page);
    await signIn(page, org.key);
    await use(page);
    expect(found).toEqual([]);
  },
  signedIn: async ({ browser }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async (key, options) => {
      const context = await browser.newContext(options);
      contexts.push(context);
      const page = await context.newPage();
      await signIn(page, key);
      return page;
    });
    for (const context of contexts) await context.close();
  },
  target: async ({}, use) => {
    let status = 200;
    const requests: Target["requests"] = [];
    const server: Server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        requests.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers, body });
        response.statusCode = status;
        response.setHeader("Content-Type", "text/html");
        response.end(`<img src=x onerror="window.hacked=1"><b>answer ${status}</b>`);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await use({ url: `http://127.0.0.1:${port}/hook`, answer: (next) => (status = next), requests });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  },
});

export { expect };
