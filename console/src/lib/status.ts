import type { AttemptStatus, DeliveryHeldReason, DeliveryStage, MatchReason, WebhookStatus } from "~/gql/graphql";

export type Tone = "ok" | "bad" | "warn" | "info" | "mute";

export const stages: DeliveryStage[] = ["PENDING", "SENDING", "RETRYING", "HELD", "SUCCEEDED", "FAILED", "CANCELED"];

export const stageTone: Record<DeliveryStage, Tone> = {
  PENDING: "mute",
  SENDING: "info",
  RETRYING: "warn",
  HELD: "mute",
  SUCCEEDED: "ok",
  FAILED: "bad",
  CANCELED: "mute",
};

export const webhookTone: Record<WebhookStatus, Tone> = { ENABLED: "ok", PAUSED: "warn", DISABLED: "mute" };
export const webhookWord: Record<WebhookStatus, string> = {
  ENABLED: "Active",
  PAUSED: "Paused",
  DISABLED: "Inactive",
};
export const attemptTone: Record<AttemptStatus, Tone> = { SUCCEEDED: "ok", FAILED: "bad" };
export const attemptWord: Record<AttemptStatus, string> = { SUCCEEDED: "Success", FAILED: "Failed" };

export const heldWords: Record<DeliveryHeldReason, string> = {
  BACKLOG: "Older held deliveries go first",
  BREAKER_OPEN: "The receiver fails too often and is given a rest",
  RATE_LIMITED: "The webhook takes no more requests this second",
  WEBHOOK_DISABLED: "The webhook is inactive",
  WEBHOOK_PAUSED: "The webhook is paused",
};

export const matchWords: Record<MatchReason, string> = {
  CREATED_AFTER_EVENT: "It was created after the event",
  EVENT_TYPE_NOT_SUBSCRIBED: "It has no subscription for this event type",
  FILTER_FAILED: "Its filter could not be worked out, so the event was let through",
  FILTER_MISMATCH: "The event does not meet its filter",
  MATCHED: "A subscription matches",
  NOT_TARGETED: "The event was for other webhooks only",
  PAYLOAD_GONE: "A filter decides by the payload, which is not kept any more",
  QUARANTINED: "The event waits in quarantine",
  RESOURCE_NOT_LISTED: "None of the event's resources is one it asks for",
  SUBSCRIPTION_DISABLED: "Its subscription for this event type is turned off",
};

/** "IN_PROGRESS" as "In progress". */
export function words(name: string): string {
  const text = name.toLowerCase().replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** "requestBody" or "request_body" as "Request body": a name that somebody gave a thing, for people. */
export function humanized(name: string): string {
  return words(name.replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2"));
}

/** With a capital letter, at the beginning of a line. */
export function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What people see for a stage when the profile has no word of its own. */
export function stageWord(stage: DeliveryStage, names: { stage: DeliveryStage; name: string }[]): string {
  return names.find((one) => one.stage === stage)?.name ?? words(stage);
}
