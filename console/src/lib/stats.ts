import type { Granularity } from "~/gql/graphql";

export type StatsSpan = "1h" | "24h" | "7d" | "30d";
export const statsSpans: StatsSpan[] = ["1h", "24h", "7d", "30d"];

const shape: Record<StatsSpan, { seconds: number; granularity: Granularity }> = {
  "1h": { seconds: 3_600, granularity: "MINUTE" },
  "24h": { seconds: 86_400, granularity: "HOUR" },
  "7d": { seconds: 604_800, granularity: "HOUR" },
  "30d": { seconds: 2_592_000, granularity: "DAY" },
};

/** The span up to now, from a whole minute on. */
export function statsSpan(name: StatsSpan, now: number): { range: { from: string }; granularity: Granularity } {
  const { seconds, granularity } = shape[name];
  const from = new Date(Math.floor(now / 60_000) * 60_000 - seconds * 1_000 + 60_000).toISOString();
  return { range: { from }, granularity };
}
