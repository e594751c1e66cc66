import { describe, expect, it } from "vitest";
import { curl, publishCurl } from "./curl";
import { percent } from "./format";
import { kindOf, short } from "./ids";
import { prettify, PRETTY_LIMIT, shown, SHOWN_LIMIT, size } from "./payload";
import { plan } from "./plan";
import { problemOf } from "./problems";
import { rightsOf } from "./roles";
import { among, list, numbers, since, text } from "./search";
import { spanOf, statsSpan } from "./stats";
import { signaturesOf } from "./signatures";
import { type Signature, snippets } from "./snippets";
import { humanized, stageWord, words } from "./status";
import { millis, relative, span } from "./time";

describe("time", () => {
  const now = Date.parse("2026-01-02T00:00:00Z");
  it("is relative to now in both directions", () => {
    expect(relative("2026-01-01T23:59:00Z", now)).toContain("1m");
    expect(relative("2026-01-02T02:00:00Z", now)).toContain("2h");
    expect(relative("2026-01-02T00:00:01Z", now)).toBe("now");
  });
  it("writes spans with at most two units", () => {
    expect(span(250)).toBe("4m 10s");
    expect(span(93_784)).toBe("1d 2h");
    expect(span(-3)).toBe("0s");
  });
  it("writes milliseconds as people do", () => {
    expect([millis(0.24), millis(48), millis(1_234), millis(12_345)]).toEqual(["0.2 ms", "48 ms", "1.23 s", "12.3 s"]);
  });
});

describe("payload", () => {
  it("keeps all digits and the order of members", () => {
    expect(prettify('{"b":12345678901234567890,"a":[],"c":"x,y:{"}')).toBe(
      '{\n  "b": 12345678901234567890,\n  "a": [],\n  "c": "x,y:{"\n}',
    );
  });
  it("leaves what is not JSON as it is", () => {
    expect(shown("<b>no</b>")).toMatchObject({ text: "<b>no</b>", json: false, cut: false });
  });
  it("shows only the beginning of what is big", () => {
    const big = `{"a":"${"x".repeat(PRETTY_LIMIT)}"}`;
    expect(shown(big)).toMatchObject({ json: false, cut: true });
    expect(shown(big).text).toHaveLength(SHOWN_LIMIT);
  });
  it("writes sizes with a unit", () => {
    expect([size(12), size(2_048), size(3 * 1_048_576)]).toEqual(["12 B", "2.0 KiB", "3.0 MiB"]);
  });
});

describe("names", () => {
  it("are written as people do", () => {
    const names = ["requestBody", "status_code", "HTTP2", "headers"];
    expect(names.map(humanized)).toEqual(["Request body", "Status code", "Http2", "Headers"]);
  });
});

describe("stats", () => {
  it("shows whole buckets, with the one that now is in as the last", () => {
    const now = Date.parse("2026-01-02T12:34:56Z");
    expect(statsSpan("1h", now)).toEqual({ range: { from: "2026-01-02T11:35:00.000Z" }, granularity: "MINUTE" });
    expect(statsSpan("24h", now)).toEqual({ range: { from: "2026-01-01T13:00:00.000Z" }, granularity: "HOUR" });
    expect(statsSpan("24h", now + 60_000)).toEqual(statsSpan("24h", now));
  });
  it("takes a day when the address asks for nothing it knows", () => {
    expect([spanOf({}), spanOf({ span: "2y" }), spanOf({ span: "7d" })]).toEqual(["24h", "24h", "7d"]);
  });
});

describe("search", () => {
  it("leaves out what it does not understand", () => {
    expect(among(["FAILED", "NONSENSE"], ["FAILED", "HELD"])).toEqual(["FAILED"]);
    expect(among("x", ["FAILED"])).toBeUndefined();
    expect(numbers(["404", "abc", 99_999])).toEqual([404]);
    expect(list([])).toBeUndefined();
    expect(text(503)).toBe("503");
  });
  it("starts a span at a whole minute", () => {
    expect(since("1h", Date.parse("2026-01-02T12:34:56Z"))).toBe("2026-01-02T11:34:00.000Z");
    expect(since("2y", 0)).toBeUndefined();
  });
});

describe("plan", () => {
  it("adds up the waits of the attempts to come", () => {
    const planned = plan(1, 4, "2026-01-01T00:00:00Z", [5, 60, 600]);
    expect(planned.map((one) => one.number)).toEqual([2, 3, 4]);
    expect(planned.map((one) => (one.at ?? 0) - Date.parse("2026-01-01T00:00:00Z"))).toEqual([0, 60_000, 660_000]);
  });
  it("is empty when nothing is due", () => {
    expect(plan(1, 4, null, [5])).toEqual([]);
  });
});

describe("ids", () => {
  it("knows what an id names", () => {
    expect(kindOf(" dlv_1ChFs5VCwRNrfZ9JDnqVxJ ")).toBe("dlv");
    expect(kindOf("dlv_short")).toBeNull();
    expect(kindOf("foo_1ChFs5VCwRNrfZ9JDnqVxJ")).toBeNull();
  });
  it("keeps the end of a long id", () => {
    expect(short("dlv_1ChFs5VCwRNrfZ9JDnqVxJ")).toBe("dlv_…DnqVxJ".replace("DnqVxJ", "JDnqVxJ"));
  });
});

describe("rights", () => {
  it("follow the roles of the organization", () => {
    expect(rightsOf("VIEWER", ["ADMIN"], ["ADMIN"]).view).toBe(false);
    expect(rightsOf("VIEWER", ["ADMIN", "VIEWER"], ["ADMIN", "VIEWER"])).toMatchObject({ view: true, manage: false });
    expect(rightsOf("DEVELOPER", ["ADMIN", "DEVELOPER"], ["ADMIN"])).toMatchObject({ manage: false, publish: true, admin: false });
    expect(rightsOf("OPERATOR", [], [])).toMatchObject({ view: true, manage: true, operate: true });
  });
});

describe("words", () => {
  it("are the profile's own where it has some", () => {
    expect(stageWord("SENDING", [{ stage: "SENDING", name: "processing" }])).toBe("processing");
    expect(stageWord("FAILED", [])).toBe("Failed");
    expect(words("STATUS_5XX")).toBe("Status 5xx");
  });
  it("say what to do about a problem", () => {
    expect(problemOf("HTTP_STATUS", 401).hint).toContain("signature");
    expect(problemOf("HTTP_STATUS", 503).title).toContain("503");
    expect(problemOf("DNS").title).toBe("Unknown host");
  });
  it("write shares in percent", () => {
    expect([percent(null), percent(1), percent(0.987), percent(0)]).toEqual(["–", "100%", "98.7%", "0%"]);
  });
});

describe("snippets", () => {
  const hmac = { scheme: "HMAC_SHA256_BODY", headerName: "X-Sig", prefix: "sha256=", encoding: "HEX", timestampHeader: "" } as const;
  it("use the header and prefix of the webhook", () => {
    for (const one of snippets(hmac).filter((snippet) => snippet.language !== "Shell")) {
      expect(one.code.toLowerCase()).toMatch(/x-sig|x_sig/);
      expect(one.code).toContain("sha256=");
    }
  });
  it("are none for what is not signed", () => {
    expect(snippets({ ...hmac, scheme: "NONE" })).toEqual([]);
  });
  it("offer no shell line for Ed25519", () => {
    expect(snippets({ ...hmac, scheme: "STANDARD_WEBHOOKS_V1A" }).map((one) => one.language)).toEqual(["Node", "Python", "Go"]);
  });
  it("write a request as curl without what is secret", () => {
    const command = curl({ method: "POST", url: "http://x/", headers: [{ name: "A", value: "***" }, { name: "B", value: "it's" }], body: "{}" });
    expect(command).toContain(`-H 'B: it'\\''s'`);
    expect(command).not.toContain("***");
  });
  it("write publishing as curl whose body a shell leaves as it is", () => {
    const command = publishCurl({ origin: "http://x", organizationId: "org_1", eventType: "a.b", payload: { text: "it's" } });
    const [, body = ""] = /--data-binary '(.*)'$/.exec(command) ?? [];
    const { variables } = JSON.parse(body.replaceAll(`'\\''`, "'")) as { variables: object };
    expect(variables).toEqual({ input: { organizationId: "org_1", eventType: "a.b", payload: { text: "it's" } } });
    expect(command).toContain("Bearer $SUREHOOK_API_KEY");
  });
});

describe("signatures", () => {
  const now = "2026-01-02T00:00:00Z";
  const secret = (hint: string, createdAt: string, expiresAt: string | null = null) =>
    ({ id: hint, kind: "SYMMETRIC", hint, createdAt, expiresAt }) as const;
  const fresh = secret("new", "2026-01-01T00:00:00Z");
  const old = secret("old", "2025-01-01T00:00:00Z", "2026-02-01T00:00:00Z");
  const hints = (way: Signature, headers: { name: string; value: string }[], at = now) =>
    signaturesOf([way], headers, [fresh, old], at).map((one) => [one.header, one.value, one.secret?.hint]);
  const standard: Signature = { scheme: "STANDARD_WEBHOOKS_V1", headerName: "", prefix: "", timestampHeader: "" };
  const hmac: Signature = { scheme: "HMAC_SHA256_BODY", headerName: "X-Sig", prefix: "", encoding: "HEX", timestampHeader: "" };

  it("are matched with the secrets of their time, the newest first", () => {
    const headers = [{ name: "Webhook-Signature", value: "v1,a v1,b v1a,c" }];
    expect(hints(standard, headers)).toEqual([
      ["Webhook-Signature", "v1,a", "new"],
      ["Webhook-Signature", "v1,b", "old"],
    ]);
    expect(hints(standard, [{ name: "webhook-signature", value: "v1,a" }], "2025-06-01T00:00:00Z")).toEqual([
      ["webhook-signature", "v1,a", "old"],
    ]);
  });
  it("of old secrets may be in a header of their own", () => {
    const headers = [
      { name: "X-Sig-Previous", value: "b" },
      { name: "X-Sig", value: "a" },
    ];
    expect(hints(hmac, headers)).toEqual([
      ["X-Sig", "a", "new"],
      ["X-Sig-Previous", "b", "old"],
    ]);
  });
  it("are matched with none when a secret of then signs no more", () => {
    expect(hints(standard, [{ name: "Webhook-Signature", value: "v1,a v1,b v1,c" }]).map(([, , hint]) => hint)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
