import type { Granularity } from "~/gql/graphql";
import { among } from "./search";

export type StatsSpan = "1h" | "24h" | "7d" | "30d";
export const statsSpans: StatsSpan[] = ["1h", "24h", "7d", "30d"];

interface Shape {
  buckets: number;
  seconds: number;
  granularity: Granularity;
  /** How the start of a bucket is written under a chart. */
  tick: Intl.DateTimeFormatOptions;
}

const time: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const day: Intl.DateTimeFormatOptions = { month: "short", day: "numeric" };
const shapes: Record<StatsSpan, Shape> = {
  "1h": { buckets: 60, seconds: 60, granularity: "MINUTE", tick: time },
  "24h": { buckets: 24, seconds: 3_600, granularity: "HOUR", tick: time },
  "7d": { buckets: 168, seconds: 3_600, granularity: "HOUR", tick: { ...day, ...time } },
  "30d": { buckets: 30, seconds: 86_400, granularity: "DAY", tick: day },
};

/** The whole buckets up to and with the one that now is in. It stays the same until the next one begins. */
export function statsSpan(name: StatsSpan, now: number): { range: { from: string }; granularity: Granularity } {
  const { buckets, seconds, granularity } = shapes[name];
  const ms = seconds * 1_000;
  const from = new Date((Math.floor(now / ms) - buckets + 1) * ms).toISOString();
  return { range: { from }, granularity };
}

/** How charts of the span write when a bucket began. */
export function tickOf(name: StatsSpan): (start: string) => string {
  const format = new Intl.DateTimeFormat(undefined, shapes[name].tick);
  return (start) => format.format(new Date(start));
}

/** The span that the address asks for, a day unless it does. */
export function spanOf(search: { span?: string | undefined }): StatsSpan {
  return among(search.span, statsSpans)?.[0] ?? "24h";
}

export function spanSearch(search: Record<string, unknown>): { span?: StatsSpan | undefined } {
  return { span: among(search.span, statsSpans)?.[0] };
}
