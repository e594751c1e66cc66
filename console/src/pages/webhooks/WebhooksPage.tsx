import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { useQuery } from "urql";
import { DataTable } from "~/components/DataTable";
import { HelpButton } from "~/components/HelpTexts";
import { PageHead } from "~/components/Page";
import { Pager } from "~/components/Pager";
import { Empty, Failed, Forbidden, Loading } from "~/components/States";
import { useLive } from "~/hooks/useLive";
import { useLiveDeliveries, useRefetchAfterOutage } from "~/hooks/useLiveDeliveries";
import { useProfile } from "~/hooks/useProfile";
import { useSoon } from "~/hooks/useSoon";
import { useStatsSpan } from "~/hooks/useStatsSpan";
import { useSigned } from "~/hooks/useViewer";
import { CallbacksButton } from "./CallbacksButton";
import { WebhooksDocument, WebhookUpdated } from "./documents";
import { webhookColumns } from "./presented";

const route = getRouteApi("/webhooks");
// As many as an organization has unless its limit was raised. More would make the query with their figures too costly.
const PAGE = 25;

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
  // Attempts change what is said of a webhook, but are no change of it.
  const soon = useSoon(refetch, 2_000);
  useLiveDeliveries({ organizationId: organization.id, paused: !rights.view }, soon, soon);
  useRefetchAfterOutage(refetch);
  const { profile } = useProfile();
  const shown = profile?.presentation;
  const columns = useMemo(() => webhookColumns(shown?.listColumns ?? []), [shown]);
  if (!rights.view) return <Forbidden />;

  const create =
    shown?.webhookForm === "CALLBACK_URLS" ? (
      <CallbacksButton title={shown.formTitle} onSaved={refetch} />
    ) : (
      <Button leftSection={<IconPlus size={15} />} onClick={() => void navigate({ to: "/webhooks/new" })}>
        {shown?.formTitle ?? "New webhook"}
      </Button>
    );
  return (
    <>
      <PageHead
        title={shown?.webhooksTitle ?? "Webhooks"}
        note={`Where events are sent. Up to ${data?.organization?.limits.maxWebhooks.toLocaleString("en") ?? "…"} of them.`}
      >
        <Link to="/webhooks" search={{}} activeOptions={{ exact: true }} className="nav">All</Link>
        <Link to="/webhooks" search={{ status: ["DISABLED", "PAUSED"] }} className="nav">Not active</Link>
        <HelpButton />
        {rights.manage && shown ? create : null}
      </PageHead>
      <div className="panel">
        {!rows && error ? <Failed error={error} retry={refetch} /> : null}
        {(!rows && !error && fetching) || (rows && !shown) ? <Loading /> : null}
        {rows?.length === 0 ? (
          search.status ? (
            <Empty title="All webhooks are active" />
          ) : (
            <Empty title="No webhook yet" action={rights.manage ? create : undefined}>
              A webhook is a URL that is told of events. Create one, subscribe it to event types, and send a test.
            </Empty>
          )
        ) : null}
        {rows && rows.length > 0 && shown ? <DataTable label="Webhooks" columns={columns} rows={rows} /> : null}
      </div>
      <Pager page={page?.pageInfo} onGo={(to) => void navigate({ to: "/webhooks", search: { ...search, ...to } })} />
    </>
  );
}
