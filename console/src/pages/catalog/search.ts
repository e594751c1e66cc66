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
