import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { useQuery } from "urql";
import { HelpTexts } from "~/components/HelpTexts";
import { Facts, Panel } from "~/components/Page";
import { StatsPanel } from "~/components/StatsPanel";
import { Time } from "~/components/Time";
import { graphql } from "~/gql";
import { useProfile } from "~/hooks/useProfile";
import { useStatsSpan } from "~/hooks/useStatsSpan";
import { count, percent } from "~/lib/format";
import { spanOf } from "~/lib/stats";
import { words } from "~/lib/status";
import { span, took } from "~/lib/time";
import { webhookFacts } from "./presented";
import type { Webhook } from "./WebhookPage";
import { SignatureCheck } from "../deliveries/SignatureCheck";

const route = getRouteApi("/webhooks/$id");

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
  const chosen = spanOf(route.useSearch());
  const navigate = useNavigate();
  const when = useStatsSpan(chosen);
  const variables = useMemo(() => ({ id, ...when }), [id, when]);
  const [{ data, error }] = useQuery({ query: WebhookStatsDocument, variables });
  const stats = data?.webhook?.stats;
  return (
    <StatsPanel
      span={chosen}
      onSpan={(next) => void navigate({ to: "/webhooks/$id", params: { id }, search: { span: next }, replace: true })}
      stats={stats}
      error={error?.message}
      figures={[
        ["Succeeded", count(stats?.succeeded ?? 0)],
        ["Failed", count(stats?.failed ?? 0)],
        ["Success rate", percent(stats?.successRate)],
        ["Half answer within", took(stats?.p50DurationMs)],
        ["95% within", took(stats?.p95DurationMs)],
      ]}
    >
      {stats && stats.responses.length > 0 ? (
        <div style={{ display: "flex", gap: 8, flexWrap: "wrap", marginTop: 10, fontSize: 12.5 }}>
          <span className="dim">Responses:</span>
          {stats.responses.map((one) => (
            <span key={one.statusCode ?? 0} className="num">
              <strong>{one.statusCode ?? "none"}</strong> × {count(one.attempts)}
            </span>
          ))}
        </div>
      ) : null}
    </StatsPanel>
  );
}
