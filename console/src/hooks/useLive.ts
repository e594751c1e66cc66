import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { useEffect, useRef } from "react";
import { type AnyVariables, useClient } from "urql";

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
      const marks = result.extensions as { ready?: unknown; resync?: unknown } | undefined;
      if (marks?.ready || marks?.resync) handlers.current.onGap();
      else if (result.data) handlers.current.onData(result.data);
    });
    return unsubscribe;
  }, [client, document, key, paused]);
}
