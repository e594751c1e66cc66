import { cacheExchange, type KeyGenerator } from "@urql/exchange-graphcache";
import { Client, fetchExchange, mapExchange, subscriptionExchange } from "urql";
import { embedded } from "~/gql/embedded";
import { reportDown, reportUp } from "./health";
import { createLiveClient } from "./live";

const none: KeyGenerator = () => null;
const keys = Object.fromEntries(embedded.map((name) => [name, none]));

function isUnauthenticated(error: { graphQLErrors: { extensions?: Record<string, unknown> }[] }): boolean {
  return error.graphQLErrors.some((one) => one.extensions?.code === "UNAUTHENTICATED");
}

/** One client and one websocket for the tab. What a subscription brings is put into the cache by its id. */
export function createConsoleClient(onSignedOut: () => void): Client {
  const live = createLiveClient();
  return new Client({
    url: "/graphql",
    preferGetMethod: false,
    requestPolicy: "cache-and-network",
    fetchOptions: { credentials: "same-origin" },
    // A request that nobody waits for any more is let run to its end. With urql taking such requests back, specs saw the page
    // reject a promise with "BodyStreamBuffer was aborted". What rejects it there was not found out.
    fetch: (input, init) => fetch(input, { ...init, signal: null }),
    exchanges: [
      mapExchange({
        onResult(result) {
          if (result.operation.kind === "subscription") return;
          const status = (result.error?.response as Response | undefined)?.status;
          if (result.error?.networkError && (status === undefined || status >= 500)) reportDown();
          else if (!result.stale) reportUp();
          if (result.error && (status === 401 || isUnauthenticated(result.error))) onSignedOut();
        },
      }),
      cacheExchange({ keys }),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription(request) {
          const input = { ...request, query: request.query ?? "" };
          return { subscribe: (sink) => ({ unsubscribe: live.subscribe(input, sink) }) };
        },
      }),
    ],
  });
}
