import type { Place } from "~/components/Pager";
import type { WebhookStatus } from "~/gql/graphql";
import { among, text } from "~/lib/search";

export interface WebhooksSearch extends Place {
  status?: WebhookStatus[] | undefined;
}

export function webhooksSearch(search: Record<string, unknown>): WebhooksSearch {
  return {
    status: among<WebhookStatus>(search.status, ["ENABLED", "PAUSED", "DISABLED"]),
    after: text(search.after),
    before: text(search.before),
  };
}
