import { Button, Menu } from "@mantine/core";
import { IconChevronDown, IconRefresh } from "@tabler/icons-react";
import { can, useDeliveryActions } from "~/hooks/useDeliveryActions";
import type { DeliveryRow } from "~/hooks/useLiveDeliveries";

const waits: [string, number][] = [
  ["15 minutes", 15],
  ["1 hour", 60],
  ["6 hours", 360],
  ["1 day", 1_440],
];

/** What can be done with a delivery as it is. What cannot is not offered. */
export function DeliveryActions({ delivery }: { delivery: Pick<DeliveryRow, "id" | "status" | "nextAttemptAt"> }) {
  const { retry, cancel, postpone } = useDeliveryActions();
  const input = { deliveryId: delivery.id };
  const later = (minutes: number) =>
    postpone.run({ ...input, until: new Date(Date.now() + minutes * 60_000).toISOString() }, "The next attempt was moved.");
  return (
    <>
      {can.retry(delivery.status) ? (
        <Button
          data-key="r"
          leftSection={<IconRefresh size={15} />}
          loading={retry.busy}
          onClick={() => void retry.run(input, "An attempt is under way.")}
        >
          Retry now
        </Button>
      ) : null}
      {can.postpone(delivery.status, delivery.nextAttemptAt) ? (
        <Menu>
          <Menu.Target>
            <Button variant="default" rightSection={<IconChevronDown size={14} />} loading={postpone.busy}>
              Postpone
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {waits.map(([name, minutes]) => (
              <Menu.Item key={name} onClick={() => void later(minutes)}>
                by {name}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      ) : null}
      {can.cancel(delivery.status) ? (
        <Button
          variant="default"
          loading={cancel.busy}
          onClick={() => void cancel.run(input, "Given up. It can be retried by hand.")}
        >
          Give up
        </Button>
      ) : null}
    </>
  );
}
