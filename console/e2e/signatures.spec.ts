import { newWebhook, publish } from "./api";
import { expect, test } from "./fixtures";
import { deliveryOf, untilDelivery, verified } from "./helpers";

test("while a secret is replaced, a delivery shows both signatures and whose they are", async ({ console: page, org, target }) => {
  const id = await newWebhook(org, { url: target.url, eventTypes: ["*"] });
  await page.goto(`/webhooks/${id}?tab=secrets`);
  await page.getByRole("button", { name: "Reveal secret" }).click();
  const old = await page.locator("[data-secret]").innerText();
  await page.getByRole("button", { name: "Regenerate secret" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Regenerate", exact: true }).click();
  await expect(page.getByRole("heading", { name: "The new secret" })).toBeVisible();
  const fresh = await page.locator("[data-secret]").innerText();
  expect(fresh).not.toBe(old);

  const delivery = await deliveryOf(org, await publish(org, "order.created", { id: "o_9" }));
  await untilDelivery(org, delivery, "SUCCEEDED");
  const [request] = target.requests;
  if (!request) throw new Error("nothing was received");
  const [byFresh] = verified(fresh, request.headers, request.body);
  const [byOld] = verified(old, request.headers, request.body);
  await page.goto(`/deliveries/${delivery}`);
  await page.getByRole("tab", { name: "Request" }).click();
  const rows = page.getByRole("table", { name: "Signatures" }).locator("tbody tr");
  await expect(rows).toHaveCount(2);
  await expect(rows.nth(0)).toContainText(String(byFresh));
  await expect(rows.nth(0)).toContainText(`…${fresh.slice(-4)}`);
  await expect(rows.nth(0)).toContainText("current");
  await expect(rows.nth(1)).toContainText(String(byOld));
  await expect(rows.nth(1)).toContainText(`…${old.slice(-4)}`);
  await expect(rows.nth(1)).toContainText("stops signing");
  const content = await page.content();
  expect(content).not.toContain(fresh);
  expect(content).not.toContain(old);
});

test("a receiver finds out how to verify in its language, without the secret", async ({ console: page, org, target }) => {
  await newWebhook(org, { url: target.url, eventTypes: ["*"] });
  const delivery = await deliveryOf(org, await publish(org, "order.created"));
  await page.goto(`/deliveries/${delivery}`);
  const languages = { Node: "standardwebhooks", Python: "from standardwebhooks", Go: "wh.Verify", Shell: "openssl" };
  for (const [language, code] of Object.entries(languages)) {
    await page.getByRole("tab", { name: language }).click();
    await expect(page.getByLabel(`${language} code`)).toContainText(code);
  }
  expect(await page.content()).not.toMatch(/whsec_[A-Za-z0-9+/]{8}/);
});
