import { Alert, Button } from "@mantine/core";
import { useState } from "react";
import { useQuery } from "urql";
import { Panel } from "~/components/Page";
import { CodeField } from "~/components/Payload";
import { Failed, Loading } from "~/components/States";
import type { UpdateWebhookMutation } from "~/gql/graphql";
import { problemAt, useAction } from "~/hooks/useAction";
import { useSigned } from "~/hooks/useViewer";
import { type AuthDraft, authInput, type Draft, draftOf, hostOf, settingsInput } from "~/lib/draft";
import { words } from "~/lib/status";
import { ProfileDocument, UpdateDocument } from "./documents";
import { Fields, type FormState } from "./Fields";
import { fieldsOf, type Profile } from "./formFields";
import type { HeadersDraft } from "./HeadersField";
import { Preview } from "./Preview";
import type { Webhook } from "./WebhookPage";

const updated = (data: UpdateWebhookMutation) => data.updateWebhook;

export function SettingsTab({ webhook }: { webhook: Webhook }) {
  const { organization } = useSigned();
  const [{ data, error }, reload] = useQuery({ query: ProfileDocument, variables: { id: organization.id } });
  const found = data?.organization;
  if (!found && error) return <Failed error={error} retry={() => reload({ requestPolicy: "network-only" })} />;
  if (!found) return <Loading />;
  return <Form webhook={webhook} profile={found.profile} insecureAllowed={found.limits.allowInsecureUrls} />;
}

interface Props {
  webhook: Webhook;
  profile: Profile;
  insecureAllowed: boolean;
}

function Form({ webhook, profile, insecureAllowed }: Props) {
  const start = () => draftOf(webhook.settings, webhook);
  const [draft, setDraft] = useState<Draft>(start);
  const [auth, setAuth] = useState<AuthDraft>({ kind: webhook.auth ? "keep" : "none", name: "", secret: "" });
  const [headers, setHeaders] = useState<HeadersDraft>(null);
  const update = useAction(UpdateDocument, updated, true);
  const { problems } = update;
  const settings = settingsInput(draft, webhook.settings);
  const change = (changes: Partial<Draft>) => setDraft((before) => ({ ...before, ...changes }));
  const asked = fieldsOf({ profile, settings: webhook.settings, isNew: false });
  const form: FormState = {
    profile, base: webhook.settings, problems, draft, change, auth, setAuth, headers, setHeaders, insecureAllowed,
    currentAuth: webhook.auth ? words(webhook.auth.type) : undefined,
    currentHeaders: webhook.customHeaders,
  };
  const clean = JSON.stringify(draft) === JSON.stringify(start()) && headers === null;
  const untouched = clean && (auth.kind === "keep" || (auth.kind === "none" && !webhook.auth));

  async function save() {
    await update.run(
      {
        id: webhook.id,
        name: draft.name || hostOf(draft.url),
        description: draft.description || null,
        url: draft.url === webhook.url ? undefined : draft.url,
        settings,
        auth: webhook.auth || auth.kind !== "none" ? authInput(auth) : undefined,
        customHeaders: headers ?? undefined,
      },
      "Saved. Deliveries under way use it from their next attempt.",
    );
  }

  return (
    <div className="split">
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Panel title="Endpoint">
          <Fields of={asked.first} form={form} />
        </Panel>
        <Panel title="More settings">
          <Fields of={asked.rest} form={form} />
        </Panel>
        <Panel title="Envelope">
          <p className="dim" style={{ marginTop: 0 }}>
            The CEL expression that makes the body. It sees <code className="mono">event</code>,{" "}
            <code className="mono">webhook</code>, <code className="mono">organization</code> and{" "}
            <code className="mono">delivery</code>. The preview shows what comes of it.
          </p>
          <CodeField value={draft.envelope} onChange={(envelope) => change({ envelope })} label="Envelope" json={false} />
          {problemAt(problems, "settings.envelope") ? (
            <div style={{ color: "var(--bad)", fontSize: 12.5, marginTop: 4 }}>{problemAt(problems, "settings.envelope")}</div>
          ) : null}
        </Panel>
        {problems.length > 0 ? (
          <Alert color="red" role="alert" title="Not saved">
            {problems.map((one) => one.message).join(" ")}
          </Alert>
        ) : null}
        <div style={{ display: "flex", gap: 8, justifyContent: "flex-end" }}>
          <Button
            variant="default"
            disabled={untouched}
            onClick={() => {
              setDraft(start());
              setHeaders(null);
              update.clear();
            }}
          >
            Discard
          </Button>
          <Button type="submit" loading={update.busy} disabled={untouched}>
            Save
          </Button>
        </div>
      </form>
      <Preview webhookId={webhook.id} url={draft.url} settings={settings} />
    </div>
  );
}
