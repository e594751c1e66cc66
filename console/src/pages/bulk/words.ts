import type { BulkOperationKind, BulkOperationStatus } from "~/gql/graphql";
import type { Tone } from "~/lib/status";

export const kinds: Record<BulkOperationKind, string> = {
  RECOVER_WEBHOOK: "Retry what failed",
  REPLAY_EVENT: "Send an event again",
  REPLAY_MISSING: "Send what is missing",
  RETRY_DELIVERIES: "Retry what matches",
};

export const tones: Record<BulkOperationStatus, Tone> = {
  RUNNING: "info",
  PAUSED: "warn",
  COMPLETED: "ok",
  CANCELED: "mute",
};
