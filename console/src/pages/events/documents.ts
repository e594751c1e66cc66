import { graphql } from "~/gql";

export const EventsDocument = graphql(`
  query Events(
    $id: ID!
    $filter: EventFilter
    $first: Int
    $after: String
    $last: Int
    $before: String
    $view: Boolean!
  ) {
    organization(id: $id) {
      id
      events(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
        nodes {
          ...EventRow
          deliveries(first: 10) @include(if: $view) {
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
        pageInfo {
          hasNextPage
          hasPreviousPage
          startCursor
          endCursor
        }
      }
    }
  }
  fragment EventRow on Event {
    id
    type
    test
    idempotencyKey
    resourceIds
    quarantinedAt
    schemaMismatch
    expungedAt
    occurredAt
    createdAt
  }
`);

export const EventPublished = graphql(`
  subscription EventPublished($organizationId: ID!) {
    eventPublished(organizationId: $organizationId) {
      ...EventRow
    }
  }
`);

export const EventDocument = graphql(`
  query Event($id: ID!, $view: Boolean!, $first: Int, $after: String, $last: Int, $before: String) {
    event(id: $id) {
      ...EventRow
      payload
      sourceEvent {
        id
        type
      }
      derivedEvents {
        id
        type
      }
      deliveries(first: 50) @include(if: $view) {
        nodes {
          ...DeliveryRow
        }
        pageInfo {
          hasNextPage
        }
      }
      decisions(first: $first, after: $after, last: $last, before: $before) @include(if: $view) {
        nodes {
          webhook {
            id
            name
            status
            deletedAt
          }
          subscribedTo
          matched
          reason
          detail
          delivery {
            id
            stage
            stageName
          }
        }
        pageInfo {
          hasNextPage
          hasPreviousPage
          startCursor
          endCursor
        }
      }
    }
  }
`);

export const ReleaseDocument = graphql(`
  mutation Release($input: ReleaseQuarantinedEventInput!) {
    releaseQuarantinedEvent(input: $input) {
      event {
        ...EventRow
      }
      matchedWebhookCount
      userErrors {
        code
        message
        field
      }
    }
  }
`);

export const ExpungeDocument = graphql(`
  mutation Expunge($input: ExpungeEventInput!) {
    expungeEvent(input: $input) {
      event {
        ...EventRow
        payload
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`);
