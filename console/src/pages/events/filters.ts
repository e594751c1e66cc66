import type { DeliveryStatus, EventFilter } from "~/gql/graphql";
import { among, list, since, spanNames, text } from "~/lib/search";

export const statuses: DeliveryStatus[] = ["PENDING", "RETRYING", "HELD", "SUCCEEDED", "FAILED", "CANCELED"];

export interface EventSearch {
  type?: string[] | undefined;
  status?: DeliveryStatus[] | undefined;
  key?: string | undefined;
  quarantined?: boolean | undefined;
  span?: string | undefined;
  after?: string | undefined;
  before?: string | undefined;
}

/** Reads the filters from an address. */
export function eventSearch(search: Record<string, unknown>): EventSearch {
  return {
    type: list(search.type),
    status: among(search.status, statuses),
    key: text(search.key),
    quarantined: search.quarantined === true ? true : undefined,
    span: among(search.span, spanNames)?.[0],
    after: text(search.after),
    before: text(search.before),
  };
}

export function eventFilter(search: EventSearch, now: number): EventFilter {
  const from = since(search.span, now);
  return {
    eventTypes: search.type,
    deliveryStatuses: search.status,
    idempotencyKey: search.key,
    quarantined: search.quarantined,
    createdAt: from ? { from } : undefined,
  };
}

export function isFiltered(search: EventSearch): boolean {
  const { after: _after, before: _before, ...filters } = search;
  return Object.values(filters).some((value) => value !== undefined);
}
