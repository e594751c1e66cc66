import { expect, it } from "vitest";
import { filterCount } from "./filters";

it("counts filters, and neither pages nor tabs", () => {
  const search = { status: ["FAILED"], after: "x", tab: "deliveries", stage: ["FAILED"], type: ["order.paid"] };
  expect(filterCount({ after: "x", tab: "deliveries" } as object)).toBe(0);
  expect(filterCount(search as object)).toBe(2);
});
