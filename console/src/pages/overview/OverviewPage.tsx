import { SegmentedControl, Skeleton } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useMemo, useState } from "react";
import { useQuery } from "urql";
import { PageHead, Panel } from "~/components/Page";
import { Failed, Loading } from "~/components/States";
import { Tile } from "~/components/Tile";
import type { DeliveryStage } from "~/gql/graphql";
import { useLiveDeliveries, useRefetchAfterOutage } from "~/hooks/useLiveDeliveries";
import { useSoon } from "~/hooks/useSoon";
import { useSigned } from "~/hooks/useViewer";
import { count, percent } from "~/lib/format";
import { statsSpan, type StatsSpan, statsSpans } from "~/lib/stats";
import { stageWord } from "~/lib/status";
import { millis } from "~/lib/time";
import { Figure } from "~/components/Figure";
import { Checklist } from "./Checklist";
import { OverviewDocument } from "./documents";
import { Troubled } from "./Troubled";

const Chart = lazy(() => import("~/components/DeliveriesChart"));

export function OverviewPage() {
  const { rights, organization } = useSigned();
  if (!rights.view) {
    return (
      <>
        <PageHead title="Overview" note={organization.name} />
        <p>
          Your role may not see the delivery log of this organization. You can look at its <Link to="/events">events</Link> and{" "}
          <Link to="/event-types">event types</Link>.
        </p>
      </>
    );
  }
  return <Overview />;
}

function Overview() {
  const { organization } = useSigned();
  const [name, setName] = useState<StatsSpan>("24h");
  const variables = useMemo(() => ({ id: organization.id, ...statsSpan(name, Date.now()) }), [organization.id, name]);
  const [{ data, error }, reload] = useQuery({ query: OverviewDocument, variables });
  const refetch = useCallback(() => reload({ requestPolicy: "network-only" }), [reload]);
  const soon = useSoon(refetch);
  useLiveDeliveries({ organizationId: organization.id }, soon, soon);
  useRefetchAfterOutage(refetch);
  const found = data?.organization;
  if (!found && error) return <Failed error={error} retry={refetch} />;
  if (!found) return <Loading />;
  const { deliveryCounts: counts, stats } = found;
  const word = (stage: DeliveryStage) => stageWord(stage, found.profile.statuses);
  return (
    <>
      <PageHead title="Overview" note={`${organization.name}, ${found.profile.title} webhooks`} />
      <div className="stack">
        <Checklist />
        <div className="tiles">
          <Tile stage="PENDING" name={word("PENDING")} value={counts.pending} search={["PENDING"]} />
          <Tile stage="RETRYING" name="In progress" value={counts.inProgress} search={["SENDING", "RETRYING"]} />
          <Tile stage="HELD" name={word("HELD")} value={counts.held} search={["HELD"]} />
          <Tile stage="SUCCEEDED" name={word("SUCCEEDED")} value={counts.succeeded} search={["SUCCEEDED"]} />
          <Tile stage="FAILED" name={word("FAILED")} value={counts.failed} search={["FAILED"]} />
        </div>
        <Panel
          title="Deliveries"
          actions={
            <SegmentedControl size="xs" aria-label="Span" data={statsSpans} value={name} onChange={(value) => setName(value as StatsSpan)} />
          }
        >
          <div className="tiles" style={{ marginBottom: 14 }}>
            <Figure name="Success rate" value={percent(stats.successRate)} />
            <Figure name="Requests" value={count(stats.attempts)} />
            <Figure name="Of them retries" value={count(stats.retries)} />
            <Figure name="Half answer within" value={stats.p50DurationMs ? millis(stats.p50DurationMs) : "–"} />
            <Figure name="95% within" value={stats.p95DurationMs ? millis(stats.p95DurationMs) : "–"} />
            <Figure name="99% within" value={stats.p99DurationMs ? millis(stats.p99DurationMs) : "–"} />
          </div>
          <Suspense fallback={<Skeleton height={220} />}>
            <Chart buckets={stats.buckets} />
          </Suspense>
        </Panel>
        <Troubled webhooks={found.webhooks.nodes} />
      </div>
    </>
  );
}
