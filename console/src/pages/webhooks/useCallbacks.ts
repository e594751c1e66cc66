import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { useCallback, useState } from "react";
import { type AnyVariables, type Client, useClient } from "urql";
import { graphql } from "~/gql";
import type { CallbacksQuery } from "~/gql/graphql";
import type { Problem } from "~/hooks/useAction";
import { type Callback, type CallbackWebhook, type Step, steps } from "~/lib/callbacks";
import { CreateDocument } from "./documents";
import { ChangeSubscriptionDocument, DeleteDocument, EnableDocument } from "./stateDocuments";

const CallbacksDocument = graphql(`
  query Callbacks($id: ID!, $after: String) {
    organization(id: $id) {
      id
      webhooks(first: 100, after: $after) {
        nodes {
          id
          url
          status
          subscriptions(first: 2) {
            nodes {
              id
              eventType
              filter
              resourceIds
              payloadQuery
              enabled
            }
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`);

/** Something that was refused, and of which line, if it is about one. */
export interface Refusal {
  eventType: string;
  line?: number | undefined;
  message: string;
}

type Node = NonNullable<CallbacksQuery["organization"]>["webhooks"]["nodes"][number];

// A webhook with more to it than a URL for an event type is somebody's own, and no line of a form.
function plain(node: Node): CallbackWebhook[] {
  const [only, second] = node.subscriptions.nodes;
  if (!only || second || only.filter || only.payloadQuery || only.resourceIds.length > 0) return [];
  const { id, url } = node;
  const { id: subscriptionId, eventType, enabled: subscribed } = only;
  return [{ id, url, inUse: node.status !== "DISABLED", subscriptionId, eventType, subscribed }];
}

/** All webhooks of an organization that are a URL for an event type, oldest first. Throws when they cannot be had. */
async function load(client: Client, id: string): Promise<CallbackWebhook[]> {
  const found: CallbackWebhook[] = [];
  let after: string | null | undefined;
  do {
    const asked = client.query(CallbacksDocument, { id, after }, { requestPolicy: "network-only" });
    // oxlint-disable-next-line no-await-in-loop -- the next page begins where this one ends
    const { data, error } = await asked.toPromise();
    const page = data?.organization?.webhooks;
    if (error || !page) throw error ?? new Error("The organization is not there any more.");
    found.push(...page.nodes.flatMap(plain));
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  } while (after);
  return found.toReversed();
}

async function take(client: Client, organizationId: string, step: Step): Promise<Problem[]> {
  const send = async <Data, Input>(
    document: TypedDocumentNode<Data, { input: Input }>,
    input: Input,
    pick: (data: Data) => { userErrors: Problem[] } | null | undefined,
  ): Promise<Problem[]> => {
    const sent = client.mutation(document as TypedDocumentNode<Data, AnyVariables>, { input });
    const { data, error } = await sent.toPromise();
    if (error?.networkError) return [{ code: "FAILED", message: "The API does not answer. Try again in a moment." }];
    if (error) return [{ code: "FAILED", message: error.message }];
    return data ? (pick(data)?.userErrors ?? []) : [];
  };
  switch (step.kind) {
    case "create":
      return send(
        CreateDocument,
        {
          organizationId, name: step.name, url: step.url,
          subscriptions: [{ eventType: step.eventType, enabled: step.on }],
        },
        (data) => data.createWebhook,
      );
    case "subscribe":
      return send(
        ChangeSubscriptionDocument,
        { id: step.id, enabled: step.on },
        (data) => data.updateWebhookSubscription,
      );
    case "enable":
      return send(EnableDocument, { id: step.id }, (data) => data.enableWebhook);
    default:
      return send(DeleteDocument, { id: step.id }, (data) => data.deleteWebhook);
  }
}

/**
 * Reads callbacks and makes the webhooks match them. What is to be done is worked out from what there is at that
 * moment, so saving twice, or again after something was refused, does nothing twice. Nothing is taken away while
 * something is refused.
 */
export function useCallbacks(organizationId: string) {
  const client = useClient();
  const [busy, setBusy] = useState(false);
  const [refusals, setRefusals] = useState<Refusal[]>([]);
  const read = useCallback(() => load(client, organizationId), [client, organizationId]);

  async function save(wanted: Callback[]): Promise<boolean> {
    setBusy(true);
    const refused: Refusal[] = [];
    try {
      for (const step of steps(wanted, await load(client, organizationId))) {
        if (step.kind === "delete" && refused.length > 0) break;
        // oxlint-disable-next-line no-await-in-loop -- in this order, so that limits count what is there already
        const problems = await take(client, organizationId, step);
        refused.push(...problems.map((one) => refusal(step, one)));
      }
    } catch (error) {
      refused.push({ eventType: "", message: error instanceof Error ? error.message : String(error) });
    }
    setBusy(false);
    setRefusals(refused);
    return refused.length === 0;
  }
  return { read, save, busy, refusals, setRefusals };
}

function refusal(step: Step, { field, message }: Problem): Refusal {
  const about = step.kind !== "delete" && field?.[0] === "url" ? step.line : undefined;
  return { eventType: step.eventType, line: about, message };
}
