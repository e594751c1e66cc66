import { graphql } from "~/gql";

export const OperationsDocument = graphql(`
  query Operations($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
    organization(id: $id) {
      id
      bulkOperations(first: $first, after: $after, last: $last, before: $before) {
        nodes {
          ...Operation
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
  fragment Operation on BulkOperation {
    id
    kind
    status
    total
    processed
    failed
    skipped
    maxPerSecond
    ratePerSecond
    estimatedCompletionAt
    createdAt
    completedAt
    webhook {
      id
      name
    }
    event {
      id
      type
    }
  }
`);

export const OperationDocument = graphql(`
  query Operation($id: ID!) {
    bulkOperation(id: $id) {
      ...Operation
      requestedBy {
        id
        name
      }
      failures {
        itemId
        code
        message
      }
    }
  }
`);

export const OperationUpdated = graphql(`
  subscription OperationUpdated($id: ID!) {
    bulkOperationUpdated(id: $id) {
      ...Operation
      failures {
        itemId
        code
        message
      }
    }
  }
`);

export const RetryAllDocument = graphql(`
  mutation RetryAll($input: RetryDeliveriesInput!) {
    retryDeliveries(input: $input) {
      bulkOperation {
        ...Operation
      }
      dryRun {
        count
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`);

export const RecoverDocument = graphql(`
  mutation Recover($input: RecoverWebhookInput!) {
    recoverWebhook(input: $input) {
      bulkOperation {
        ...Operation
      }
      dryRun {
        count
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`);

export const ReplayMissingDocument = graphql(`
  mutation ReplayMissing($input: ReplayMissingInput!) {
    replayMissing(input: $input) {
      bulkOperation {
        ...Operation
      }
      dryRun {
        count
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`);

export const ReplayEventDocument = graphql(`
  mutation ReplayEvent($input: ReplayEventInput!) {
    replayEvent(input: $input) {
      bulkOperation {
        ...Operation
      }
      dryRun {
        count
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`);

export const PauseOperationDocument = graphql(`
  mutation PauseOperation($input: PauseBulkOperationInput!) {
    pauseBulkOperation(input: $input) {
      bulkOperation {
        ...Operation
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`);

export const ResumeOperationDocument = graphql(`
  mutation ResumeOperation($input: ResumeBulkOperationInput!) {
    resumeBulkOperation(input: $input) {
      bulkOperation {
        ...Operation
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`);

export const CancelOperationDocument = graphql(`
  mutation CancelOperation($input: CancelBulkOperationInput!) {
    cancelBulkOperation(input: $input) {
      bulkOperation {
        ...Operation
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`);
