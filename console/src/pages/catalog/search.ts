import type { Place } from "~/components/Pager";
import { text } from "~/lib/search";

export interface EventTypesSearch extends Place {
  archived?: boolean | undefined;
}

export function eventTypesSearch(search: Record<string, unknown>): EventTypesSearch {
  return {
    archived: search.archived === true ? true : undefined,
    after: text(search.after),
    before: text(search.before),
  };
}

/** An event type is found by its name, too, when its id is not known. */
export function eventTypeSearch(search: Record<string, unknown>): { name?: string | undefined } {
  return { name: text(search.name) };
}
