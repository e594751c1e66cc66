import type { Client } from "urql";
import { graphql } from "~/gql";
import type { EventFilter } from "~/gql/graphql";

const GapDocument = graphql(`
  query EventsGap($id: ID!, $filter: EventFilter, $rest: Int!, $start: String!, $top: ID!, $view: Boolean!) {
    organization(id: $id) {
      id
      newer: events(filter: $filter, last: 100, before: $start) {
        nodes {
          id
        }
      }
      shown: events(filter: $filter, first: $rest, after: $start) {
        nodes {
          ...EventRow
          ...FanOut @include(if: $view)
        }
      }
    }
    event(id: $top) {
      ...EventRow
      ...FanOut @include(if: $view)
    }
  }
  fragment FanOut on Event {
    id
    deliveries(first: 10) {
      nodes {
        id
        stage
        stageName
      }
      pageInfo {
        hasNextPage
      }
    }
  }
`);

interface Shown {
  organizationId: string;
  filter: EventFilter;
  start: string;
  ids: string[];
  view: boolean;
}

/** Brings the rows that are on the screen up to date where they are, and returns the ids of newer ones. */
export async function catchUp(client: Client, { organizationId, filter, start, ids, view }: Shown): Promise<string[]> {
  const rest = Math.max(ids.length - 1, 1);
  const variables = { id: organizationId, filter, rest, start, top: ids[0] ?? "", view };
  const { data } = await client.query(GapDocument, variables, { requestPolicy: "network-only" }).toPromise();
  return data?.organization?.newer.nodes.map((one) => one.id) ?? [];
}
