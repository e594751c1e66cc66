import { Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { Column } from "~/components/DataTable";
import { Chip, Code, StageChip } from "~/components/Status";
import { Countdown, Time } from "~/components/Time";
import type { DeliveryRow } from "~/hooks/useLiveDeliveries";
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

const type: Column<DeliveryRow> = {
  title: "Event",
  cell: (row) => (
    <span style={{ display: "inline-flex", gap: 6, alignItems: "center" }}>
      <Link to="/deliveries/$id" params={{ id: row.id }} className="mono" style={{ fontWeight: 600 }}>
        {row.eventType}
      </Link>
      {row.event?.test ? <Chip tone="info">test</Chip> : null}
      {row.origin === "REPLAY" ? <Chip tone="mute">replay</Chip> : null}
    </span>
  ),
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

const rest: Column<DeliveryRow>[] = [
  { title: "Status", cell: (row) => <StageChip stage={row.stage} name={row.stageName} /> },
  { title: "Response", cell: (row) => <Outcome row={row} /> },
  {
    title: "Duration",
    className: "right num",
    cell: (row) => (row.lastAttempt ? millis(row.lastAttempt.durationMs) : <span className="dim">–</span>),
  },
  {
    title: "Attempts",
    className: "right num",
    cell: (row) => (
      <span title={`${row.attemptCount} made, ${row.maxAttempts} at most`}>
        {row.attemptCount}
        <span className="dim"> / {row.maxAttempts}</span>
      </span>
    ),
  },
  {
    title: "Next or last",
    cell: (row) =>
      row.nextAttemptAt ? (
        <Countdown to={row.nextAttemptAt} />
      ) : (
        <Time at={row.completedAt ?? row.lastAttempt?.startedAt ?? null} />
      ),
  },
  { title: "Occurred", cell: (row) => <Time at={row.event?.occurredAt} /> },
  { title: "Created", cell: (row) => <Time at={row.createdAt} /> },
];

const actions: Column<DeliveryRow> = { title: "Actions", className: "right", cell: (row) => <RowActions row={row} /> };

/** The columns of a delivery log. Where the webhook is known already, its own is left out. */
export function deliveryColumns(options: { webhook: boolean; manage: boolean }): Column<DeliveryRow>[] {
  return [type, ...(options.webhook ? [webhook] : []), ...rest, ...(options.manage ? [actions] : [])];
}
