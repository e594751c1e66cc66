import { Button } from "@mantine/core";
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useClient, useQuery } from "urql";
import { useLiveState } from "~/app/live";
import { DataTable } from "~/components/DataTable";
import { NewPill } from "~/components/NewPill";
import { Pager } from "~/components/Pager";
import { Empty, Failed, Loading } from "~/components/States";
import { graphql } from "~/gql";
import { type DeliveryRow, useLiveDeliveries, useRefetchAfterOutage } from "~/hooks/useLiveDeliveries";
import { useNewRows } from "~/hooks/useNewRows";
import { usePoll } from "~/hooks/usePoll";
import { useProfile } from "~/hooks/useProfile";
import { useSigned } from "~/hooks/useViewer";
import { catchUp } from "./catchUp";
import { deliveryColumns } from "./columns";
import { FilterBar } from "./FilterBar";
import { type DeliverySearch, deliveryFilter, filterCount, isBlind } from "./filters";

export const DeliveriesDocument = graphql(`
  query Deliveries($id: ID!, $filter: DeliveryFilter, $first: Int, $after: String, $last: Int, $before: String) {
    organization(id: $id) {
      id
      deliveries(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
        nodes {
          ...DeliveryRow
        }
        pageInfo {
          hasNextPage
          hasPreviousPage
          startCursor
          endCursor
        }
      }
    }
  }
`);

const PAGE = 50;

interface Props {
  search: DeliverySearch;
  onSearch: (search: DeliverySearch) => void;
  webhookId?: string;
  empty: ReactNode;
}

/** A delivery log that follows along: rows change where they are, and new ones wait until they are asked for. */
export function DeliveryLog({ search, onSearch, webhookId, empty }: Props) {
  const { organization, rights } = useSigned();
  const [now, setNow] = useState(Date.now);
  const filter = useMemo(() => {
    const chosen = deliveryFilter(search, now);
    return webhookId ? { ...chosen, webhookIds: [webhookId] } : chosen;
  }, [search, now, webhookId]);
  const paging = search.before ? { last: PAGE, before: search.before } : { first: PAGE, after: search.after };
  const [{ data, error, fetching }, reload] = useQuery({
    query: DeliveriesDocument,
    variables: { id: organization.id, filter, ...paging },
  });
  const page = data?.organization?.deliveries;
  const rows = page?.nodes;

  const filtered = filterCount(search);
  const blind = isBlind(search);
  const fresh = useNewRows(rows, JSON.stringify(search));
  // On older pages, what is above is not news.
  const top = page?.pageInfo.hasPreviousPage === false;
  const onUpdate = (delivery: DeliveryRow) => {
    if (top && matches(delivery, search)) fresh.add([delivery.id]);
  };

  const client = useClient();
  const refetch = useCallback(() => reload({ requestPolicy: "network-only" }), [reload]);
  const latest = useRef(page);
  latest.current = page;
  async function fillGap() {
    const start = page?.pageInfo.startCursor;
    if (!start) return refetch();
    const newer = await catchUp(client, { organizationId: organization.id, filter, start, ids: page.nodes.map((row) => row.id) });
    if (top && latest.current?.pageInfo.startCursor === start) fresh.add(newer);
  }
  useLiveDeliveries({ organizationId: organization.id, webhookId }, () => void fillGap(), onUpdate);
  useRefetchAfterOutage(() => void fillGap());

  const { clear } = fresh;
  const showNew = useCallback(() => {
    clear();
    setNow(Date.now());
    if (search.after || search.before) onSearch({ ...search, after: undefined, before: undefined });
    refetch();
  }, [search, onSearch, refetch, clear]);

  // Nothing is on the screen that could jump, so what comes first is shown at once.
  const nothing = rows?.length === 0;
  useEffect(() => {
    if (nothing && fresh.count > 0 && !blind) showNew();
  }, [nothing, fresh.count, blind, showNew]);

  const { profile } = useProfile();
  const shown = profile?.presentation;
  const columns = useMemo(
    () => deliveryColumns({ columns: shown?.logColumns ?? [], webhook: !webhookId, manage: rights.manage }),
    [shown, webhookId, rights.manage],
  );
  const live = useLiveState() === "connected";
  const every = shown?.refreshSeconds ?? 0;
  usePoll(!live && every > 0, every * 1_000, () => void fillGap());
  return (
    <>
      <FilterBar
        search={search}
        onChange={onSearch}
        fixedWebhook={webhookId !== undefined}
        problem={search.payload ? error?.graphQLErrors[0]?.message : undefined}
      />
      <div className="panel">
        {nothing && !blind ? null : <NewPill of={fresh.count} perhaps={blind} onShow={showNew} />}
        {!rows && error ? <Failed error={error} retry={refetch} /> : null}
        {(!rows && !error && fetching) || (rows && !shown) ? <Loading /> : null}
        {nothing && filtered > 0 ? (
          <Empty title="No delivery matches" action={<Button variant="default" onClick={() => onSearch({})}>Clear the filters</Button>}>
            {blind ? "There may be others." : "There may be others. What matches from now on shows up here by itself."}
          </Empty>
        ) : null}
        {nothing && filtered === 0 ? empty : null}
        {rows && rows.length > 0 && shown ? (
          <DataTable label="Deliveries" columns={columns} rows={rows} version={(row) => row.updatedAt} />
        ) : null}
      </div>
      {every > 0 ? (
        <p className="dim" style={{ margin: "8px 0 0", fontSize: 12.5 }}>
          {live
            ? `Live: what changes shows at once. Without live updates, the log is read again every ${every} seconds.`
            : `There are no live updates at the moment. The log is read again every ${every} seconds.`}
        </p>
      ) : null}
      <Pager page={page?.pageInfo} onGo={(to) => onSearch({ ...search, ...to })} />
    </>
  );
}

function matches(delivery: DeliveryRow, search: DeliverySearch): boolean {
  return (
    (!search.stage || search.stage.includes(delivery.stage)) &&
    (!search.type || search.type.includes(delivery.eventType)) &&
    (!search.webhook || search.webhook.includes(delivery.webhook.id)) &&
    (!search.event || search.event.includes(delivery.eventId)) &&
    (!search.origin || search.origin.includes(delivery.origin)) &&
    (!search.code || (delivery.lastResponseStatus ? search.code.includes(delivery.lastResponseStatus) : false))
  );
}
