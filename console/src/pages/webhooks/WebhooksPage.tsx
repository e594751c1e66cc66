import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { useQuery } from "urql";
import { type Column, DataTable } from "~/components/DataTable";
import { PageHead } from "~/components/Page";
import { Pager } from "~/components/Pager";
import { Empty, Failed, Forbidden, Loading } from "~/components/States";
import { Sparkline } from "~/components/Sparkline";
import { AttemptChip, WebhookChip } from "~/components/Status";
import { Time } from "~/components/Time";
import type { WebhooksQuery } from "~/gql/graphql";
import { useLive } from "~/hooks/useLive";
import { useRefetchAfterOutage } from "~/hooks/useLiveDeliveries";
import { useStatsSpan } from "~/hooks/useStatsSpan";
import { useSigned } from "~/hooks/useViewer";
import { percent } from "~/lib/format";
import { WebhooksDocument, WebhookUpdated } from "./documents";

const route = getRouteApi("/webhooks");
// As many as an organization has unless its limit was raised. More would make the query with their figures too costly.
const PAGE = 25;

type Row = NonNullable<WebhooksQuery["organization"]>["webhooks"]["nodes"][number];

const columns: Column<Row>[] = [
  {
    title: "Name",
    className: "wide",
    cell: (row) => (
      <Link to="/webhooks/$id" params={{ id: row.id }} style={{ fontWeight: 600 }}>
        {row.name}
      </Link>
    ),
  },
  { title: "Endpoint URL", className: "wide", cell: (row) => <span className="mono" title={row.url}>{row.url}</span> },
  { title: "Status", cell: (row) => <WebhookChip status={row.status} held={row.status === "ENABLED" && !!row.holding} /> },
  { title: "Events", className: "right num", cell: (row) => <span title={row.eventTypes.join(", ")}>{row.eventTypes.length}</span> },
  { title: "Last delivery", cell: (row) => <Time at={row.lastAttemptAt} /> },
  {
    title: "Last status",
    cell: (row) => (row.lastAttemptStatus ? <AttemptChip status={row.lastAttemptStatus} /> : <span className="dim">–</span>),
  },
  { title: "24 hours", cell: (row) => <Sparkline buckets={row.stats.buckets} /> },
  { title: "Success rate", className: "right num", cell: (row) => percent(row.successRate) },
  { title: "Held", className: "right num", cell: (row) => row.heldDeliveryCount || <span className="dim">–</span> },
];

export function WebhooksPage() {
  const search = route.useSearch();
  const navigate = useNavigate();
  const { organization, rights } = useSigned();
  const paging = search.before ? { last: PAGE, before: search.before } : { first: PAGE, after: search.after };
  const when = useStatsSpan("24h");
  const [{ data, error, fetching }, reload] = useQuery({
    query: WebhooksDocument,
    variables: { id: organization.id, statuses: search.status, ...paging, ...when },
    pause: !rights.view,
  });
  const page = data?.organization?.webhooks;
  const rows = page?.nodes;
  const refetch = useCallback(() => reload({ requestPolicy: "network-only" }), [reload]);
  useLive(WebhookUpdated, { organizationId: organization.id }, !rights.view, refetch, ({ webhookUpdated }) => {
    if (webhookUpdated && !rows?.some((row) => row.id === webhookUpdated.id)) refetch();
  });
  useRefetchAfterOutage(refetch);
  if (!rights.view) return <Forbidden />;

  const create = (
    <Button leftSection={<IconPlus size={15} />} onClick={() => void navigate({ to: "/webhooks/new" })}>
      New webhook
    </Button>
  );
  return (
    <>
      <PageHead
        title="Webhooks"
        note={`Where events are sent. Up to ${data?.organization?.limits.maxWebhooks.toLocaleString("en") ?? "…"} of them.`}
      >
        <Link to="/webhooks" search={{}} activeOptions={{ exact: true }} className="nav">All</Link>
        <Link to="/webhooks" search={{ status: ["DISABLED", "PAUSED"] }} className="nav">Not active</Link>
        {rights.manage ? create : null}
      </PageHead>
      <div className="panel">
        {!rows && error ? <Failed error={error} retry={refetch} /> : null}
        {!rows && !error && fetching ? <Loading /> : null}
        {rows?.length === 0 ? (
          search.status ? (
            <Empty title="All webhooks are active" />
          ) : (
            <Empty title="No webhook yet" action={rights.manage ? create : undefined}>
              A webhook is a URL that is told of events. Create one, subscribe it to event types, and send a test.
            </Empty>
          )
        ) : null}
        {rows && rows.length > 0 ? <DataTable label="Webhooks" columns={columns} rows={rows} /> : null}
      </div>
      <Pager page={page?.pageInfo} onGo={(to) => void navigate({ to: "/webhooks", search: { ...search, ...to } })} />
    </>
  );
}
