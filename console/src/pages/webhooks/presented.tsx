import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Column } from "~/components/DataTable";
import { Sparkline } from "~/components/Sparkline";
import { AttemptChip, Chip, WebhookChip } from "~/components/Status";
import { Time } from "~/components/Time";
import type { WebhookField, WebhookRowFragment, WebhooksQuery } from "~/gql/graphql";
import type { Presentation } from "~/hooks/useProfile";
import { count, percent } from "~/lib/format";
import type { Webhook } from "./WebhookPage";

type Shown = Presentation["listColumns"];

const none = <span className="dim">–</span>;

type Row = NonNullable<WebhooksQuery["organization"]>["webhooks"]["nodes"][number];
type Fact = Exclude<WebhookField, "ACTIVITY">;

// What a list and a page say alike.
const said: Record<Fact, (row: WebhookRowFragment) => ReactNode> = {
  NAME: (row) => row.name,
  DESCRIPTION: (row) => row.description ?? none,
  URL: (row) => <span className="mono" title={row.url}>{row.url}</span>,
  STATUS: (row) => <WebhookChip status={row.status} held={row.status === "ENABLED" && !!row.holding} />,
  EVENTS: (row) => <span title={row.eventTypes.join(", ")}>{row.eventTypes.length}</span>,
  LAST_DELIVERY: (row) => <Time at={row.lastAttemptAt} />,
  LAST_STATUS: (row) => (row.lastAttemptStatus ? <AttemptChip status={row.lastAttemptStatus} /> : none),
  SUCCESS_RATE: (row) => percent(row.successRate),
  FAILURES_IN_A_ROW: (row) => count(row.consecutiveFailures),
  HELD: (row) => row.heldDeliveryCount || none,
  CREATED: (row) => <Time at={row.createdAt} />,
};

const classes: Partial<Record<WebhookField, string>> = {
  NAME: "wide",
  URL: "wide",
  DESCRIPTION: "wide",
  EVENTS: "right num",
  SUCCESS_RATE: "right num",
  FAILURES_IN_A_ROW: "right num",
  HELD: "right num",
};

/** The columns that the profile has for the list of webhooks. The name leads to the webhook. */
export function webhookColumns(of: Shown): Column<Row>[] {
  return of.map(({ field, title }) => {
    const className = classes[field];
    const cell = field === "NAME" ? named : field === "ACTIVITY" ? activity : said[field];
    return className ? { title, cell, className } : { title, cell };
  });
}

const activity = (row: Row) => <Sparkline buckets={row.stats.buckets} />;

function named(row: Row) {
  return (
    <Link to="/webhooks/$id" params={{ id: row.id }} style={{ fontWeight: 600 }}>
      {row.name}
    </Link>
  );
}

/** What the profile has the page of a webhook say. */
export function webhookFacts(of: Shown, webhook: Webhook): [string, ReactNode][] {
  return of.flatMap(({ field, title }): [string, ReactNode][] => {
    // It is a chart of its own there.
    if (field === "ACTIVITY") return [];
    const value = field === "EVENTS" ? <Types key={title} of={webhook.eventTypes} /> : said[field](webhook);
    return [[title, value]];
  });
}

function Types({ of }: { of: string[] }) {
  if (of.length === 0) return "None yet";
  return (
    <span style={{ display: "flex", gap: 4, flexWrap: "wrap" }}>
      {of.map((one) => (
        <Chip key={one} tone="mute">
          <span className="mono">{one}</span>
        </Chip>
      ))}
    </span>
  );
}
