import { Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Column } from "~/components/DataTable";
import { Chip, Code, StageChip } from "~/components/Status";
import { Countdown, Time } from "~/components/Time";
import type { DeliveryLogField } from "~/gql/graphql";
import type { DeliveryRow } from "~/hooks/useLiveDeliveries";
import type { Presentation } from "~/hooks/useProfile";
import { problemOf } from "~/lib/problems";
import { heldWords } from "~/lib/status";
import { millis } from "~/lib/time";
import { RowActions } from "./RowActions";

function Outcome({ row }: { row: DeliveryRow }) {
  if (row.heldReason) return <span className="dim note" title={heldWords[row.heldReason]}>{heldWords[row.heldReason]}</span>;
  if (row.lastResponseStatus) return <Code code={row.lastResponseStatus} />;
  if (!row.lastError) return <span className="dim">–</span>;
  return (
    <Tooltip label={row.lastError.message} multiline maw={420}>
      <span>{problemOf(row.lastError.code).title}</span>
    </Tooltip>
  );
}

function Failure({ row }: { row: DeliveryRow }) {
  if (row.status === "SUCCEEDED" || !row.lastError) return <span className="dim">–</span>;
  return (
    <Tooltip label={row.lastError.message} multiline maw={420}>
      <span>
        {problemOf(row.lastError.code, row.lastResponseStatus).title}: {row.lastError.message}
      </span>
    </Tooltip>
  );
}

const processed = (row: DeliveryRow) => <Time at={row.completedAt ?? row.lastAttempt?.startedAt ?? null} />;

const said: Record<DeliveryLogField, (row: DeliveryRow) => ReactNode> = {
  EVENT: (row) => (
    <span style={{ display: "inline-flex", gap: 6, alignItems: "center" }}>
      <Link to="/deliveries/$id" params={{ id: row.id }} className="mono" style={{ fontWeight: 600 }}>
        {row.eventType}
      </Link>
      {row.event?.test ? <Chip tone="info">test</Chip> : null}
      {row.origin === "REPLAY" ? <Chip tone="mute">replay</Chip> : null}
    </span>
  ),
  STATUS: (row) => <StageChip stage={row.stage} name={row.stageName} />,
  RESPONSE_CODE: (row) => <Outcome row={row} />,
  DURATION: (row) =>
    row.lastAttempt ? (
      <span title={`${row.lastAttempt.durationMs} ms`}>{millis(row.lastAttempt.durationMs)}</span>
    ) : (
      <span className="dim">–</span>
    ),
  ATTEMPTS: (row) => (
    <span title={`${row.attemptCount} made, ${row.maxAttempts} at most`}>
      {row.attemptCount}
      <span className="dim"> / {row.maxAttempts}</span>
    </span>
  ),
  NEXT_OR_LAST: (row) => (row.nextAttemptAt ? <Countdown to={row.nextAttemptAt} /> : processed(row)),
  OCCURRED: (row) => <Time at={row.event?.occurredAt} />,
  CREATED: (row) => <Time at={row.createdAt} />,
  PROCESSED: processed,
  ERROR: (row) => <Failure row={row} />,
};

const classes: Partial<Record<DeliveryLogField, string>> = {
  DURATION: "right num",
  ATTEMPTS: "right num",
  ERROR: "wide",
};

const webhook: Column<DeliveryRow> = {
  title: "Webhook",
  className: "wide",
  cell: (row) => (
    <Link to="/webhooks/$id" params={{ id: row.webhook.id }}>
      {row.webhook.name}
    </Link>
  ),
};

const actions: Column<DeliveryRow> = { title: "Actions", className: "right", cell: (row) => <RowActions row={row} /> };

interface Options {
  columns: Presentation["logColumns"];
  webhook: boolean;
  manage: boolean;
}

/** The columns that the profile has for a delivery log. Where there are several webhooks, theirs is the second. */
export function deliveryColumns(options: Options): Column<DeliveryRow>[] {
  const columns = options.columns.map(({ field, title }): Column<DeliveryRow> => {
    const className = classes[field];
    return className ? { title, cell: said[field], className } : { title, cell: said[field] };
  });
  if (columns.length === 0) return [];
  if (options.webhook) columns.splice(1, 0, webhook);
  return options.manage ? [...columns, actions] : columns;
}
