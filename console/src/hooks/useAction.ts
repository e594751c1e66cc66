import { notifications } from "@mantine/notifications";
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { useCallback, useState } from "react";
import { useClient, type AnyVariables } from "urql";

export interface Problem {
  code: string;
  message: string;
  field?: string[] | null;
}

interface Payload {
  userErrors: Problem[];
}

/**
 * Runs a mutation with one payload. Says what went wrong, and answers with the payload or null. With quiet, refusals are
 * given back in `problems` only, for forms that show them beside their fields.
 */
export function useAction<Data, Input, P extends Payload>(
  document: TypedDocumentNode<Data, { input: Input }>,
  pick: (data: Data) => P | null | undefined,
  quiet = false,
) {
  const client = useClient();
  const [busy, setBusy] = useState(false);
  const [problems, setProblems] = useState<Problem[]>([]);

  const run = useCallback(
    async (input: Input, done?: string): Promise<P | null> => {
      setBusy(true);
      const result = await client.mutation(document as TypedDocumentNode<Data, AnyVariables>, { input }).toPromise();
      setBusy(false);
      const payload = result.data ? pick(result.data) : null;
      const found: Problem[] = result.error
        ? [{ code: "FAILED", message: result.error.networkError ? "The API does not answer. Try again in a moment." : (result.error.graphQLErrors[0]?.message ?? "It failed.") }]
        : (payload?.userErrors ?? []);
      setProblems(found);
      if (found.length > 0) {
        if (!quiet || result.error) notifications.show({ color: "red", title: "Not done", message: found.map((one) => one.message).join(" ") });
        return null;
      }
      if (done) notifications.show({ message: done, color: "pine" });
      return payload ?? null;
    },
    [client, document, pick, quiet],
  );
  return { run, busy, problems, clear: () => setProblems([]) };
}

/** The message for a field such as "settings.timeoutSeconds", or for any below it. */
export function problemAt(problems: Problem[], path: string): string | undefined {
  const found = problems.find((one) => {
    const field = one.field?.join(".") ?? "";
    return field === path || field.startsWith(`${path}.`);
  });
  return found?.message;
}
