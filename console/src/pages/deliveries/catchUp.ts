import type { Client } from "urql";
import { graphql } from "~/gql";
import type { DeliveryFilter } from "~/gql/graphql";

const GapDocument = graphql(`
  query DeliveriesGap($id: ID!, $filter: DeliveryFilter, $rest: Int!, $start: String!) {
    organization(id: $id) {
      id
      newer: deliveries(filter: $filter, last: 100, before: $start) {
        nodes {
          id
        }
      }
      shown: deliveries(filter: $filter, first: $rest, after: $start) {
        nodes {
          ...DeliveryRow
        }
      }
    }
  }
`);

const OneDocument = graphql(`
  query OneDelivery($id: ID!) {
    delivery(id: $id) {
      ...DeliveryRow
    }
  }
`);

const fresh = { requestPolicy: "network-only" } as const;

interface Shown {
  organizationId: string;
  filter: DeliveryFilter;
  start: string;
  ids: string[];
}

/**
 * Brings the rows that are on the screen up to date where they are, and returns the ids of newer ones. To load the list
 * again would put those above the others. A row that the filter does not match any more stays and is fetched by itself.
 */
export async function catchUp(client: Client, { organizationId, filter, start, ids }: Shown): Promise<string[]> {
  const rest = Math.max(ids.length - 1, 1);
  const { data } = await client.query(GapDocument, { id: organizationId, filter, rest, start }, fresh).toPromise();
  const found = new Set(data?.organization?.shown.nodes.map((one) => one.id));
  await Promise.all(ids.filter((id) => !found.has(id)).map((id) => client.query(OneDocument, { id }, fresh).toPromise()));
  return data?.organization?.newer.nodes.map((one) => one.id) ?? [];
}
