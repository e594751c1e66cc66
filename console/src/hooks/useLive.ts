import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { useEffect, useRef } from "react";
import { type AnyVariables, useClient } from "urql";

// Marks have a null for a field and say which of the two they are in their extensions, of which urql carries the earlier ones
// on to all later results. The null is what tells them apart.
function isMark(data: object): boolean {
  return Object.entries(data).every(([name, value]) => name === "__typename" || value === null);
}

/**
 * Watches a subscription. What it brings is in the cache before it is handed over. The server says when nothing is missed
 * from then on (`ready`), and when something was (`resync`): both are gaps, after which the page fetches.
 */
export function useLive<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  paused: boolean,
  onGap: () => void,
  onData: (data: Data) => void,
): void {
  const client = useClient();
  const handlers = useRef({ onGap, onData });
  handlers.current = { onGap, onData };
  const key = JSON.stringify(variables);

  useEffect(() => {
    if (paused) return;
    const { unsubscribe } = client.subscription(document, JSON.parse(key) as Variables).subscribe((result) => {
      if (!result.data) return;
      if (isMark(result.data)) handlers.current.onGap();
      else handlers.current.onData(result.data);
    });
    return unsubscribe;
  }, [client, document, key, paused]);
}
