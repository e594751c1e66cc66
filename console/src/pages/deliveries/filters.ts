import type { DeliveryFilter, DeliveryOrigin, DeliveryStage } from "~/gql/graphql";
import { matchesOf, matchTexts } from "~/lib/payloadMatch";
import { among, list, numbers, since, spanNames, text } from "~/lib/search";
import { stages } from "~/lib/status";

const origins: DeliveryOrigin[] = ["PUBLISH", "REPLAY", "TEST"];

export interface DeliverySearch {
  stage?: DeliveryStage[] | undefined;
  type?: string[] | undefined;
  webhook?: string[] | undefined;
  event?: string[] | undefined;
  key?: string | undefined;
  payload?: string[] | undefined;
  origin?: DeliveryOrigin[] | undefined;
  code?: number[] | undefined;
  span?: string | undefined;
  after?: string | undefined;
  before?: string | undefined;
}

/** Reads the filters from an address. */
export function deliverySearch(search: Record<string, unknown>): DeliverySearch {
  return {
    stage: among(search.stage, stages),
    type: list(search.type),
    webhook: list(search.webhook),
    event: list(search.event),
    key: text(search.key),
    payload: matchTexts(search.payload),
    origin: among(search.origin, origins),
    code: numbers(search.code),
    span: among(search.span, spanNames)?.[0],
    after: text(search.after),
    before: text(search.before),
  };
}

export function deliveryFilter(search: DeliverySearch, now: number): DeliveryFilter {
  const from = since(search.span, now);
  return {
    stages: search.stage,
    eventTypes: search.type,
    webhookIds: search.webhook,
    eventIds: search.event,
    idempotencyKey: search.key,
    payload: matchesOf(search.payload),
    origins: search.origin,
    responseStatuses: search.code,
    createdAt: from ? { from } : undefined,
  };
}

/** Whether only the server can tell if a delivery matches, because rows do not show what is asked for. */
export function isBlind(search: DeliverySearch): boolean {
  return search.key !== undefined || search.payload !== undefined;
}

/** How many filters are set. */
export function filterCount(search: DeliverySearch): number {
  // The address of a webhook's page says more than its filters: which tab it shows.
  const { after: _after, before: _before, ...filters } = deliverySearch({ ...search });
  return Object.values(filters).filter((value) => value !== undefined).length;
}
