import { Alert, Button } from "@mantine/core";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { useQuery } from "urql";
import { Confirm } from "~/components/Confirm";
import { Id } from "~/components/Copy";
import { DataTable } from "~/components/DataTable";
import { Facts, PageHead, Panel } from "~/components/Page";
import { pageAt, type Place } from "~/components/Pager";
import { Payload } from "~/components/Payload";
import { Empty, Failed, Loading, NotFound } from "~/components/States";
import { Chip } from "~/components/Status";
import { Time } from "~/components/Time";
import type { EventQuery, ExpungeMutation, ReleaseMutation } from "~/gql/graphql";
import { useAction } from "~/hooks/useAction";
import { useLiveDeliveries, useRefetchAfterOutage } from "~/hooks/useLiveDeliveries";
import { useProfile } from "~/hooks/useProfile";
import { useSigned } from "~/hooks/useViewer";
import { SendAgain } from "../bulk/actions";
import { EventTypeLink } from "../catalog/EventTypeLink";
import { deliveryColumns } from "../deliveries/columns";
import { Explain } from "./Explain";
import { EventDocument, ExpungeDocument, ReleaseDocument } from "./documents";

const route = getRouteApi("/events/$id");
const PAGE = 50;
const released = (data: ReleaseMutation) => data.releaseQuarantinedEvent;
const expunged = (data: ExpungeMutation) => data.expungeEvent;

export function EventPage() {
  const { id } = route.useParams();
  const { organization, rights } = useSigned();
  // Where the list of webhooks stands. It is not worth an address of its own.
  const [place, setPlace] = useState<Place>({});
  const [{ data, error, fetching }, reload] = useQuery({
    query: EventDocument,
    variables: { id, view: rights.view, ...pageAt(place, PAGE) },
  });
  const refetch = useCallback(() => reload({ requestPolicy: "network-only" }), [reload]);
  const known = data?.event?.deliveries?.nodes;
  useLiveDeliveries({ organizationId: organization.id, eventId: id, paused: !rights.view }, refetch, (update) => {
    if (!known?.some((one) => one.id === update.id)) refetch();
  });
  useRefetchAfterOutage(refetch);
  if (!data && error) return <Failed error={error} retry={refetch} whole />;
  if (!data && fetching) return <Loading />;
  if (!data?.event) return <NotFound what="event" />;
  return <Details event={data.event} refetch={refetch} onGo={setPlace} />;
}

interface Props {
  event: NonNullable<EventQuery["event"]>;
  refetch: () => void;
  onGo: (place: Place) => void;
}

function Details({ event, refetch, onGo }: Props) {
  const shown = useProfile().profile?.presentation.logColumns ?? [];
  const { rights } = useSigned();
  const payload = event.payload === null || event.payload === undefined ? null : JSON.stringify(event.payload);
  return (
    <>
      <PageHead title={event.type} note={<>Event <Id id={event.id} whole /></>}>
        <EventActions event={event} refetch={refetch} />
      </PageHead>
      {event.schemaMismatch ? (
        <Alert color={event.quarantinedAt ? "orange" : "yellow"} mb="md" title={event.quarantinedAt ? "In quarantine" : "Does not match its schema"}>
          <span style={{ color: "var(--mantine-color-text)" }}>{event.schemaMismatch}</span>
        </Alert>
      ) : null}
      <div className="split">
        <div className="stack">
          <Panel title="Payload">
            {payload === null ? (
              <Empty title="The payload is not kept any more">
                {event.expungedAt ? "It was expunged." : "It is older than payloads are kept."}
              </Empty>
            ) : (
              <Payload body={payload} label="payload" name={`${event.id}.json`} />
            )}
          </Panel>
          {event.deliveries ? (
            <Panel title="Deliveries" flush>
              {event.deliveries.nodes.length > 0 ? (
                <DataTable
                  label="Deliveries"
                  columns={deliveryColumns({ columns: shown, webhook: true, manage: rights.manage })}
                  rows={event.deliveries.nodes}
                  version={(row) => row.updatedAt}
                />
              ) : (
                <Empty title="No webhook got it">Below it says why, webhook by webhook.</Empty>
              )}
              {event.deliveries.pageInfo.hasNextPage ? (
                <p className="dim" style={{ padding: "0 14px" }}>
                  The 50 newest are shown.{" "}
                  <Link to="/deliveries" search={{ event: [event.id] }}>
                    See all deliveries of this event
                  </Link>
                </p>
              ) : null}
            </Panel>
          ) : null}
          {event.decisions ? (
            <Explain decisions={event.decisions.nodes} page={event.decisions.pageInfo} onGo={onGo} />
          ) : null}
        </div>
        <Panel title="Details">
          <EventFacts event={event} />
        </Panel>
      </div>
    </>
  );
}

function EventActions({ event, refetch }: { event: NonNullable<EventQuery["event"]>; refetch: () => void }) {
  const { rights } = useSigned();
  const payloadKept = event.payload !== null && event.payload !== undefined;
  const release = useAction(ReleaseDocument, released);
  const expunge = useAction(ExpungeDocument, expunged);
  return (
    <>
      {event.quarantinedAt && rights.publish ? (
        <Button
          loading={release.busy}
          onClick={() =>
            void release.run({ eventId: event.id, skipValidation: true }, "Released: it is sent as if it were published now.").then(refetch)
          }
        >
          Release and send
        </Button>
      ) : null}
      {rights.manage && !event.test && !event.quarantinedAt && payloadKept ? <SendAgain eventId={event.id} /> : null}
      {rights.admin && event.payload !== null && !event.expungedAt ? (
        <Confirm
          button="Erase the payload"
          title="Erase this payload everywhere?"
          confirm="Erase"
          onConfirm={() => expunge.run({ eventId: event.id }, "The payload was erased.").then(refetch)}
        >
          The payload is erased with the event, with events derived from it, and in what its deliveries sent and received.
          Deliveries under way are given up. It cannot be undone.
        </Confirm>
      ) : null}
    </>
  );
}

const link = (one: { id: string; type: string }) => (
  <div key={one.id}>
    <Link to="/events/$id" params={{ id: one.id }} className="mono">
      {one.type}
    </Link>
  </div>
);

function EventFacts({ event }: { event: NonNullable<EventQuery["event"]> }) {
  return (
    <Facts
      of={[
        ["Type", <EventTypeLink key="t" name={event.type} />],
        ["Occurred", <Time key="o" at={event.occurredAt} />],
        ["Published", <Time key="p" at={event.createdAt} />],
        ["Test", event.test ? <Chip key="x" tone="info">test</Chip> : "No"],
        ["Idempotency key", event.idempotencyKey ? <code key="i" className="mono">{event.idempotencyKey}</code> : "–"],
        ["Resources", event.resourceIds.length > 0 ? event.resourceIds.join(", ") : "–"],
        ["Derived from", event.sourceEvent ? link(event.sourceEvent) : "–"],
        ["Derived events", event.derivedEvents.length > 0 ? event.derivedEvents.map(link) : "–"],
      ]}
    />
  );
}
