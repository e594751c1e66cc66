import { SegmentedControl } from "@mantine/core";
import { useState } from "react";
import { Panel } from "~/components/Page";
import { since, spanNames } from "~/lib/search";
import { RecoverSince, ReplayMissingSince } from "../bulk/actions";
import type { Webhook } from "./WebhookPage";

/** For after an outage of the receiver. */
export function RecoveryTab({ webhook }: { webhook: Webhook }) {
  const [name, setName] = useState("24h");
  const start = () => since(name, Date.now()) ?? new Date().toISOString();
  return (
    <Panel title="After an outage">
      <div style={{ display: "flex", gap: 10, alignItems: "center", marginBottom: 16, flexWrap: "wrap" }}>
        <span>Of the last</span>
        <SegmentedControl size="xs" aria-label="Span" data={spanNames} value={name} onChange={setName} />
      </div>
      <div className="stack">
        <div>
          <p style={{ margin: "0 0 8px" }}>Deliveries that failed for good are tried once more.</p>
          <RecoverSince webhookId={webhook.id} since={start} />
        </div>
        <div>
          <p style={{ margin: "0 0 8px" }}>
            Events that were never for it are sent now, where its subscriptions want them: after a subscription was added too late.
          </p>
          <ReplayMissingSince webhookId={webhook.id} since={start} />
        </div>
      </div>
    </Panel>
  );
}
