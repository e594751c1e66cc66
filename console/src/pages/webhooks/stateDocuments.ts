import { graphql } from "~/gql";

export const EnableDocument = graphql(`
  mutation Enable($input: EnableWebhookInput!) {
    enableWebhook(input: $input) {
      webhook {
        ...WebhookRow
      }
      releasedDeliveryCount
      userErrors {
        code
        message
        field
      }
    }
  }
`);

export const DisableDocument = graphql(`
  mutation Disable($input: DisableWebhookInput!) {
    disableWebhook(input: $input) {
      webhook {
        ...WebhookRow
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`);

export const PauseDocument = graphql(`
  mutation Pause($input: PauseWebhookInput!) {
    pauseWebhook(input: $input) {
      webhook {
        ...WebhookRow
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`);

export const ResumeDocument = graphql(`
  mutation Resume($input: ResumeWebhookInput!) {
    resumeWebhook(input: $input) {
      webhook {
        ...WebhookRow
      }
      releasedDeliveryCount
      userErrors {
        code
        message
        field
      }
    }
  }
`);

export const DropDocument = graphql(`
  mutation DropHeld($input: DropHeldDeliveriesInput!) {
    dropHeldDeliveries(input: $input) {
      webhook {
        ...WebhookRow
      }
      droppedDeliveryCount
      userErrors {
        code
        message
        field
      }
    }
  }
`);

export const DeleteDocument = graphql(`
  mutation DeleteWebhook($input: DeleteWebhookInput!) {
    deleteWebhook(input: $input) {
      webhook {
        id
        deletedAt
      }
      canceledDeliveryCount
      userErrors {
        code
        message
        field
      }
    }
  }
`);

export const RevealDocument = graphql(`
  mutation Reveal($input: RevealWebhookSecretInput!) {
    revealWebhookSecret(input: $input) {
      value
      userErrors {
        code
        message
        field
      }
    }
  }
`);

export const RotateDocument = graphql(`
  mutation Rotate($input: RotateWebhookSecretInput!) {
    rotateWebhookSecret(input: $input) {
      webhook {
        id
        secrets {
          id
          kind
          publicKey
          hint
          createdAt
          expiresAt
        }
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

export const TestDocument = graphql(`
  mutation SendTest($input: SendTestEventInput!) {
    sendTestEvent(input: $input) {
      delivery {
        id
      }
      attempt {
        ...Attempt
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`);

export const SubscribeDocument = graphql(`
  mutation Subscribe($input: CreateWebhookSubscriptionInput!) {
    createWebhookSubscription(input: $input) {
      subscription {
        ...Subscription
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`);

export const ChangeSubscriptionDocument = graphql(`
  mutation ChangeSubscription($input: UpdateWebhookSubscriptionInput!) {
    updateWebhookSubscription(input: $input) {
      subscription {
        ...Subscription
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`);

export const UnsubscribeDocument = graphql(`
  mutation Unsubscribe($input: DeleteWebhookSubscriptionInput!) {
    deleteWebhookSubscription(input: $input) {
      deletedId
      userErrors {
        code
        message
        field
      }
    }
  }
`);
