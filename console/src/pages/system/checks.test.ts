import { describe, expect, it } from "vitest";
import { checks, type System } from "./checks";

const now = Date.parse("2026-05-01T12:00:00Z");
const ago = (seconds: number) => new Date(now - seconds * 1_000).toISOString();

const well: System = {
  version: "1.2.3",
  startedAt: ago(3_600),
  database: {
    version: "17.2",
    megabytes: 120,
    schemaVersion: 4,
    latestSchemaVersion: 4,
    settings: [{ name: "fsync", value: "on", safe: true }],
  },
  dispatch: { unclaimed: 0, oldestUnclaimedAt: null, oldestDueAt: null, overdue: 0 },
  egress: { allowedNetworks: [], allowedPorts: [], anyPort: false },
  retention: { days: 30, payloadDays: 7, roomUntil: ago(-7 * 86_400) },
  temporal: { reachable: true, problem: null, namespace: "default", taskQueue: "surehook", uiUrl: null, backlog: 0, backlogAgeSeconds: 0 },
  workers: [{ id: "prc_1", name: "one", startedAt: ago(60), heartbeatAt: ago(1), alive: true }],
};

const one = (system: System, id: string) => checks(system, now).find((check) => check.id === id);

describe("checks", () => {
  it("have nothing to say when all is well", () => {
    for (const check of checks(well, now)) expect(check).toMatchObject({ tone: "ok" });
    for (const check of checks(well, now)) expect(check.help).toBeUndefined();
  });

  it("name what mends a problem, the worst first", () => {
    const system: System = {
      ...well,
      database: { ...well.database, schemaVersion: 3, settings: [{ name: "fsync", value: "off", safe: false }] },
      workers: well.workers.map((worker) => ({ ...worker, alive: false })),
      temporal: { ...well.temporal, backlog: 12, backlogAgeSeconds: 60 },
    };
    const found = checks(system, now);
    expect(found.map((check) => check.tone).slice(0, 4)).toEqual(["bad", "bad", "bad", "warn"]);
    expect(one(system, "fsync")?.fix).toBe("ALTER SYSTEM SET fsync = on");
    expect(one(system, "schema")?.fix).toBe("surehook migrate up");
    expect(one(system, "workers")?.fix).toBe("surehook serve --roles worker");
    expect(one(system, "queue")?.value).toBe("12 tasks wait, the oldest for 1m");
    for (const check of found.filter(({ tone }) => tone === "bad")) expect(check.fix).toBeTruthy();
  });

  it("tell a Temporal that is away from one that does not say how much waits", () => {
    const away: System = { ...well, temporal: { ...well.temporal, reachable: false, problem: "connection refused" } };
    expect(one(away, "temporal")).toMatchObject({ tone: "bad", fix: "SUREHOOK_TEMPORAL_ADDRESS" });
    expect(one(away, "temporal")?.help).toContain("connection refused");
    expect(one(away, "queue")).toBeUndefined();
    const silent: System = { ...well, temporal: { ...well.temporal, backlog: null, backlogAgeSeconds: null } };
    expect(one(silent, "queue")?.tone).toBe("mute");
  });

  it("say for how long deliveries have waited and attempts have been due", () => {
    const system: System = {
      ...well,
      dispatch: { unclaimed: 10_000, oldestUnclaimedAt: ago(90), oldestDueAt: ago(600), overdue: 2 },
    };
    expect(one(system, "dispatch")).toMatchObject({ tone: "bad", value: "10,000 or more, the oldest for 1m 30s" });
    expect(one(system, "stuck")).toMatchObject({ tone: "bad", value: "2, the oldest due for 10m" });
  });

  it("warn three days before the log is full", () => {
    const until = (seconds: number): System => ({ ...well, retention: { ...well.retention, roomUntil: ago(-seconds) } });
    expect(one(until(4 * 86_400), "room")?.tone).toBe("ok");
    expect(one(until(2 * 86_400), "room")?.tone).toBe("warn");
    expect(one(until(-1), "room")).toMatchObject({ tone: "bad", value: "none" });
    expect(one({ ...well, retention: { ...well.retention, roomUntil: null } }, "room")?.tone).toBe("bad");
  });
});
