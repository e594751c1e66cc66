import { text } from "~/lib/search";

export interface OrganizationsSearch {
  search?: string | undefined;
  after?: string | undefined;
  before?: string | undefined;
}

export function organizationsSearch(search: Record<string, unknown>): OrganizationsSearch {
  return { search: text(search.search), after: text(search.after), before: text(search.before) };
}
