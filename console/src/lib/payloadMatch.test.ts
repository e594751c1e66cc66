import { describe, expect, it } from "vitest";
import { matchesOf, matchTexts, readMatch } from "./payloadMatch";

function matched(text: string) {
  const read = readMatch(text);
  return read.ok ? [read.match.path, read.match.value] : read.message;
}

describe("readMatch", () => {
  it("reads paths and values", () => {
    expect(matched("order.id=o_1")).toEqual(["order.id", "o_1"]);
    expect(matched(" $.items[*].sku = 4711 ")).toEqual(["$.items[*].sku", 4711]);
    expect(matched('order.id="4711"')).toEqual(["order.id", "4711"]);
    expect(matched("paid=true")).toEqual(["paid", true]);
    expect(matched("coupon=null")).toEqual(["coupon", null]);
    expect(matched("price=1.50")).toEqual(["price", 1.5]);
    expect(matched('note=""')).toEqual(["note", ""]);
    expect(matched("formula=a=b")).toEqual(["formula", "a=b"]);
    expect(matched('$["a=b"]=1')).toEqual(['$["a=b"]', 1]);
    expect(matched("$['x]=y'].z=1")).toEqual(["$['x]=y'].z", 1]);
  });

  it("leaves bad paths to the server, which says what is wrong with them", () => {
    expect(matched("items[0].sku=1")).toEqual(["items[0].sku", 1]);
    expect(matched("a..b=1")).toEqual(["a..b", 1]);
  });

  it("says what is missing", () => {
    expect(matched("order.id")).toContain("Write a path");
    expect(matched("=1")).toContain("Write a path");
    expect(matched("order.id=")).toContain("The value is missing");
    expect(matched("order={}")).toContain("has to be a text");
    expect(matched("id=12345678901234567890")).toContain("15 digits");
  });
});

describe("an address", () => {
  it("keeps what can be understood, five at most", () => {
    expect(matchTexts(["a=1", "b", "c=x"])).toEqual(["a=1", "c=x"]);
    expect(matchTexts("a=1")).toEqual(["a=1"]);
    expect(matchTexts(["b"])).toBeUndefined();
    expect(matchTexts(undefined)).toBeUndefined();
    expect(matchTexts(["a=1", "a=2", "a=3", "a=4", "a=5", "a=6"])).toHaveLength(5);
  });

  it("becomes what the server is asked", () => {
    expect(matchesOf(["a=1", "b.c=x"])).toEqual([{ path: "a", value: 1 }, { path: "b.c", value: "x" }]);
    expect(matchesOf(undefined)).toBeUndefined();
  });
});
