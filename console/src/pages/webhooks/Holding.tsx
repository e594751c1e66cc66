import { IconHandStop } from "@tabler/icons-react";
import { Confirm } from "~/components/Confirm";
import { Countdown, Time } from "~/components/Time";
import type { DropHeldMutation } from "~/gql/graphql";
import { useAction } from "~/hooks/useAction";
import { useSigned } from "~/hooks/useViewer";
import { count } from "~/lib/format";
import { heldWords, words } from "~/lib/status";
import { DropDocument } from "./stateDocuments";
import type { Webhook } from "./WebhookPage";

const dropped = (data: DropHeldMutation) => data.dropHeldDeliveries;

/** Why deliveries of a webhook wait, how many, and what can be done with them. Nothing while none do. */
export function Holding({ webhook, refetch }: { webhook: Webhook; refetch: () => void }) {
  const { rights } = useSigned();
  const drop = useAction(DropDocument, dropped);
  const { holding, heldDeliveryCount: held } = webhook;
  if (!holding && held === 0) return null;
  return (
    <section
      className="panel"
      aria-label="Held deliveries"
      style={{ padding: "10px 14px", marginBottom: 16, display: "flex", gap: 12, alignItems: "center", flexWrap: "wrap" }}
    >
      <IconHandStop size={20} aria-hidden style={{ color: "var(--warn)" }} />
      <div style={{ flex: 1, minWidth: 220 }}>
        <strong>{held === 1 ? "One delivery is held." : `${count(held)} deliveries are held.`}</strong>{" "}
        {holding ? (
          <span className="dim">
            {heldWords[holding.reason]}, since <Time at={holding.since} />.
            {webhook.disabledReason ? ` ${words(webhook.disabledReason)}.` : ""}
            {holding.nextProbeAt ? (
              <>
                {" "}
                Next try <Countdown to={holding.nextProbeAt} />
                {holding.failedProbes > 0 ? `, ${holding.failedProbes} failed before` : ""}.
              </>
            ) : null}
          </span>
        ) : null}
        {webhook.oldestHeldDeliveryAt ? (
          <span className="dim">
            {" "}
            The oldest is from <Time at={webhook.oldestHeldDeliveryAt} />.
          </span>
        ) : null}
      </div>
      {rights.manage && held > 0 && !webhook.deletedAt ? (
        <Confirm
          subtle
          button="Give them up"
          title={`Give up ${count(held)} held deliveries?`}
          confirm="Give up"
          {...(held > 1_000 ? { typed: String(held) } : {})}
          onConfirm={() => drop.run({ webhookId: webhook.id }, "Given up. Each can be retried by hand.").then(refetch)}
        >
          What is held for {webhook.name} is not sent. It cannot be undone, but each delivery can be retried by hand.
        </Confirm>
      ) : null}
    </section>
  );
}
