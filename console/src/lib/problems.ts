import type { AttemptErrorCode } from "~/gql/graphql";

export interface Problem {
  title: string;
  hint: string;
}

const problems: Record<AttemptErrorCode, Problem> = {
  ADDRESS_BLOCKED: {
    title: "The address is not allowed",
    hint: "The host name leads to a private or blocked address. Use a public URL, or ask the operator to allow the network.",
  },
  AUTH_UNAVAILABLE: {
    title: "No access token",
    hint: "The token URL gave no token, so nothing was sent. Check the client id, its secret and the token URL.",
  },
  CONNECT: {
    title: "No connection",
    hint: "The receiver could not be reached. Is it running, is the port right, does a firewall let the requests through?",
  },
  DNS: { title: "Unknown host", hint: "The host name could not be looked up. Check the URL for a typing error." },
  HTTP_STATUS: {
    title: "The receiver refused",
    hint: "It answered with something other than 2xx. Its response below says why; its log says more.",
  },
  PROTOCOL: { title: "Not an HTTP answer", hint: "Something answered, but not in HTTP. Check scheme and port." },
  REDIRECT: {
    title: "Redirected",
    hint: "Redirects are never followed. Put the final address, shown in the Location header, into the webhook's URL.",
  },
  RENDER: {
    title: "The request could not be made",
    hint: "The webhook's envelope, query or payload query does not work for this event. Try it in the preview of its settings.",
  },
  TIMEOUT: {
    title: "Too slow",
    hint: "No complete answer came within the webhook's timeout. Answer 2xx first and do the work afterwards.",
  },
  TLS: {
    title: "TLS failed",
    hint: "The certificate is not valid for this host, expired, or signed by an authority that is not trusted.",
  },
  UNKNOWN: { title: "Something else went wrong", hint: "The message below is all that is known." },
};

export function problemOf(code: AttemptErrorCode, status?: number | null): Problem {
  if (code !== "HTTP_STATUS" || !status) return problems[code];
  if (status === 401 || status === 403) {
    return { title: `Refused with ${status}`, hint: "The receiver wants other credentials, or the signature did not match." };
  }
  if (status === 404) return { title: "Not found (404)", hint: "Nothing listens at this path. Check the webhook's URL." };
  if (status === 410) return { title: "Gone (410)", hint: "The receiver says it wants no more. No retry follows." };
  if (status === 429) return { title: "Too many requests (429)", hint: "Set a lower rate in the webhook's settings." };
  if (status >= 500) {
    return { title: `The receiver failed (${status})`, hint: "The fault is on its side: look into its log at this time." };
  }
  return { title: `Refused with ${status}`, hint: problems.HTTP_STATUS.hint };
}
