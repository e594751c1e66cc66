import { api, newKey, operatorKey } from "./api";
import { expect, signIn, test, watch } from "./fixtures";

test("an operator begins with how the platform fares", async ({ page }) => {
  const found = watch(page);
  await signIn(page, operatorKey);
  await expect(page).toHaveURL(/\/system$/);
  const checks = page.getByRole("table", { name: "Checks" });
  for (const name of ["Temporal", "Workers", "Database schema", "Room in the log", "Postgres fsync", "Attempts that are stuck"]) {
    await expect(checks.getByRole("row", { name: new RegExp(`${name}\\b`) }).first()).toBeVisible();
  }
  await expect(checks.getByRole("row", { name: /Temporal answers/ })).toContainText("Good");
  await expect(checks.getByRole("row", { name: /Task queue/ })).toContainText(/nothing waits|tasks wait/);
  await expect(page.getByRole("table", { name: "Workers" })).toContainText("Alive");
  await expect(page.getByText("The log is kept for")).toBeVisible();
  expect(found).toEqual([]);
});

test("the system page follows along by itself, and names what mends a problem", async ({ page }) => {
  await signIn(page, operatorKey);
  await expect(page.getByText("Nothing is broken.")).toBeVisible();
  // The stack cannot be broken for the other specs, so what the API says is.
  await page.route("**/graphql", async (route) => {
    const query = (route.request().postDataJSON() as { query: string }).query;
    if (!query.includes("query System")) return route.fallback();
    const answer = await route.fetch();
    const body = (await answer.text()).replace('"reachable":true,"problem":null', '"reachable":false,"problem":"connection refused"');
    return route.fulfill({ response: answer, body });
  });
  const row = page.getByRole("table", { name: "Checks" }).getByRole("row", { name: /Temporal does not answer/ });
  await expect(row).toContainText("Broken");
  await expect(row).toContainText("connection refused");
  await expect(row).toContainText("SUREHOOK_TEMPORAL_ADDRESS");
  await expect(page.getByRole("table", { name: "Checks" }).locator("tbody tr").first()).toContainText("Broken");
  await page.unroute("**/graphql");
  await expect(page.getByText("Nothing is broken.")).toBeVisible();
});

test("an operator finds an organization by its name and looks at it", async ({ page, org }) => {
  await signIn(page, operatorKey);
  // Of the one that is shown at the start, without choosing it.
  await page.getByRole("link", { name: "Overview" }).click();
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
  const field = page.getByRole("combobox", { name: "Organization" });
  await field.click();
  await field.fill(org.name.slice(3));
  await page.getByRole("option", { name: org.name }).click();
  await expect(page.getByRole("main")).toContainText(org.name);
  await page.reload();
  await expect(page.getByRole("main")).toContainText(org.name);
});

test("organizations are listed, searched in the address, and made", async ({ page, org }) => {
  await signIn(page, operatorKey);
  await page.getByRole("link", { name: "Organizations" }).click();
  const rows = page.getByRole("table", { name: "Organizations" }).locator("tbody tr");
  await expect(rows.first()).toBeVisible();
  await page.getByLabel("Search").fill(org.id);
  await expect(rows).toHaveCount(1);
  await expect(rows.first()).toContainText(org.name);
  await expect(rows.first()).toContainText("0 of ");
  await page.reload();
  await expect(rows).toHaveCount(1);
  await page.getByRole("button", { name: "New organization" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill(`${org.name} too`);
  await dialog.getByRole("button", { name: "Create" }).click();
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
  await expect(page.getByRole("main")).toContainText(`${org.name} too`);
  const made = await api<{ organizations: { nodes: { name: string; profile: { name: string } }[] } }>(
    `query($s: String) { organizations(filter: { search: $s }) { nodes { name profile { name } } } }`,
    { s: `${org.name} too` },
    operatorKey,
  );
  expect(made.organizations.nodes).toEqual([{ name: `${org.name} too`, profile: { name: "standard" } }]);
});

test("an operator of an empty platform makes the first organization", async ({ page, org }) => {
  // The stack has the organizations of other specs, so until this one is made the page is let look for a name of nobody.
  await page.route("**/graphql", (route) => {
    const asked = route.request().postDataJSON() as { query: string; variables: object };
    if (!asked.query.includes("query Organizations")) return route.fallback();
    return route.continue({ postData: { ...asked, variables: { filter: { search: "nobody is called so" } } } });
  });
  await page.goto(`/#token=${operatorKey}`);
  await expect(page.getByRole("heading", { name: "The first organization" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Create" })).toBeDisabled();
  await page.getByLabel("Name").fill(`${org.name} first`);
  await page.getByRole("combobox", { name: "Profile" }).click();
  await page.getByRole("option", { name: /Kuviq/ }).click();
  await page.unroute("**/graphql");
  await page.getByRole("button", { name: "Create" }).click();
  await expect(page.getByRole("navigation", { name: "Main" })).toContainText("Organizations");
  await page.getByRole("link", { name: "Overview" }).click();
  await expect(page.getByRole("main")).toContainText(`${org.name} first`);
});

test("the platform is nobody's but the operator's", async ({ console: page, org, signedIn }) => {
  const viewer = await signedIn(await newKey(org.id, "VIEWER", org.key));
  for (const one of [page, viewer]) {
    await expect(one.getByRole("link", { name: "System" })).toHaveCount(0);
    await expect(one.getByRole("link", { name: "Organizations" })).toHaveCount(0);
    for (const path of ["/system", "/organizations"]) {
      await one.goto(path);
      await expect(one.getByRole("heading", { name: "Not for this role" })).toBeVisible();
    }
  }
});
