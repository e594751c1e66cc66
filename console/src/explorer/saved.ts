import { rightsOf, type Rights } from "~/lib/roles";
import type { Start } from "./start";

export interface Saved {
  query: string;
  variables: string;
}

interface Example {
  /** Whether a key may do it. What would be refused is not offered. */
  allowed: (rights: Rights, role: Start["role"]) => boolean;
  query: string;
  variables: (start: Start, id: string) => object;
}

// The first is what is open at the start, so it changes nothing.
const all: Example[] = [
  {
    allowed: (rights) => rights.view,
    query: `# The newest deliveries that have failed. Run it with Ctrl Enter.
query Failed($id: ID!) {
  organization(id: $id) {
    name
    deliveries(first: 10, filter: { statuses: [FAILED] }) {
      nodes {
        id
        eventType
        webhook {
          name
        }
        lastError {
          code
          message
        }
      }
    }
  }
}
`,
    variables: (_, id) => ({ id }),
  },
  {
    allowed: (rights, role) => rights.publish || role === "PUBLISHER",
    query: `# Publishes an event. Running it again with the same idempotency key is harmless.
mutation Publish($input: PublishEventInput!) {
  publishEvent(input: $input) {
    event {
      id
    }
    duplicate
    matchedWebhookCount
    userErrors {
      code
      message
      field
    }
  }
}
`,
    variables: ({ eventType }, organizationId) => ({
      input: {
        organizationId,
        eventType: eventType?.name ?? "order.created",
        payload: eventType?.samples[0]?.payload ?? { id: "o_1" },
        idempotencyKey: "from-the-explorer-1",
      },
    }),
  },
  {
    allowed: (rights) => rights.view,
    query: `# Every request as it is made, until you stop it. A null says that nothing is missed from then on.
subscription Tail($organizationId: ID!) {
  deliveryAttemptRecorded(organizationId: $organizationId) {
    id
    number
    status
    durationMs
    response {
      statusCode
    }
    delivery {
      id
      eventType
      webhook {
        name
      }
    }
  }
}
`,
    variables: (_, organizationId) => ({ organizationId }),
  },
  {
    allowed: (rights) => rights.manage,
    query: `# Retries what failed for a webhook. With dryRun it only counts.
mutation Replay($input: RecoverWebhookInput!) {
  recoverWebhook(input: $input) {
    dryRun {
      count
      sampleIds
    }
    bulkOperation {
      id
    }
    userErrors {
      code
      message
      field
    }
  }
}
`,
    variables: ({ webhook }) => ({
      input: { webhookId: webhook?.id ?? "wh_", since: new Date(Date.now() - 3_600_000).toISOString(), dryRun: true },
    }),
  },
  {
    allowed: (rights) => rights.view,
    query: `# Which webhooks got an event, and why the others did not.
query Explain($id: ID!) {
  event(id: $id) {
    type
    decisions(first: 25) {
      nodes {
        webhook {
          name
        }
        matched
        reason
        detail
        delivery {
          id
          status
        }
      }
    }
  }
}
`,
    variables: ({ event }) => ({ id: event?.id ?? "evt_" }),
  },
];

/** The operations that the explorer begins with, filled in for an organization. */
export function saved(start: Start): Saved[] {
  const { role, organization } = start;
  const rights = rightsOf(role, organization?.viewRoles ?? [], organization?.manageRoles ?? []);
  return all
    .filter((example) => example.allowed(rights, role))
    .map(({ query, variables }) => ({
      query,
      variables: JSON.stringify(variables(start, organization?.id ?? "org_"), null, 2),
    }));
}
