import { useEffect, useRef } from "react";
import { useRecoveries } from "~/app/health";
import { graphql } from "~/gql";
import type { DeliveryRowFragment } from "~/gql/graphql";
import { useLive } from "./useLive";

export const DeliveryRow = graphql(`
  fragment DeliveryRow on Delivery {
    id
    status
    stage
    stageName
    eventType
    origin
    heldReason
    attemptCount
    maxAttempts
    nextAttemptAt
    lastResponseStatus
    createdAt
    updatedAt
    completedAt
    lastError {
      code
      message
    }
    lastAttempt {
      id
      durationMs
      startedAt
      status
    }
    webhook {
      id
      name
    }
    eventId
    event {
      id
      occurredAt
      test
    }
  }
`);

const Updated = graphql(`
  subscription DeliveryUpdated($organizationId: ID!, $webhookId: ID, $eventId: ID) {
    deliveryUpdated(organizationId: $organizationId, webhookId: $webhookId, eventId: $eventId) {
      ...DeliveryRow
    }
  }
`);

export type DeliveryRow = DeliveryRowFragment;

interface Scope {
  organizationId: string;
  webhookId?: string | undefined;
  eventId?: string | undefined;
  paused?: boolean;
}

/**
 * Patches deliveries in the cache as they change, and hands each over. The rows on the screen follow by themselves. After a
 * gap, what is on the screen has to be fetched again.
 */
export function useLiveDeliveries(scope: Scope, onGap: () => void, onUpdate?: (delivery: DeliveryRow) => void): void {
  const { organizationId, webhookId, eventId } = scope;
  const variables = { organizationId, webhookId, eventId };
  useLive(Updated, variables, scope.paused ?? false, onGap, (data) => {
    if (data.deliveryUpdated) onUpdate?.(data.deliveryUpdated);
  });
}

/** Fetches again when the API is back. */
export function useRefetchAfterOutage(refetch: () => void): void {
  const recoveries = useRecoveries();
  const first = useRef(recoveries);
  const run = useRef(refetch);
  run.current = refetch;
  useEffect(() => {
    if (recoveries === first.current) return;
    first.current = recoveries;
    run.current();
  }, [recoveries]);
}
