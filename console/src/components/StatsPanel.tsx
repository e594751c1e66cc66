import { SegmentedControl, Skeleton } from "@mantine/core";
import { lazy, type ReactNode, Suspense } from "react";
import type { StatsFragment } from "~/gql/graphql";
import { type StatsSpan, statsSpans, tickOf } from "~/lib/stats";
import { Figure } from "./Figure";
import { Panel } from "./Page";

const Chart = lazy(() => import("./DeliveriesChart"));

interface Props {
  span: StatsSpan;
  onSpan: (span: StatsSpan) => void;
  stats: Pick<StatsFragment, "buckets"> | undefined;
  error?: string | undefined;
  figures: [string, string][];
  children?: ReactNode;
}

/** What became of deliveries in a span of time: figures, and a chart. */
export function StatsPanel({ span, onSpan, stats, error, figures, children }: Props) {
  return (
    <Panel
      title="Deliveries"
      actions={
        <SegmentedControl
          size="xs"
          aria-label="Span"
          data={statsSpans}
          value={span}
          onChange={(value) => onSpan(value as StatsSpan)}
        />
      }
    >
      {error && !stats ? <p className="dim">The figures could not be loaded: {error}</p> : null}
      {!stats && !error ? <Skeleton height={300} /> : null}
      {stats ? (
        <>
          <div className="tiles" style={{ marginBottom: 14 }}>
            {figures.map(([name, value]) => (
              <Figure key={name} name={name} value={value} />
            ))}
          </div>
          <Suspense fallback={<Skeleton height={220} />}>
            <Chart buckets={stats.buckets} tick={tickOf(span)} />
          </Suspense>
          {children}
        </>
      ) : null}
    </Panel>
  );
}
