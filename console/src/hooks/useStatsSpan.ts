import { useMemo } from "react";
import { statsSpan, type StatsSpan } from "~/lib/stats";
import { useNow } from "./useNow";

/** The variables of a query for figures of a span. They move on with the clock, a whole bucket at a time. */
export function useStatsSpan(name: StatsSpan): ReturnType<typeof statsSpan> {
  const { range, granularity } = statsSpan(name, useNow());
  return useMemo(() => ({ range: { from: range.from }, granularity }), [range.from, granularity]);
}
