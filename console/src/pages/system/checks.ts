import type { SystemQuery } from "~/gql/graphql";
import { count } from "~/lib/format";
import type { Tone } from "~/lib/status";
import { span } from "~/lib/time";

export type System = SystemQuery["system"];

export interface Check {
  id: string;
  name: string;
  /** "ok", "warn", "bad", or "mute" where it is not known. */
  tone: Tone;
  value: string;
  /** What to do about it. Nothing when all is well. */
  help?: string;
  /** The command, setting or document that mends it. */
  fix?: string;
}

const DAY = 86_400_000;
const ageOf = (at: string, now: number) => Math.max(0, (now - Date.parse(at)) / 1_000);

function durability({ database }: System): Check[] {
  return database.settings.map(({ name, value, safe }) => ({
    id: name,
    name: `Postgres ${name}`,
    tone: safe ? "ok" : "bad",
    value,
    ...(safe ? {} : { help: "A crash can lose what was acknowledged. Switch it on:", fix: `ALTER SYSTEM SET ${name} = on` }),
  }));
}

function schema({ database }: System): Check {
  const { schemaVersion, latestSchemaVersion } = database;
  const base = { id: "schema", name: "Database schema", value: `migration ${schemaVersion} of ${latestSchemaVersion}` };
  if (schemaVersion < latestSchemaVersion) {
    return { ...base, tone: "bad", help: "Migrations are missing. Apply them:", fix: "surehook migrate up" };
  }
  if (schemaVersion > latestSchemaVersion) {
    return { ...base, tone: "warn", help: "This process is older than the schema. Replace it:", fix: "docs/deployment.md, A new version" };
  }
  return { ...base, tone: "ok" };
}

function temporal({ temporal: found }: System): Check[] {
  const reach: Check = { id: "temporal", name: "Temporal", tone: "ok", value: "answers" };
  if (!found.reachable) {
    const help = `Events are taken meanwhile and go out when it is back. It said: ${found.problem ?? "nothing"}. Look at it and at`;
    return [{ ...reach, tone: "bad", value: "does not answer", help, fix: "SUREHOOK_TEMPORAL_ADDRESS" }];
  }
  const queue = { id: "queue", name: `Task queue ${found.taskQueue}` };
  if (typeof found.backlog !== "number") {
    return [reach, { ...queue, tone: "mute", value: "Temporal does not say", help: "The process's log says why." }];
  }
  const age = found.backlogAgeSeconds ?? 0;
  const value = found.backlog === 0 ? "nothing waits" : `${count(found.backlog)} tasks wait, the oldest for ${span(age)}`;
  if (age < 30) return [reach, { ...queue, tone: "ok", value }];
  return [reach, { ...queue, tone: age < 300 ? "warn" : "bad", value, help: "Workers cannot keep up. Start another:", fix: "surehook serve --roles worker" }];
}

function dispatch({ dispatch: found }: System, now: number): Check[] {
  const age = found.oldestUnclaimedAt ? ageOf(found.oldestUnclaimedAt, now) : 0;
  const many = found.unclaimed >= 10_000 ? "10,000 or more" : count(found.unclaimed);
  const backlog: Check = {
    id: "dispatch",
    name: "Deliveries that no worker has taken",
    tone: age < 10 ? "ok" : age < 60 ? "warn" : "bad",
    value: found.unclaimed === 0 ? "none" : `${many}, the oldest for ${span(age)}`,
  };
  if (backlog.tone !== "ok") {
    backlog.help = "No worker takes them, or there are too few. Start another:";
    backlog.fix = "surehook serve --roles worker";
  }
  const late = found.overdue >= 10_000 ? "10,000 or more" : count(found.overdue);
  const stuck: Check = {
    id: "stuck",
    name: "Attempts that are stuck",
    tone: found.overdue === 0 ? "ok" : "bad",
    value: found.overdue === 0 ? "none" : late,
  };
  if (found.overdue > 0) {
    if (found.oldestDueAt) stuck.value = `${late}, the oldest due for ${span(ageOf(found.oldestDueAt, now))}`;
    stuck.help = "They have been due for more than a minute. Workers look into such after 150 seconds by themselves; if they stay, see";
    stuck.fix = "docs/architecture.md, Where a crash leaves things";
  }
  return [backlog, stuck];
}

function workers({ workers: found }: System): Check {
  const alive = found.filter((one) => one.alive).length;
  const base = { id: "workers", name: "Workers", value: `${count(alive)} alive` };
  if (alive === 0) {
    return { ...base, tone: "bad", help: "Nothing is delivered until there is one. Start it:", fix: "surehook serve --roles worker" };
  }
  if (alive < found.length) {
    return { ...base, tone: "warn", value: `${base.value}, ${count(found.length - alive)} silent`, help: "Others take its work over. Look at its log." };
  }
  return { ...base, tone: "ok" };
}

function room({ retention }: System, now: number): Check {
  const base = { id: "room", name: "Room in the log" };
  const fix = "docs/retention.md, When it does not work";
  if (!retention.roomUntil) return { ...base, tone: "bad", value: "not known", help: "The process's log says why. See", fix };
  const left = Date.parse(retention.roomUntil) - now;
  const value = left <= 0 ? "none" : `for ${span(left / 1_000)}`;
  if (left > 3 * DAY) return { ...base, tone: "ok", value };
  return { ...base, tone: left <= 0 ? "bad" : "warn", value, help: "Nothing can be published after that. See", fix };
}

const order: Tone[] = ["bad", "warn", "mute", "info", "ok"];

/** What there is to know about the platform's health, the worst first. */
export function checks(system: System, now: number): Check[] {
  const all = [...temporal(system), workers(system), ...dispatch(system, now), schema(system), room(system, now), ...durability(system)];
  return all.toSorted((a, b) => order.indexOf(a.tone) - order.indexOf(b.tone));
}
