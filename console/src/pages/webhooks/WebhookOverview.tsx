import { lazy, type ReactNode, Suspense, useMemo, useState } from "react";
import { useQuery } from "urql";
import { Figure } from "~/components/Figure";
import { HelpTexts } from "~/components/HelpTexts";
import { Facts, Panel } from "~/components/Page";
import { SegmentedControl, Skeleton } from "@mantine/core";
import { Time } from "~/components/Time";
import { graphql } from "~/gql";
import { useProfile } from "~/hooks/useProfile";
import { count, percent } from "~/lib/format";
import { statsSpan, type StatsSpan, statsSpans } from "~/lib/stats";
import { words } from "~/lib/status";
import { millis, span } from "~/lib/time";
import { webhookFacts } from "./presented";
import type { Webhook } from "./WebhookPage";
import { SignatureCheck } from "../deliveries/SignatureCheck";

const Chart = lazy(() => import("~/components/DeliveriesChart"));

export const StatsFields = graphql(`
  fragment Stats on DeliveryStats {
    succeeded
    failed
    attempts
    retries
    successRate
    p50DurationMs
    p95DurationMs
    p99DurationMs
    buckets {
      start
      succeeded
      failed
      canceled
    }
    responses {
      statusCode
      attempts
    }
  }
`);

const WebhookStatsDocument = graphql(`
  query WebhookStats($id: ID!, $range: DateTimeRange!, $granularity: Granularity!) {
    webhook(id: $id) {
      id
      stats(range: $range, granularity: $granularity) {
        ...Stats
      }
    }
  }
`);

export function WebhookOverview({ webhook }: { webhook: Webhook }) {
  const settings = webhook.settings;
  const policy = settings.retryPolicy;
  const { profile } = useProfile();
  const shown = profile?.presentation.detailFields ?? [];
  const bad = webhook.lastAttemptStatus === "FAILED";
  const failing: [string, ReactNode][] = webhook.failingSince
    ? [["Failing since", <Time key="f" at={webhook.failingSince} />]]
    : [];
  return (
    <div className="split">
      <div className="stack">
        <Figures id={webhook.id} />
        <SignatureCheck signatures={settings.signatures} />
      </div>
      <div className="stack">
        <Panel title="Details">
          <Facts of={[...webhookFacts(shown, webhook), ...failing]} />
        </Panel>
        {bad ? (
          <Panel title="If deliveries keep failing">
            <HelpTexts />
          </Panel>
        ) : null}
        <Panel title="How it talks">
          <Facts
            of={[
              ["Method", settings.method],
              ["Timeout", span(settings.timeoutSeconds)],
              ["Signature", settings.signatures.map((one) => words(one.scheme)).join(", ") || "None"],
              ["Authentication", webhook.auth ? words(webhook.auth.type) : "None"],
              ["Custom headers", webhook.customHeaders.map((one) => one.name).join(", ") || "None"],
              [
                "Retries",
                policy.enabled && policy.delaysSeconds.length > 0
                  ? `after ${policy.delaysSeconds.map((one) => span(one)).join(", ")}`
                  : "None by itself",
              ],
              ["Tried again", policy.enabled ? policy.retryOn.map((one) => words(one)).join(", ") : "–"],
              ["Rate", settings.maxRequestsPerSecond > 0 ? `${settings.maxRequestsPerSecond} per second` : "No limit"],
            ]}
          />
        </Panel>
      </div>
    </div>
  );
}

function Figures({ id }: { id: string }) {
  const [name, setName] = useState<StatsSpan>("24h");
  const variables = useMemo(() => ({ id, ...statsSpan(name, Date.now()) }), [id, name]);
  const [{ data, error }] = useQuery({ query: WebhookStatsDocument, variables });
  const stats = data?.webhook?.stats;
  return (
    <Panel
      title="Deliveries"
      actions={
        <SegmentedControl size="xs" aria-label="Span" data={statsSpans} value={name} onChange={(value) => setName(value as StatsSpan)} />
      }
    >
      {error && !stats ? <p className="dim">The figures could not be loaded: {error.message}</p> : null}
      {stats ? (
        <>
          <div className="tiles" style={{ marginBottom: 14 }}>
            <Figure name="Succeeded" value={count(stats.succeeded)} />
            <Figure name="Failed" value={count(stats.failed)} />
            <Figure name="Success rate" value={percent(stats.successRate)} />
            <Figure name="Half answer within" value={stats.p50DurationMs ? millis(stats.p50DurationMs) : "–"} />
            <Figure name="95% within" value={stats.p95DurationMs ? millis(stats.p95DurationMs) : "–"} />
          </div>
          <Suspense fallback={<Skeleton height={220} />}>
            <Chart buckets={stats.buckets} />
          </Suspense>
          {stats.responses.length > 0 ? (
            <div style={{ display: "flex", gap: 8, flexWrap: "wrap", marginTop: 10, fontSize: 12.5 }}>
              <span className="dim">Responses:</span>
              {stats.responses.map((one) => (
                <span key={one.statusCode ?? 0} className="num">
                  <strong>{one.statusCode ?? "none"}</strong> × {count(one.attempts)}
                </span>
              ))}
            </div>
          ) : null}
        </>
      ) : (
        <Skeleton height={300} />
      )}
    </Panel>
  );
}
