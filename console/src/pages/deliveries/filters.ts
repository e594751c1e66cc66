import type { DeliveryFilter, DeliveryOrigin, DeliveryStage } from "~/gql/graphql";
import { among, list, numbers, since, spanNames, text } from "~/lib/search";
import { stages } from "~/lib/status";

const origins: DeliveryOrigin[] = ["PUBLISH", "REPLAY", "TEST"];

export interface DeliverySearch {
  stage?: DeliveryStage[] | undefined;
  type?: string[] | undefined;
  webhook?: string[] | undefined;
  event?: string[] | undefined;
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
    origins: search.origin,
    responseStatuses: search.code,
    createdAt: from ? { from } : undefined,
  };
}

/** How many filters are set. */
export function filterCount(search: DeliverySearch): number {
  const { after: _after, before: _before, ...filters } = search;
  return Object.values(filters).filter((value) => value !== undefined).length;
}
