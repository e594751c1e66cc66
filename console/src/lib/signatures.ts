import type { WebhookSecretKind } from "~/gql/graphql";
import type { Signature } from "./snippets";

export interface Secret {
  id: string;
  kind: WebhookSecretKind;
  hint: string;
  createdAt: string;
  expiresAt?: string | null;
}

export interface Made {
  header: string;
  value: string;
  /** What it was made with. Null when that cannot be told: a secret that signed then does not any more. */
  secret: Secret | null;
}

type Header = { name: string; value: string };

/**
 * The signatures of a request, each with its secret. They stand in the order of the secrets, the newest first, so which is
 * whose is known when there are as many of them as secrets of that time that still sign.
 */
export function signaturesOf(ways: Signature[], headers: Header[], secrets: Secret[], at: string): Made[] {
  return ways.flatMap((way) => {
    const kind = way.scheme === "STANDARD_WEBHOOKS_V1A" ? "ED25519" : "SYMMETRIC";
    const live = secrets.filter((one) => one.kind === kind && signed(one, Date.parse(at)));
    const made = valuesOf(way, headers);
    return made.map((one, i) => ({ ...one, secret: live.length === made.length ? (live[i] ?? null) : null }));
  });
}

function signed(secret: Secret, at: number): boolean {
  return Date.parse(secret.createdAt) <= at && (!secret.expiresAt || Date.parse(secret.expiresAt) > at);
}

function valuesOf(way: Signature, headers: Header[]): { header: string; value: string }[] {
  const words = (name: string) => {
    const found = headers.find((one) => one.name.toLowerCase() === name.toLowerCase());
    return (found?.value.split(" ") ?? []).map((value) => ({ header: found?.name ?? name, value }));
  };
  if (way.scheme === "STANDARD_WEBHOOKS_V1") return words("webhook-signature").filter((one) => one.value.startsWith("v1,"));
  if (way.scheme === "STANDARD_WEBHOOKS_V1A") return words("webhook-signature").filter((one) => one.value.startsWith("v1a,"));
  if (way.scheme === "NONE") return [];
  return [...words(way.headerName), ...words(`${way.headerName}-Previous`)];
}
