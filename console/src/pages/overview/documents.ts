import { graphql } from "~/gql";

export const OverviewDocument = graphql(`
  query Overview($id: ID!, $range: DateTimeRange!, $granularity: Granularity!) {
    organization(id: $id) {
      id
      deliveryCounts {
        pending
        inProgress
        held
        succeeded
        failed
      }
      stats(range: $range, granularity: $granularity) {
        ...Stats
        pending
        retrying
        held
      }
      profile {
        name
        title
        statuses {
          stage
          name
        }
      }
      webhooks(first: 100) {
        nodes {
          id
          name
          status
          successRate
          heldDeliveryCount
          failingSince
          consecutiveFailures
          lastAttemptAt
        }
        pageInfo {
          hasNextPage
        }
      }
    }
  }
`);

export const ChecklistDocument = graphql(`
  query Checklist($id: ID!) {
    organization(id: $id) {
      id
      webhooks(first: 1) {
        nodes {
          id
          name
        }
      }
      eventTypes(first: 25) {
        nodes {
          id
          name
          derivedFrom
          samples {
            name
            payload
          }
        }
      }
      events(first: 1) {
        nodes {
          id
          test
        }
      }
      done: deliveries(first: 1, filter: { statuses: [SUCCEEDED] }) {
        nodes {
          id
          stage
        }
      }
    }
  }
`);
