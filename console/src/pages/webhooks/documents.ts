import { graphql } from "~/gql";

export const WebhooksDocument = graphql(`
  query Webhooks(
    $id: ID!
    $first: Int
    $after: String
    $last: Int
    $before: String
    $statuses: [WebhookStatus!]
    $range: DateTimeRange!
    $granularity: Granularity!
  ) {
    organization(id: $id) {
      id
      limits {
        maxWebhooks
      }
      webhooks(first: $first, after: $after, last: $last, before: $before, filter: { statuses: $statuses }) {
        nodes {
          ...WebhookRow
          stats(range: $range, granularity: $granularity) {
            buckets {
              start
              succeeded
              failed
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
  fragment WebhookRow on Webhook {
    id
    name
    description
    url
    status
    consecutiveFailures
    disabledReason
    disabledAt
    pausedAt
    lastAttemptAt
    lastAttemptStatus
    successRate
    eventTypes
    heldDeliveryCount
    createdAt
    updatedAt
    holding {
      reason
      since
      nextProbeAt
      failedProbes
      maxPerSecond
    }
  }
`);

export const WebhookUpdated = graphql(`
  subscription WebhookUpdated($organizationId: ID!, $webhookId: ID) {
    webhookUpdated(organizationId: $organizationId, webhookId: $webhookId) {
      ...WebhookRow
    }
  }
`);

export const SettingsFields = graphql(`
  fragment Settings on WebhookSettings {
    method
    timeoutSeconds
    envelope
    maxRequestsPerSecond
    query {
      name
      value
    }
    sections {
      name
      included
      paths
    }
    signatures {
      scheme
      headerName
      prefix
      encoding
      timestampHeader
    }
    retryPolicy {
      enabled
      delaysSeconds
      jitterPercent
      retryOn
      honorRetryAfter
      backoff {
        baseSeconds
        factor
        retries
      }
    }
    autoDisable {
      consecutiveFailures
      failingForHours
      onGone
    }
    secretRotation {
      everyDays
      overlapSeconds
    }
    breaker {
      failurePercent
      cooldownSeconds
    }
  }
`);

export const WebhookDocument = graphql(`
  query Webhook($id: ID!) {
    webhook(id: $id) {
      ...WebhookRow
      failingSince
      oldestHeldDeliveryAt
      deletedAt
      customHeaders {
        name
        value
      }
      auth {
        type
        username
        headerName
        tokenUrl
        certificateSubject
        certificateNotAfter
      }
      settings {
        ...Settings
      }
      secrets {
        id
        kind
        publicKey
        hint
        createdAt
        expiresAt
      }
      subscriptions(first: 100) {
        nodes {
          ...Subscription
        }
      }
    }
  }
  fragment Subscription on WebhookSubscription {
    id
    eventType
    filter
    resourceIds
    payloadQuery
    enabled
    createdAt
  }
`);

export const ProfileDocument = graphql(`
  query Profile($id: ID!) {
    organization(id: $id) {
      id
      limits {
        allowInsecureUrls
      }
      profile {
        ...Presentation
        description
        testEventType
        settings {
          ...Settings
        }
        rules {
          methods
          minTimeoutSeconds
          maxTimeoutSeconds
          maxRetries
          secretSource
          signatureRequired
        }
        recipes {
          name
          title
          description
          urlHint
          eventTypes
          settings {
            ...Settings
          }
        }
      }
    }
  }
`);

export const CreateDocument = graphql(`
  mutation CreateWebhook($input: CreateWebhookInput!) {
    createWebhook(input: $input) {
      webhook {
        ...WebhookRow
      }
      signingSecret
      userErrors {
        code
        message
        field
      }
    }
  }
`);

export const UpdateDocument = graphql(`
  mutation UpdateWebhook($input: UpdateWebhookInput!) {
    updateWebhook(input: $input) {
      webhook {
        ...WebhookRow
        settings {
          ...Settings
        }
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`);
