import { Alert, Tabs } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { useCallback } from "react";
import { useQuery } from "urql";
import { Id } from "~/components/Copy";
import { PageHead } from "~/components/Page";
import { Empty, Failed, Loading, NotFound } from "~/components/States";
import type { WebhookQuery } from "~/gql/graphql";
import { useLive } from "~/hooks/useLive";
import { useLiveDeliveries, useRefetchAfterOutage } from "~/hooks/useLiveDeliveries";
import { useProfile } from "~/hooks/useProfile";
import { useSoon } from "~/hooks/useSoon";
import { useSigned } from "~/hooks/useViewer";
import { DeliveryLog } from "../deliveries/DeliveryLog";
import { WebhookDocument, WebhookUpdated } from "./documents";
import { Holding } from "./Holding";
import { RecoveryTab } from "./RecoveryTab";
import { SecretsTab } from "./SecretsTab";
import { SettingsTab } from "./SettingsTab";
import { SubscriptionsTab } from "./SubscriptionsTab";
import { tabs, type WebhookSearch, type WebhookTab } from "./tabs";
import { TestTab } from "./TestTab";
import { WebhookActions } from "./WebhookActions";
import { WebhookOverview } from "./WebhookOverview";

export type Webhook = NonNullable<WebhookQuery["webhook"]>;

const route = getRouteApi("/webhooks/$id");

export function WebhookPage() {
  const { id } = route.useParams();
  const { organization } = useSigned();
  const [{ data, error, fetching }, reload] = useQuery({ query: WebhookDocument, variables: { id } });
  const refetch = useCallback(() => reload({ requestPolicy: "network-only" }), [reload]);
  useLive(WebhookUpdated, { organizationId: organization.id, webhookId: id }, false, refetch, refetch);
  const soon = useSoon(refetch);
  useLiveDeliveries({ organizationId: organization.id, webhookId: id }, soon, soon);
  useRefetchAfterOutage(refetch);
  if (!data && error) return <Failed error={error} retry={refetch} whole />;
  if (!data && fetching) return <Loading />;
  if (!data?.webhook) return <NotFound what="webhook" />;
  return <Details key={id} webhook={data.webhook} refetch={refetch} />;
}

function Details({ webhook, refetch }: { webhook: Webhook; refetch: () => void }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { rights } = useSigned();
  const { profile } = useProfile();
  const tab: WebhookTab = search.tab ?? "overview";
  const go = (next: WebhookSearch) => void navigate({ search: next });
  const gone = webhook.deletedAt !== null && webhook.deletedAt !== undefined;
  const shown = tabs.filter((one) => rights.manage || !one.manage).filter((one) => !gone || !one.manage);
  return (
    <>
      <PageHead title={webhook.name} note={<>Webhook <Id id={webhook.id} whole /></>}>
        {rights.manage && !gone ? <WebhookActions webhook={webhook} refetch={refetch} /> : null}
      </PageHead>
      {gone ? <Alert color="gray" mb="md" title="This webhook was deleted. Its log stays." /> : null}
      <Holding webhook={webhook} refetch={refetch} />
      <Tabs value={tab} onChange={(value) => go({ tab: (value ?? "overview") as WebhookTab })} keepMounted={false}>
        <Tabs.List mb="md" aria-label="Webhook">
          {shown.map((one) => (
            <Tabs.Tab key={one.name} value={one.name}>
              {one.name === "deliveries" ? (profile?.presentation.logTitle ?? one.title) : one.title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="overview">
          <WebhookOverview webhook={webhook} />
        </Tabs.Panel>
        <Tabs.Panel value="deliveries">
          <DeliveryLog
            search={search}
            onSearch={(next) => go({ ...next, tab: "deliveries" })}
            webhookId={webhook.id}
            empty={<Empty title="Nothing was sent to it yet">Send it a test, or publish an event that it is subscribed to.</Empty>}
          />
        </Tabs.Panel>
        <Tabs.Panel value="subscriptions">
          <SubscriptionsTab webhook={webhook} refetch={refetch} />
        </Tabs.Panel>
        {rights.manage && !gone ? (
          <>
            <Tabs.Panel value="settings">
              <SettingsTab key={webhook.updatedAt} webhook={webhook} />
            </Tabs.Panel>
            <Tabs.Panel value="secrets">
              <SecretsTab webhook={webhook} refetch={refetch} />
            </Tabs.Panel>
            <Tabs.Panel value="test">
              <TestTab webhook={webhook} />
            </Tabs.Panel>
            <Tabs.Panel value="recovery">
              <RecoveryTab webhook={webhook} />
            </Tabs.Panel>
          </>
        ) : null}
      </Tabs>
    </>
  );
}
