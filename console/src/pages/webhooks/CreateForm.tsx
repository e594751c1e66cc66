import { Alert, Button, PasswordInput, Switch } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { Panel } from "~/components/Page";
import type { CreateWebhookMutation, ProfileQuery } from "~/gql/graphql";
import { problemAt, useAction } from "~/hooks/useAction";
import { useSigned } from "~/hooks/useViewer";
import { type AuthDraft, authInput, type Draft, draftOf, settingsInput } from "~/lib/draft";
import { AuthFields } from "./AuthFields";
import { CreateDocument } from "./documents";
import { EventTypesField } from "./EventTypesField";
import { NewSecret } from "./NewSecret";
import { PolicyFields, RequestFields } from "./SettingsFields";

type Profile = NonNullable<ProfileQuery["organization"]>["profile"];

const created = (data: CreateWebhookMutation) => data.createWebhook;

/** A new webhook, as the profile lets it be: what it does not let people choose is not asked. */
export function CreateForm({ profile }: { profile: Profile }) {
  const { organization } = useSigned();
  const navigate = useNavigate();
  const [recipe, setRecipe] = useState<string | null>(null);
  const from = profile.recipes.find((one) => one.name === recipe);
  const base = from?.settings ?? profile.settings;
  const [draft, setDraft] = useState<Draft>(() => draftOf(base, { name: "", url: "" }));
  const [auth, setAuth] = useState<AuthDraft>({ kind: "none", name: "", secret: "" });
  const [types, setTypes] = useState<string[]>([]);
  const [secret, setSecret] = useState("");
  const [enabled, setEnabled] = useState(true);
  const [made, setMade] = useState<{ id: string; secret: string } | null>(null);
  const create = useAction(CreateDocument, created, true);
  const { problems } = create;
  const change = (changes: Partial<Draft>) => setDraft((before) => ({ ...before, ...changes }));
  const source = profile.rules.secretSource;

  function start(name: string | null) {
    const next = profile.recipes.find((one) => one.name === name);
    setRecipe(name);
    setDraft(draftOf(next?.settings ?? profile.settings, { name: draft.name || (next?.title ?? ""), url: draft.url }));
    setTypes(next?.eventTypes ?? []);
  }

  async function submit() {
    const result = await create.run({
      organizationId: organization.id,
      name: draft.name,
      description: draft.description || undefined,
      url: draft.url,
      recipe: recipe ?? undefined,
      settings: settingsInput(draft, base),
      auth: authInput(auth) ?? undefined,
      eventTypes: types.filter((one) => !from?.eventTypes.includes(one)),
      enabled,
      signingSecret: secret || undefined,
    });
    if (!result?.webhook) return;
    if (result.signingSecret && source !== "CHOSEN") setMade({ id: result.webhook.id, secret: result.signingSecret });
    else await navigate({ to: "/webhooks/$id", params: { id: result.webhook.id } });
  }

  if (made) {
    return (
      <NewSecret
        secret={made.secret}
        title="The webhook was created"
        onDone={() => void navigate({ to: "/webhooks/$id", params: { id: made.id }, search: { tab: "test" } })}
      />
    );
  }
  const shown = ["name", "url", "description", "settings", "auth", "eventTypes", "signingSecret"];
  const others = problems.filter((one) => !shown.includes(one.field?.[0] ?? ""));
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      {profile.recipes.length > 0 ? (
        <Panel title="Start from">
          <div style={{ display: "flex", gap: 8, flexWrap: "wrap" }} role="group" aria-label="Recipes">
            <Button variant={recipe === null ? "light" : "default"} aria-pressed={recipe === null} onClick={() => start(null)}>
              Nothing
            </Button>
            {profile.recipes.map((one) => (
              <Button
                key={one.name}
                variant={recipe === one.name ? "light" : "default"}
                aria-pressed={recipe === one.name}
                onClick={() => start(one.name)}
              >
                {one.title}
              </Button>
            ))}
          </div>
          {from ? <p className="dim" style={{ margin: "10px 0 0" }}>{from.description}</p> : null}
        </Panel>
      ) : null}
      <Panel title="Endpoint">
        <div className="stack">
          <RequestFields draft={draft} onChange={change} rules={profile.rules} problems={problems} urlHint={from?.urlHint ?? ""} />
          <EventTypesField value={types} onChange={setTypes} error={problemAt(problems, "eventTypes")} />
          {source === "GENERATED" || base.signatures.length === 0 ? null : (
            <PasswordInput
              label="Secret"
              required={source === "CHOSEN"}
              description={source === "ANY" ? "Made for you when you leave it empty." : "You choose it; the receiver needs the same."}
              autoComplete="new-password"
              value={secret}
              onChange={(event) => setSecret(event.currentTarget.value)}
              error={problemAt(problems, "signingSecret")}
            />
          )}
          <AuthFields auth={auth} onChange={setAuth} problems={problems} />
          <Switch label="Active: enable immediately" checked={enabled} onChange={(event) => setEnabled(event.currentTarget.checked)} />
        </div>
      </Panel>
      <Panel title="Delivery">
        <div className="stack">
          <PolicyFields draft={draft} onChange={change} base={base} rules={profile.rules} problems={problems} />
        </div>
      </Panel>
      {others.length > 0 ? (
        <Alert color="red" role="alert">
          {others.map((one) => one.message).join(" ")}
        </Alert>
      ) : null}
      <div style={{ display: "flex", gap: 8, justifyContent: "flex-end" }}>
        <Button variant="default" onClick={() => void navigate({ to: "/webhooks" })}>
          Discard
        </Button>
        <Button type="submit" loading={create.busy}>
          Create
        </Button>
      </div>
    </form>
  );
}
