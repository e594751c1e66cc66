import { getRouteApi, Link, Navigate, useNavigate } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { useQuery } from "urql";
import { PageHead } from "~/components/Page";
import { Failed, Loading } from "~/components/States";
import { StatsPanel } from "~/components/StatsPanel";
import { Tile } from "~/components/Tile";
import type { DeliveryStage } from "~/gql/graphql";
import { useLiveDeliveries, useRefetchAfterOutage } from "~/hooks/useLiveDeliveries";
import { useSoon } from "~/hooks/useSoon";
import { useStatsSpan } from "~/hooks/useStatsSpan";
import { useSigned } from "~/hooks/useViewer";
import { count, percent } from "~/lib/format";
import { spanOf } from "~/lib/stats";
import { stageWord } from "~/lib/status";
import { took } from "~/lib/time";
import { Checklist } from "./Checklist";
import { OverviewDocument } from "./documents";
import { Troubled } from "./Troubled";

const route = getRouteApi("/");

export function OverviewPage() {
  const { rights, organization, chosen } = useSigned();
  // Who runs the platform begins with how it fares, until an organization is chosen to be looked at.
  if (rights.operate && !chosen) return <Navigate to="/system" replace />;
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
  const span = spanOf(route.useSearch());
  const navigate = useNavigate();
  const when = useStatsSpan(span);
  const variables = useMemo(() => ({ id: organization.id, ...when }), [organization.id, when]);
  const [{ data, error }, reload] = useQuery({ query: OverviewDocument, variables });
  const refetch = useCallback(() => reload({ requestPolicy: "network-only" }), [reload]);
  const soon = useSoon(refetch);
  useLiveDeliveries({ organizationId: organization.id }, soon, soon);
  useRefetchAfterOutage(refetch);
  const found = data?.organization;
  if (!found && error) return <Failed error={error} retry={refetch} whole />;
  if (!found) return <Loading />;
  const { deliveryCounts: counts, stats } = found;
  const word = (stage: DeliveryStage) => stageWord(stage, found.profile.statuses);
  return (
    <>
      <PageHead title="Overview" note={`${organization.name} · ${found.profile.title}`} />
      <div className="stack">
        <Checklist />
        <div className="tiles">
          <Tile stage="PENDING" name={word("PENDING")} value={counts.pending} search={["PENDING"]} />
          <Tile stage="RETRYING" name="In progress" value={counts.inProgress} search={["SENDING", "RETRYING"]} />
          <Tile stage="HELD" name={word("HELD")} value={counts.held} search={["HELD"]} />
          <Tile stage="SUCCEEDED" name={word("SUCCEEDED")} value={counts.succeeded} search={["SUCCEEDED"]} />
          <Tile stage="FAILED" name={word("FAILED")} value={counts.failed} search={["FAILED"]} />
        </div>
        <StatsPanel
          span={span}
          onSpan={(next) => void navigate({ to: "/", search: { span: next }, replace: true })}
          stats={stats}
          figures={[
            ["Success rate", percent(stats.successRate)],
            ["Requests", count(stats.attempts)],
            ["Of them retries", count(stats.retries)],
            ["Half answer within", took(stats.p50DurationMs)],
            ["95% within", took(stats.p95DurationMs)],
            ["99% within", took(stats.p99DurationMs)],
          ]}
        />
        <Troubled webhooks={found.webhooks.nodes} more={found.webhooks.pageInfo.hasNextPage} />
      </div>
    </>
  );
}
