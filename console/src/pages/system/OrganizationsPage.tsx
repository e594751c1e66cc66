import { Button, Modal, TextInput } from "@mantine/core";
import { useDebouncedCallback, useDisclosure } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useQuery } from "urql";
import { Id } from "~/components/Copy";
import { type Column, DataTable } from "~/components/DataTable";
import { PageHead } from "~/components/Page";
import { Pager } from "~/components/Pager";
import { Empty, Failed, Forbidden, Loading } from "~/components/States";
import { Time } from "~/components/Time";
import type { OrganizationListQuery } from "~/gql/graphql";
import { useSigned } from "~/hooks/useViewer";
import { OrganizationListDocument } from "./documents";
import { OrganizationForm } from "./OrganizationForm";

type Row = OrganizationListQuery["organizations"]["nodes"][number];

const route = getRouteApi("/organizations");
const PAGE = 20;

export function OrganizationsPage() {
  const { rights } = useSigned();
  return rights.operate ? <Organizations /> : <Forbidden />;
}

function Organizations() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { choose } = useSigned();
  const [opened, { open, close }] = useDisclosure(false);
  const [text, setText] = useState(search.search ?? "");
  const paging = search.before ? { last: PAGE, before: search.before } : { first: PAGE, after: search.after };
  const filter = useMemo(() => ({ search: search.search }), [search.search]);
  const [{ data, error }, reload] = useQuery({ query: OrganizationListDocument, variables: { filter, ...paging } });
  const narrow = useDebouncedCallback((next: string) => void navigate({ search: { search: next || undefined } }), 250);
  const page = data?.organizations;

  function lookAt(id: string) {
    choose(id);
    void navigate({ to: "/" });
  }

  return (
    <>
      <PageHead title="Organizations" note="Everybody who uses this platform. Choose one to look at it.">
        <Button leftSection={<IconPlus size={15} />} onClick={open}>
          New organization
        </Button>
      </PageHead>
      <div className="filters" role="search" aria-label="Filters">
        <TextInput
          data-filter
          size="xs"
          w={280}
          aria-label="Search"
          placeholder="Name, slug or id"
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            narrow(event.currentTarget.value);
          }}
        />
      </div>
      <div className="panel">
        {!page && error ? <Failed error={error} retry={() => reload({ requestPolicy: "network-only" })} /> : null}
        {!page && !error ? <Loading /> : null}
        {page?.nodes.length === 0 ? <Empty title="No organization matches">Search for another name, slug or id.</Empty> : null}
        {page && page.nodes.length > 0 ? <DataTable label="Organizations" columns={organizationColumns(lookAt)} rows={page.nodes} /> : null}
      </div>
      <Pager page={page?.pageInfo} onGo={(to) => void navigate({ search: { ...search, ...to } })} />
      <Modal opened={opened} onClose={close} title="New organization">
        <OrganizationForm onDone={lookAt} />
      </Modal>
    </>
  );
}

function organizationColumns(lookAt: (id: string) => void): Column<Row>[] {
  return [
    {
      title: "Name",
      cell: (row) => (
        <button type="button" className="linklike" style={{ fontWeight: 600 }} onClick={() => lookAt(row.id)}>
          {row.name}
        </button>
      ),
    },
    { title: "Id", cell: (row) => <Id id={row.id} /> },
    { title: "Slug", cell: (row) => <code className="mono">{row.slug}</code> },
    { title: "Profile", cell: (row) => row.profile.title },
    { title: "Webhooks", className: "right num", cell: webhookCount },
    { title: "Created", cell: (row) => <Time at={row.createdAt} /> },
  ];
}

// The server counts none, so what one page does not hold is "more than".
function webhookCount({ webhooks, limits }: Row) {
  const some = webhooks?.nodes.length ?? 0;
  return `${webhooks?.pageInfo.hasNextPage ? "more than " : ""}${some} of ${limits.maxWebhooks}`;
}
