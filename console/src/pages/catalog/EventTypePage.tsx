import { Button, Tabs } from "@mantine/core";
import { getRouteApi, Link, Navigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useQuery } from "urql";
import { Id } from "~/components/Copy";
import { Facts, PageHead, Panel } from "~/components/Page";
import { Payload } from "~/components/Payload";
import { Failed, Loading, NotFound } from "~/components/States";
import { Time } from "~/components/Time";
import { graphql } from "~/gql";
import type { ArchiveMutation, EventTypeDetailsFragment } from "~/gql/graphql";
import { useAction } from "~/hooks/useAction";
import { useSigned } from "~/hooks/useViewer";
import { kindOf } from "~/lib/ids";
import { EventTypeLink } from "./EventTypeLink";
import { validations } from "./EventTypeForm";

const EventTypeDocument = graphql(`
  query EventType($id: ID!) {
    node(id: $id) {
      __typename
      id
      ...EventTypeDetails
    }
  }
  fragment EventTypeDetails on EventType {
    ...EventTypeRow
    when
    createdAt
    updatedAt
    schemas {
      version
      schema
      createdAt
    }
    samples {
      name
      payload
    }
  }
`);

const NamedEventTypeDocument = graphql(`
  query NamedEventType($organizationId: ID!, $name: String!) {
    eventType(organizationId: $organizationId, name: $name) {
      id
    }
  }
`);

const ArchiveDocument = graphql(`
  mutation Archive($input: ArchiveEventTypeInput!) {
    archiveEventType(input: $input) {
      eventType {
        ...EventTypeRow
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`);

const archived = (data: ArchiveMutation) => data.archiveEventType;
const route = getRouteApi("/event-types/$id");

/** An event type by its id. Its name would not do in an address: one such as site.map looks like a file. */
export function EventTypePage() {
  const { id } = route.useParams();
  const { name } = route.useSearch();
  return kindOf(id) === "typ" ? <ById id={id} /> : <ByName name={name ?? id} />;
}

function ById({ id }: { id: string }) {
  const [{ data, error, fetching }, reload] = useQuery({ query: EventTypeDocument, variables: { id } });
  if (!data && error) return <Failed error={error} retry={() => reload({ requestPolicy: "network-only" })} whole />;
  if (!data && fetching) return <Loading />;
  if (data?.node?.__typename !== "EventType") return <NotFound what="event type" />;
  return <Details type={data.node} />;
}

function ByName({ name }: { name: string }) {
  const { organization } = useSigned();
  const variables = { organizationId: organization.id, name };
  const [{ data, error, fetching }, reload] = useQuery({ query: NamedEventTypeDocument, variables });
  if (!data && error) return <Failed error={error} retry={() => reload({ requestPolicy: "network-only" })} whole />;
  if (!data && fetching) return <Loading />;
  if (!data?.eventType) return <NotFound what="event type" />;
  return <Navigate to="/event-types/$id" params={{ id: data.eventType.id }} search={{}} replace />;
}

function Details({ type }: { type: EventTypeDetailsFragment }) {
  const { rights } = useSigned();
  const archive = useAction(ArchiveDocument, archived);
  const put = !type.archivedAt;
  return (
    <>
      <PageHead title={type.name} note={type.description}>
        <Link to="/events" search={{ type: [type.name] }} className="nav">
          Its events
        </Link>
        {rights.catalog ? (
          <Button
            variant="default"
            loading={archive.busy}
            onClick={() => void archive.run({ id: type.id, archived: put }, put ? "Archived: such events are refused now." : "Back in use.")}
          >
            {put ? "Archive" : "Take back into use"}
          </Button>
        ) : null}
      </PageHead>
      <div className="split">
        <div className="stack">
          <Panel title="JSON Schema">
            {type.schemas.length === 0 ? (
              <p className="dim" style={{ margin: 0 }}>None: any object will do.</p>
            ) : (
              <Tabs defaultValue={String(type.schemas[0]?.version)} keepMounted={false}>
                <Tabs.List mb="sm" aria-label="Versions">
                  {type.schemas.map((one) => (
                    <Tabs.Tab key={one.version} value={String(one.version)}>
                      Version {one.version}
                    </Tabs.Tab>
                  ))}
                </Tabs.List>
                {type.schemas.map((one) => (
                  <Tabs.Panel key={one.version} value={String(one.version)}>
                    <Payload body={JSON.stringify(one.schema)} label={`schema version ${one.version}`} name={`${type.name}.schema.json`} />
                  </Tabs.Panel>
                ))}
              </Tabs>
            )}
          </Panel>
          <Panel title="Samples">
            {type.samples.length === 0 ? <p className="dim" style={{ margin: 0 }}>None.</p> : null}
            <div className="stack">
              {type.samples.map((one) => (
                <div key={one.name}>
                  <strong>{one.name}</strong>
                  <Payload body={JSON.stringify(one.payload)} label={`sample ${one.name}`} name={`${one.name}.json`} />
                </div>
              ))}
            </div>
          </Panel>
        </div>
        <Panel title="Details">
          <Facts
            of={[
              ["Id", <Id key="i" id={type.id} />],
              ["Group", type.group ?? "–"],
              ["On mismatch", validations.find((one) => one.value === type.schemaValidation)?.label ?? "–"],
              ...(type.derivedFrom
                ? ([
                    ["Derived from", <EventTypeLink key="d" name={type.derivedFrom} />],
                    ["When", <code key="w" className="mono">{type.when}</code>],
                  ] as [string, ReactNode][])
                : []),
              ["Deprecated", type.deprecation ?? "No"],
              ["Archived", type.archivedAt ? <Time key="a" at={type.archivedAt} /> : "No"],
              ["Created", <Time key="c" at={type.createdAt} />],
              ["Changed", <Time key="u" at={type.updatedAt} />],
            ]}
          />
        </Panel>
      </div>
    </>
  );
}
