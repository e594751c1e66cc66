import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useQuery } from "urql";
import { type Column, DataTable } from "~/components/DataTable";
import { PageHead } from "~/components/Page";
import { Pager, type Place } from "~/components/Pager";
import { Empty, Failed, Forbidden, Loading } from "~/components/States";
import { Chip } from "~/components/Status";
import { Time } from "~/components/Time";
import type { OperationFragment } from "~/gql/graphql";
import { usePoll } from "~/hooks/usePoll";
import { useSigned } from "~/hooks/useViewer";
import { count } from "~/lib/format";
import { words } from "~/lib/status";
import { OperationsDocument } from "./documents";
import { Progress } from "./Progress";
import { kinds, tones } from "./words";

const PAGE = 25;

const columns: Column<OperationFragment>[] = [
  {
    title: "What",
    cell: (row) => (
      <Link to="/bulk/$id" params={{ id: row.id }} style={{ fontWeight: 600 }}>
        {kinds[row.kind]}
      </Link>
    ),
  },
  { title: "Of", className: "wide", cell: (row) => row.webhook?.name ?? row.event?.type ?? <span className="dim">a filter</span> },
  { title: "Status", cell: (row) => <Chip tone={tones[row.status]}>{words(row.status)}</Chip> },
  { title: "Progress", cell: (row) => <Progress of={row} label={kinds[row.kind]} /> },
  { title: "Failed", className: "right num", cell: (row) => count(row.failed) },
  { title: "Skipped", className: "right num", cell: (row) => count(row.skipped) },
  { title: "Started", cell: (row) => <Time at={row.createdAt} /> },
  { title: "Done", cell: (row) => <Time at={row.completedAt ?? row.estimatedCompletionAt} /> },
];

export function OperationsPage() {
  const { rights } = useSigned();
  return rights.view ? <Operations /> : <Forbidden />;
}

function Operations() {
  const { organization } = useSigned();
  const [place, setPlace] = useState<Place>({});
  const paging = place.before ? { last: PAGE, before: place.before } : { first: PAGE, after: place.after };
  const [{ data, error, fetching }, reload] = useQuery({
    query: OperationsDocument,
    variables: { id: organization.id, ...paging },
  });
  const page = data?.organization?.bulkOperations;
  const refetch = () => reload({ requestPolicy: "network-only" });
  usePoll(page?.nodes.some((one) => one.status === "RUNNING") ?? false, 1_000, refetch);
  return (
    <>
      <PageHead title="Bulk operations" note="What was asked of many deliveries at once. They go on without this page." />
      <div className="panel">
        {!page && error ? <Failed error={error} retry={refetch} /> : null}
        {!page && !error && fetching ? <Loading /> : null}
        {page?.nodes.length === 0 ? (
          <Empty title="Nothing was asked of many deliveries yet">
            Retry what a filter of the deliveries matches, or what failed or is missing since a moment from a webhook's recovery.
          </Empty>
        ) : null}
        {page && page.nodes.length > 0 ? <DataTable label="Bulk operations" columns={columns} rows={page.nodes} /> : null}
      </div>
      <Pager page={page?.pageInfo} onGo={setPlace} />
    </>
  );
}
