import { Button } from "@mantine/core";
import { useState } from "react";
import { useClient } from "urql";
import { Panel } from "~/components/Page";
import { Payload } from "~/components/Payload";
import { graphql } from "~/gql";
import type { PreviewQuery, WebhookSettingsInput } from "~/gql/graphql";
import { matchWords } from "~/lib/status";
import { Headers } from "../deliveries/AttemptView";

const PreviewDocument = graphql(`
  query Preview($input: WebhookPreviewInput!) {
    webhookPreview(input: $input) {
      previews {
        eventId
        eventType
        matched
        reason
        detail
        request {
          method
          url
          headers {
            name
            value
          }
          body
        }
        error {
          message
        }
        changes {
          path
          before
          after
        }
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`);

type Result = NonNullable<PreviewQuery["webhookPreview"]>;

interface Props {
  webhookId: string;
  url: string;
  settings: WebhookSettingsInput;
}

/** What would be sent with the settings as they stand in the form. Nothing is sent. */
export function Preview({ webhookId, url, settings }: Props) {
  const client = useClient();
  const [result, setResult] = useState<Result | null>(null);
  const [failed, setFailed] = useState("");
  const [busy, setBusy] = useState(false);

  async function preview() {
    setBusy(true);
    const answer = await client
      .query(PreviewDocument, { input: { webhookId, url, settings, last: 3 } }, { requestPolicy: "network-only" })
      .toPromise();
    setBusy(false);
    setFailed(answer.error?.message ?? answer.data?.webhookPreview?.userErrors.map((one) => one.message).join(" ") ?? "");
    setResult(answer.data?.webhookPreview ?? null);
  }

  return (
    <Panel
      title="Preview"
      actions={
        <Button size="compact-xs" variant="default" loading={busy} onClick={() => void preview()}>
          Try with the last events
        </Button>
      }
    >
      {failed ? <p style={{ color: "var(--bad)", margin: 0 }} role="alert">{failed}</p> : null}
      {!result && !failed ? (
        <p className="dim" style={{ margin: 0 }}>Shows the requests that the form, unsaved, would make of the last events. Nothing is sent.</p>
      ) : null}
      {result && result.previews.length === 0 && !failed ? <p className="dim">There is no event to try it with yet.</p> : null}
      <div className="stack">
        {result?.previews.map((one, i) => (
          <section key={one.eventId ?? i} aria-label={one.eventType}>
            <strong className="mono">{one.eventType}</strong>
            <div className="dim" style={{ fontSize: 12.5 }}>
              {matchWords[one.reason]}
              {one.detail ? `: ${one.detail}` : ""}
            </div>
            {one.error ? <p style={{ color: "var(--bad)" }}>{one.error.message}</p> : null}
            {one.request ? (
              <>
                <p className="mono" style={{ overflowWrap: "anywhere" }}>
                  {one.request.method} {one.request.url}
                </p>
                <Headers of={one.request.headers} />
                <Payload body={one.request.body} label={`body for ${one.eventType}`} name="preview.txt" />
              </>
            ) : null}
            {one.changes.length > 0 ? (
              <p className="dim" style={{ fontSize: 12.5 }}>Changes: {one.changes.map((change) => change.path).join(", ")}</p>
            ) : null}
          </section>
        ))}
      </div>
    </Panel>
  );
}
