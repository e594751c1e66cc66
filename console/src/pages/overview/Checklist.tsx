import { Button } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { IconCircleCheckFilled, IconCircleDashed } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useCallback, type ReactNode } from "react";
import { useQuery } from "urql";
import { Copy } from "~/components/Copy";
import { Panel } from "~/components/Page";
import { useLive } from "~/hooks/useLive";
import { useLiveDeliveries } from "~/hooks/useLiveDeliveries";
import { useSigned } from "~/hooks/useViewer";
import { publishCurl } from "~/lib/curl";
import { EventPublished } from "../events/documents";
import { WebhookUpdated } from "../webhooks/documents";
import { ChecklistDocument } from "./documents";

/** Leads a newcomer to the first verified delivery. Each step ticks itself; when all have, it goes away. */
export function Checklist() {
  const { organization, rights } = useSigned();
  const [verified, setVerified] = useLocalStorage({ key: `surehook-verified-${organization.id}`, defaultValue: false });
  const [{ data }, reload] = useQuery({ query: ChecklistDocument, variables: { id: organization.id } });
  const found = data?.organization;
  const delivered = (found?.done.nodes.length ?? 0) > 0;
  const complete = delivered && verified;
  const refetch = useCallback(() => reload({ requestPolicy: "network-only" }), [reload]);
  const scope = { organizationId: organization.id };
  // What is done is not watched any more, or a busy organization would be asked for it a hundred times a second.
  useLive(WebhookUpdated, scope, (found?.webhooks.nodes.length ?? 0) > 0, refetch, refetch);
  useLive(EventPublished, scope, (found?.events.nodes.length ?? 0) > 0, refetch, refetch);
  useLiveDeliveries({ ...scope, paused: delivered }, refetch, (update) => {
    if (update.status === "SUCCEEDED") refetch();
  });
  if (!found || complete || !rights.manage) return null;

  const webhook = found.webhooks.nodes[0];
  const type = found.eventTypes.nodes.find((one) => !one.derivedFrom);
  const curl = type
    ? publishCurl({
        origin: window.location.origin,
        organizationId: organization.id,
        eventType: type.name,
        payload: type.samples[0]?.payload ?? { hello: "world" },
      })
    : null;
  return (
    <Panel title="From nothing to a verified delivery" flush>
      <ol className="timeline" aria-label="First steps">
        <Step
          done={webhook !== undefined}
          title="Create a webhook"
          text="A URL of yours that is told of events."
          action={<Link to="/webhooks/new">Create one</Link>}
        />
        <Step
          done={found.events.nodes.length > 0}
          title="Send it an event"
          text="A test, or one that you publish."
          action={
            webhook ? (
              <span style={{ display: "inline-flex", gap: 6, alignItems: "center" }}>
                <Link to="/webhooks/$id" params={{ id: webhook.id }} search={{ tab: "test" }}>
                  Send a test
                </Link>
                {curl ? <Copy value={curl} what="a command that publishes one" /> : null}
              </span>
            ) : null
          }
        />
        <Step
          done={delivered}
          title="Watch it arrive"
          text="The first delivery that its receiver accepts ticks this by itself."
          action={<Link to="/deliveries">Watch</Link>}
        />
        <Step
          done={verified}
          title="Verify the signature"
          text="Put the check of the webhook's page into your receiver."
          action={
            webhook ? (
              <span style={{ display: "inline-flex", gap: 10, alignItems: "center" }}>
                <Link to="/webhooks/$id" params={{ id: webhook.id }}>
                  Show me the code
                </Link>
                <Button size="compact-xs" variant="default" onClick={() => setVerified(true)}>
                  I did
                </Button>
              </span>
            ) : null
          }
        />
      </ol>
    </Panel>
  );
}

function Step({ done, title, text, action }: { done: boolean; title: string; text: string; action: ReactNode }) {
  return (
    <li>
      {done ? (
        <IconCircleCheckFilled size={18} style={{ color: "var(--ok)" }} aria-label="Done" role="img" />
      ) : (
        <IconCircleDashed size={18} aria-label="Not done yet" role="img" className="dim" />
      )}
      <span>
        <strong>{title}</strong>
        <span className="dim"> {text}</span>
      </span>
      <span>{done ? null : action}</span>
    </li>
  );
}
