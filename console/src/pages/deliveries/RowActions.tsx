import { ActionIcon, Tooltip } from "@mantine/core";
import { IconRefresh, IconX } from "@tabler/icons-react";
import { can, useDeliveryActions } from "~/hooks/useDeliveryActions";
import type { DeliveryRow } from "~/hooks/useLiveDeliveries";

/** What can be done with a delivery as it is, without opening it. */
export function RowActions({ row }: { row: DeliveryRow }) {
  const { retry, cancel } = useDeliveryActions();
  return (
    // As big without buttons, so that rows below stay where they are when there are none any more.
    <span
      style={{ display: "inline-flex", verticalAlign: "middle", gap: 2, minWidth: 58, minHeight: 22, justifyContent: "flex-end" }}
    >
      {can.retry(row.status) ? (
        <Tooltip label="Retry now">
          <ActionIcon
            variant="subtle"
            size="sm"
            aria-label={`Retry ${row.eventType} now`}
            loading={retry.busy}
            onClick={() => void retry.run({ deliveryId: row.id }, "An attempt is under way.")}
          >
            <IconRefresh size={15} />
          </ActionIcon>
        </Tooltip>
      ) : null}
      {can.cancel(row.status) ? (
        <Tooltip label="Give up">
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            aria-label={`Give up ${row.eventType}`}
            loading={cancel.busy}
            onClick={() => void cancel.run({ deliveryId: row.id }, "Given up. It can be retried by hand.")}
          >
            <IconX size={15} />
          </ActionIcon>
        </Tooltip>
      ) : null}
    </span>
  );
}
