import { Button } from "@mantine/core";
import { IconExternalLink } from "@tabler/icons-react";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { useQuery } from "urql";
import { Id } from "~/components/Copy";
import { Facts, PageHead, Panel } from "~/components/Page";
import { pageAt, Pager, type Place } from "~/components/Pager";
import { Failed, Loading, NotFound } from "~/components/States";
import { Chip, StageChip } from "~/components/Status";
import { Countdown, Time } from "~/components/Time";
import { useLiveDeliveries, useRefetchAfterOutage } from "~/hooks/useLiveDeliveries";
import { useSigned } from "~/hooks/useViewer";
import type { DeliveryQuery } from "~/gql/graphql";
import { signaturesOf } from "~/lib/signatures";
import { heldWords, words } from "~/lib/status";
import { AttemptView } from "./AttemptView";
import { DeliveryActions } from "./DeliveryActions";
import { DeliveryDocument } from "./documents";
import { SignatureCheck } from "./SignatureCheck";
import { Timeline } from "./Timeline";

const route = getRouteApi("/deliveries/$id");
const PAGE = 50;

export function DeliveryPage() {
  const { id } = route.useParams();
  const { organization } = useSigned();
  // Where the list of attempts stands. Hardly any delivery has more than a page of them.
  const [place, setPlace] = useState<Place>({});
  const [{ data, error, fetching }, reload] = useQuery({
    query: DeliveryDocument,
    variables: { id, ...pageAt(place, PAGE) },
  });
  const refetch = () => reload({ requestPolicy: "network-only" });
  const eventId = data?.delivery?.eventId;
  useLiveDeliveries({ organizationId: organization.id, eventId, paused: !eventId }, refetch, (update) => {
    if (update.id === id) refetch();
  });
  useRefetchAfterOutage(refetch);

  if (!data && error) return <Failed error={error} retry={refetch} whole />;
  if (!data && fetching) return <Loading />;
  if (!data?.delivery) return <NotFound what="delivery" />;
  return <Details delivery={data.delivery} onGo={setPlace} />;
}

interface Props {
  delivery: NonNullable<DeliveryQuery["delivery"]>;
  onGo: (place: Place) => void;
}

function Details({ delivery, onGo }: Props) {
  const attempts = delivery.attempts.nodes;
  const [picked, pick] = useState<string | null>(null);
  const attempt = attempts.find((one) => one.id === picked) ?? attempts[0];
  const { rights } = useSigned();
  const { secrets, settings } = delivery.webhook;
  const signatures = attempt ? signaturesOf(settings.signatures, attempt.request.headers, secrets, attempt.startedAt) : [];
  return (
    <>
      <PageHead
        title={delivery.eventType}
        note={
          <>
            Delivery <Id id={delivery.id} whole /> to{" "}
            <Link to="/webhooks/$id" params={{ id: delivery.webhook.id }}>
              {delivery.webhook.name}
            </Link>
          </>
        }
      >
        {rights.manage ? <DeliveryActions delivery={delivery} /> : null}
        {delivery.temporalUrl ? (
          <Button
            component="a"
            href={delivery.temporalUrl}
            target="_blank"
            rel="noreferrer"
            variant="default"
            rightSection={<IconExternalLink size={14} />}
          >
            Open in Temporal
          </Button>
        ) : null}
      </PageHead>
      <div className="split">
        <div className="stack">
          {attempt ? (
            <AttemptView key={attempt.id} attempt={attempt} signatures={signatures} />
          ) : (
            <Panel title="No attempt yet">
              <p className="dim" style={{ margin: 0 }}>
                {delivery.heldReason
                  ? `It is held: ${heldWords[delivery.heldReason].toLowerCase()}.`
                  : "The first request is about to be made. It shows up here by itself."}
              </p>
            </Panel>
          )}
          <SignatureCheck signatures={delivery.webhook.settings.signatures} />
        </div>
        <div className="stack">
          <Panel title="Timeline" flush>
            <Timeline delivery={delivery} picked={attempt?.id ?? null} onPick={pick} />
            <div style={{ padding: "0 14px 10px" }}>
              <Pager page={delivery.attempts.pageInfo} onGo={onGo} />
            </div>
          </Panel>
          <Panel title="Details">
            <DeliveryFacts delivery={delivery} />
          </Panel>
        </div>
      </div>
    </>
  );
}

function DeliveryFacts({ delivery }: { delivery: NonNullable<DeliveryQuery["delivery"]> }) {
  return (
    <Facts
      of={[
        ["Status", <StageChip key="s" stage={delivery.stage} name={delivery.stageName} />],
        ...(delivery.heldReason ? [["Held because", heldWords[delivery.heldReason]] as [string, string]] : []),
        [
          "Event",
          <Link key="e" to="/events/$id" params={{ id: delivery.eventId }} className="mono">
            {delivery.eventId}
          </Link>,
        ],
        ["Origin", delivery.event?.test ? <Chip key="o" tone="info">test</Chip> : words(delivery.origin)],
        ["Subscription", delivery.subscription ? <code key="b" className="mono">{delivery.subscription.eventType}</code> : "–"],
        ["Attempts", `${delivery.attemptCount} of ${delivery.maxAttempts} at most`],
        ["Next attempt", delivery.nextAttemptAt ? <Countdown key="n" to={delivery.nextAttemptAt} /> : "–"],
        ["Occurred", <Time key="oc" at={delivery.event?.occurredAt} />],
        ["Created", <Time key="c" at={delivery.createdAt} />],
        ["Processed", <Time key="p" at={delivery.completedAt ?? delivery.lastAttempt?.startedAt} />],
        ["URL", <span key="u" className="mono">{delivery.webhook.url}</span>],
      ]}
    />
  );
}
