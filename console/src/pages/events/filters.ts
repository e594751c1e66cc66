import type { DeliveryStatus, EventFilter } from "~/gql/graphql";
import { matchesOf, matchTexts } from "~/lib/payloadMatch";
import { among, list, since, spanNames, text } from "~/lib/search";

export const statuses: DeliveryStatus[] = ["PENDING", "RETRYING", "HELD", "SUCCEEDED", "FAILED", "CANCELED"];

export interface EventSearch {
  type?: string[] | undefined;
  status?: DeliveryStatus[] | undefined;
  id?: string | undefined;
  key?: string | undefined;
  payload?: string[] | undefined;
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
    id: text(search.id),
    key: text(search.key),
    payload: matchTexts(search.payload),
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
    ids: search.id ? [search.id] : undefined,
    idempotencyKey: search.key,
    payload: matchesOf(search.payload),
    quarantined: search.quarantined,
    createdAt: from ? { from } : undefined,
  };
}

/** Whether only the server can tell if an event matches, because what is told of a new one does not show it. */
export function isBlind(search: EventSearch): boolean {
  return [search.id, search.key, search.payload, search.status].some((one) => one !== undefined);
}

export function isFiltered(search: EventSearch): boolean {
  const { after: _after, before: _before, ...filters } = search;
  return Object.values(filters).some((value) => value !== undefined);
}
