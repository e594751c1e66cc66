import { buildSchema, parse, validate } from "graphql";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Role } from "~/gql/graphql";
import { saved } from "./saved";
import type { Start } from "./start";

const schema = buildSchema(readFileSync("../schema.graphql", "utf8"));

function start(role: Role): Start {
  const organization = { id: "org_1", name: "One", viewRoles: ["VIEWER" as const], manageRoles: ["DEVELOPER" as const] };
  return { role, organization, eventType: null, event: { id: "evt_1" }, webhook: null };
}

const names = (role: Role) => saved(start(role)).map(({ query }) => /(?:query|mutation|subscription) (\w+)/.exec(query)?.[1]);

describe("saved operations", () => {
  it("are such as the API takes", () => {
    const found = saved(start("OPERATOR"));
    expect(found).toHaveLength(5);
    for (const { query } of found) expect(validate(schema, parse(query))).toEqual([]);
  });

  it("have the ids of the organization", () => {
    const [failed, publish, , , explain] = saved(start("OPERATOR"));
    expect(JSON.parse(failed?.variables ?? "")).toEqual({ id: "org_1" });
    expect(JSON.parse(publish?.variables ?? "")).toMatchObject({ input: { organizationId: "org_1" } });
    expect(JSON.parse(explain?.variables ?? "")).toEqual({ id: "evt_1" });
  });

  it("are those that the role may run", () => {
    expect(names("VIEWER")).toEqual(["Failed", "Tail", "Explain"]);
    expect(names("PUBLISHER")).toEqual(["Publish"]);
    expect(names("DEVELOPER")).toEqual(["Publish", "Replay"]);
  });
});
