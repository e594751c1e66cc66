import { Button } from "@mantine/core";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useCallback, useMemo, useRef, useState } from "react";
import { useClient, useQuery } from "urql";
import { Id } from "~/components/Copy";
import { type Column, DataTable } from "~/components/DataTable";
import { NewPill } from "~/components/NewPill";
import { PageHead } from "~/components/Page";
import { Pager } from "~/components/Pager";
import { Empty, Failed, Loading } from "~/components/States";
import { Chip } from "~/components/Status";
import { Time } from "~/components/Time";
import type { EventsQuery } from "~/gql/graphql";
import { useLive } from "~/hooks/useLive";
import { useLiveDeliveries, useRefetchAfterOutage } from "~/hooks/useLiveDeliveries";
import { useNewRows } from "~/hooks/useNewRows";
import { useSigned } from "~/hooks/useViewer";
import { catchUp } from "./catchUp";
import { EventPublished, EventsDocument } from "./documents";
import { EventFilters } from "./EventFilters";
import { eventFilter, isBlind, isFiltered } from "./filters";
import { FanOut } from "./FanOut";
import { PublishButton } from "./PublishButton";

const route = getRouteApi("/events");
const PAGE = 40;

type Row = NonNullable<EventsQuery["organization"]>["events"]["nodes"][number];

const columns: Column<Row>[] = [
  {
    title: "Event",
    cell: (row) => (
      <span style={{ display: "inline-flex", gap: 6, alignItems: "center" }}>
        <Link to="/events/$id" params={{ id: row.id }} className="mono" style={{ fontWeight: 600 }}>
          {row.type}
        </Link>
        {row.test ? <Chip tone="info">test</Chip> : null}
        {row.quarantinedAt ? <Chip tone="warn">quarantined</Chip> : null}
        {row.expungedAt ? <Chip tone="mute">expunged</Chip> : null}
      </span>
    ),
  },
  { title: "Id", cell: (row) => <Id id={row.id} /> },
  {
    title: "Deliveries",
    cell: ({ deliveries }) => <FanOut deliveries={deliveries?.nodes ?? []} more={deliveries?.pageInfo.hasNextPage ?? false} />,
  },
  {
    title: "Idempotency key",
    className: "wide",
    cell: (row) => (row.idempotencyKey ? <code className="mono">{row.idempotencyKey}</code> : <span className="dim">–</span>),
  },
  { title: "Occurred", cell: (row) => <Time at={row.occurredAt} /> },
  { title: "Published", cell: (row) => <Time at={row.createdAt} /> },
];

export function EventsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { organization, rights } = useSigned();
  const [now, setNow] = useState(Date.now);
  const filter = useMemo(() => eventFilter(search, now), [search, now]);
  const paging = search.before ? { last: PAGE, before: search.before } : { first: PAGE, after: search.after };
  const [{ data, error, fetching }, reload] = useQuery({
    query: EventsDocument,
    variables: { id: organization.id, filter, view: rights.view, ...paging },
  });
  const page = data?.organization?.events;
  const rows = page?.nodes;
  const problem = search.payload ? error?.graphQLErrors[0]?.message : undefined;
  const refetch = useCallback(() => reload({ requestPolicy: "network-only" }), [reload]);
  const blind = isBlind(search);
  const client = useClient();
  const fresh = useNewRows(rows, JSON.stringify(search));
  // On older pages, what is above is not news.
  const top = page?.pageInfo.hasPreviousPage === false;
  const shown = useRef(page);
  shown.current = page;
  async function fillGap() {
    const start = page?.pageInfo.startCursor;
    if (!start) return refetch();
    const ids = page.nodes.map((row) => row.id);
    const newer = await catchUp(client, { organizationId: organization.id, filter, start, ids, view: rights.view });
    if (top && shown.current?.pageInfo.startCursor === start) fresh.add(newer);
  }
  useRefetchAfterOutage(() => void fillGap());
  useLive(EventPublished, { organizationId: organization.id }, false, () => void fillGap(), ({ eventPublished }) => {
    if (!eventPublished || (search.type && !search.type.includes(eventPublished.type))) return;
    if (rows?.length === 0 && !blind) refetch();
    else if (top) fresh.add([eventPublished.id]);
  });
  // Keeps the chips of the fan-out as they are now.
  useLiveDeliveries({ organizationId: organization.id, paused: !rights.view }, () => {});

  const showNew = () => {
    fresh.clear();
    setNow(Date.now());
    void navigate({ search: { ...search, after: undefined, before: undefined } });
    refetch();
  };

  return (
    <>
      <PageHead title="Events" note="What happened, as it was published.">
        {rights.publish ? <PublishButton /> : null}
      </PageHead>
      <EventFilters search={search} onChange={(next) => void navigate({ search: next })} problem={problem} />
      <div className="panel">
        <NewPill of={fresh.count} perhaps={blind} onShow={showNew} />
        {!rows && error ? <Failed error={error} retry={refetch} /> : null}
        {!rows && !error && fetching ? <Loading /> : null}
        {rows?.length === 0 ? (
          isFiltered(search) ? (
            <Empty
              title="No event matches"
              action={<Button variant="default" onClick={() => void navigate({ search: {} })}>Clear the filters</Button>}
            />
          ) : (
            <Empty title="Publish your first event" action={rights.publish ? <PublishButton /> : undefined}>
              An event is one fact that your application tells. Each webhook that is subscribed to its type gets a delivery.
            </Empty>
          )
        ) : null}
        {rows && rows.length > 0 ? <DataTable label="Events" columns={columns} rows={rows} /> : null}
      </div>
      <Pager page={page?.pageInfo} onGo={(to) => void navigate({ search: { ...search, ...to } })} />
    </>
  );
}
