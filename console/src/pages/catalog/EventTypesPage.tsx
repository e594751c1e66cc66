import { Button, Modal, Switch } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useQuery } from "urql";
import { type Column, DataTable } from "~/components/DataTable";
import { PageHead, Panel } from "~/components/Page";
import { Pager } from "~/components/Pager";
import { Empty, Failed, Loading } from "~/components/States";
import { Chip } from "~/components/Status";
import { graphql } from "~/gql";
import type { EventTypeRowFragment } from "~/gql/graphql";
import { useSigned } from "~/hooks/useViewer";
import { words } from "~/lib/status";
import { EventTypeForm } from "./EventTypeForm";

const EventTypesDocument = graphql(`
  query EventTypes($id: ID!, $archived: Boolean, $first: Int, $after: String, $last: Int, $before: String) {
    organization(id: $id) {
      id
      eventTypes(first: $first, after: $after, last: $last, before: $before, filter: { includeArchived: $archived }) {
        nodes {
          ...EventTypeRow
        }
        pageInfo {
          hasNextPage
          hasPreviousPage
          startCursor
          endCursor
        }
      }
    }
    operationalEventTypes {
      name
      description
    }
  }
  fragment EventTypeRow on EventType {
    id
    name
    description
    group
    derivedFrom
    schemaValidation
    deprecation
    archivedAt
    schema {
      version
    }
  }
`);

const route = getRouteApi("/event-types");
const PAGE = 50;

const columns: Column<EventTypeRowFragment>[] = [
  {
    title: "Name",
    cell: (row) => (
      <Link to="/event-types/$id" params={{ id: row.id }} className="mono" style={{ fontWeight: 600 }}>
        {row.name}
      </Link>
    ),
  },
  { title: "Group", cell: (row) => row.group ?? <span className="dim">–</span> },
  { title: "Description", className: "wide", cell: (row) => <span title={row.description ?? ""}>{row.description ?? "–"}</span> },
  { title: "Schema", cell: (row) => (row.schema ? `version ${row.schema.version}` : <span className="dim">any object</span>) },
  { title: "On mismatch", cell: (row) => (row.schema ? words(row.schemaValidation) : <span className="dim">–</span>) },
  {
    title: "State",
    cell: (row) => (
      <span style={{ display: "inline-flex", gap: 4 }}>
        {row.archivedAt ? <Chip tone="mute">archived</Chip> : null}
        {row.deprecation ? <Chip tone="warn">deprecated</Chip> : null}
        {row.derivedFrom ? <Chip tone="info">derived</Chip> : null}
        {!row.archivedAt && !row.deprecation && !row.derivedFrom ? <Chip tone="ok">in use</Chip> : null}
      </span>
    ),
  },
];

export function EventTypesPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { organization, rights } = useSigned();
  const [opened, { open, close }] = useDisclosure(false);
  const paging = search.before ? { last: PAGE, before: search.before } : { first: PAGE, after: search.after };
  const [{ data, error, fetching }, reload] = useQuery({
    query: EventTypesDocument,
    variables: { id: organization.id, archived: search.archived ?? false, ...paging },
  });
  const refetch = () => reload({ requestPolicy: "network-only" });
  const page = data?.organization?.eventTypes;
  const create = rights.catalog ? (
    <Button leftSection={<IconPlus size={15} />} onClick={open}>
      New event type
    </Button>
  ) : null;
  return (
    <>
      <PageHead title="Event types" note="The catalog: what can happen, and what it looks like.">
        <Switch
          size="xs"
          label="Archived, too"
          checked={search.archived ?? false}
          onChange={(event) => void navigate({ search: { archived: event.currentTarget.checked || undefined } })}
        />
        {create}
      </PageHead>
      <div className="stack">
        <div className="panel">
          {!page && error ? <Failed error={error} retry={refetch} /> : null}
          {!page && !error && fetching ? <Loading /> : null}
          {page?.nodes.length === 0 ? (
            <Empty title="The catalog is empty" action={create}>
              Event types are what webhooks subscribe to. Add one for each kind of thing that your application tells.
            </Empty>
          ) : null}
          {page && page.nodes.length > 0 ? <DataTable label="Event types" columns={columns} rows={page.nodes} /> : null}
        </div>
        <Pager page={page?.pageInfo} onGo={(to) => void navigate({ search: { ...search, ...to } })} />
        {data ? (
          <Panel title="Surehook's own">
            <dl className="facts">
              {data.operationalEventTypes.map((one) => (
                <Own key={one.name} name={one.name} description={one.description} />
              ))}
            </dl>
          </Panel>
        ) : null}
      </div>
      <Modal opened={opened} onClose={close} title="New event type" size="lg">
        <EventTypeForm
          onDone={() => {
            close();
            refetch();
          }}
        />
      </Modal>
    </>
  );
}

function Own({ name, description }: { name: string; description: string }) {
  return (
    <>
      <dt className="mono">{name}</dt>
      <dd>{description}</dd>
    </>
  );
}
