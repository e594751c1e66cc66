import { describe, expect, it } from "vitest";
import { type Callback, callbacksOf, type CallbackWebhook, lines, steps } from "./callbacks";

const kinds = [
  { eventType: "instance.created", title: "Created Callback" },
  { eventType: "instance.deleted", title: "Deleted Callback" },
];
const webhook = (id: string, url: string, changes: Partial<CallbackWebhook> = {}): CallbackWebhook => ({
  id, url, inUse: true, subscriptionId: `sub_${id}`, eventType: "instance.created", subscribed: true, ...changes,
});
const form = (text: string, on = true): Callback[] => [
  { eventType: "instance.created", title: "Created Callback", on, text },
];

describe("callbacks", () => {
  it("have the lines of a text, without empty ones and those that are there already", () => {
    expect(lines(" https://a.example \n\nhttps://b.example\nhttps://a.example\r\n")).toEqual([
      { line: 1, url: "https://a.example" },
      { line: 3, url: "https://b.example" },
    ]);
  });
  it("are on when any of their URLs is called", () => {
    const found = [webhook("1", "https://a.example"), webhook("2", "https://b.example", { subscribed: false })];
    expect(callbacksOf(kinds, found)).toEqual([
      { ...kinds[0], on: true, text: "https://a.example\nhttps://b.example" },
      { ...kinds[1], on: false, text: "" },
    ]);
    expect(callbacksOf(kinds, [webhook("1", "https://a.example", { inUse: false })])[0]?.on).toBe(false);
  });
  it("need nothing when there is what they say", () => {
    const found = [webhook("1", "https://a.example"), webhook("2", "https://b.example")];
    expect(steps(callbacksOf(kinds, found), found)).toEqual([]);
  });
  it("are made for new lines, and taken away last", () => {
    const found = [webhook("1", "https://a.example"), webhook("2", "https://b.example")];
    expect(steps(form("https://b.example\nhttps://c.example/x"), found)).toEqual([
      {
        kind: "create", eventType: "instance.created", line: 2, name: "Created Callback: c.example",
        url: "https://c.example/x", on: true,
      },
      { kind: "delete", eventType: "instance.created", id: "1" },
    ]);
  });
  it("keep their webhooks when they are turned off, and call them when they are turned on", () => {
    const found = [webhook("1", "https://a.example")];
    expect(steps(form("https://a.example", false), found)).toEqual([
      { kind: "subscribe", eventType: "instance.created", line: 1, id: "sub_1", on: false },
    ]);
    const off = [webhook("1", "https://a.example", { subscribed: false, inUse: false })];
    expect(steps(form("https://a.example"), off)).toEqual([
      { kind: "subscribe", eventType: "instance.created", line: 1, id: "sub_1", on: true },
      { kind: "enable", eventType: "instance.created", line: 1, id: "1" },
    ]);
  });
  it("call a URL once, however many webhooks have it", () => {
    const found = [webhook("1", "https://a.example"), webhook("2", "https://a.example")];
    const gone = { kind: "delete", eventType: "instance.created", id: "2" };
    expect(steps(callbacksOf(kinds, found), found)).toEqual([gone]);
  });
});
