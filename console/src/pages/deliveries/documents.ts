import { graphql } from "~/gql";

export const DeliveryDocument = graphql(`
  query Delivery($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
    delivery(id: $id) {
      ...DeliveryRow
      temporalUrl
      subscription {
        id
        eventType
        filter
      }
      webhook {
        id
        name
        url
        status
        deletedAt
        secrets {
          id
          kind
          hint
          createdAt
          expiresAt
        }
        settings {
          timeoutSeconds
          retryPolicy {
            enabled
            delaysSeconds
          }
          signatures {
            scheme
            headerName
            prefix
            encoding
            timestampHeader
          }
        }
      }
      attempts(first: $first, after: $after, last: $last, before: $before) {
        nodes {
          ...Attempt
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
  fragment Attempt on DeliveryAttempt {
    id
    number
    trigger
    status
    startedAt
    durationMs
    remoteIp
    timings {
      dnsMs
      connectMs
      tlsMs
      firstByteMs
    }
    request {
      method
      url
      headers {
        name
        value
      }
      body
    }
    response {
      statusCode
      headers {
        name
        value
      }
      body
      bodyEncoding
      bodyTruncated
    }
    error {
      code
      message
    }
  }
`);
