import { Alert, Button } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { Panel } from "~/components/Page";
import type { CreateWebhookMutation } from "~/gql/graphql";
import { useAction } from "~/hooks/useAction";
import { useSigned } from "~/hooks/useViewer";
import { type AuthDraft, authInput, type Draft, draftOf, hostOf, settingsInput } from "~/lib/draft";
import { CreateDocument } from "./documents";
import { Fields, type FormState, type NewDraft } from "./Fields";
import { fieldsOf, type Profile, problemsOf } from "./formFields";
import type { HeadersDraft } from "./HeadersField";
import { NewSecret } from "./NewSecret";
import { Recipes } from "./Recipes";
import type { WebhookTab } from "./tabs";

const created = (data: CreateWebhookMutation) => data.createWebhook;
const nothing: NewDraft = { types: [], resources: [], secret: "", enabled: true };

interface Props {
  profile: Profile;
  insecureAllowed: boolean;
}

/** A new webhook, as the profile lets it be: in its order, with its words, without what it leaves no choice about. */
export function CreateForm({ profile, insecureAllowed }: Props) {
  const { organization } = useSigned();
  const navigate = useNavigate();
  const [recipe, setRecipe] = useState<string | null>(null);
  const from = profile.recipes.find((one) => one.name === recipe);
  const base = from?.settings ?? profile.settings;
  const [draft, setDraft] = useState<Draft>(() => draftOf(base, { name: "", url: "" }));
  const [fresh, setFresh] = useState(nothing);
  const [auth, setAuth] = useState<AuthDraft>({ kind: "none", name: "", secret: "" });
  const [headers, setHeaders] = useState<HeadersDraft>(null);
  const [made, setMade] = useState<{ id: string; secret: string } | null>(null);
  const create = useAction(CreateDocument, created, true);
  const { problems } = create;
  const asked = fieldsOf({ profile, settings: base, isNew: true });
  const later = profile.presentation.webhookForm === "SUBSCRIBE_AFTERWARDS";
  const tab: WebhookTab | undefined = later ? "subscriptions" : undefined;
  const form: FormState = {
    profile, base, problems, draft, auth, setAuth, headers, setHeaders, fresh, insecureAllowed, urlHint: from?.urlHint,
    change: (changes) => setDraft((before) => ({ ...before, ...changes })),
    setFresh: (changes) => setFresh((before) => ({ ...before, ...changes })),
  };

  function start(name: string | null) {
    const next = profile.recipes.find((one) => one.name === name);
    setRecipe(name);
    setDraft(draftOf(next?.settings ?? profile.settings, { name: draft.name || (next?.title ?? ""), url: draft.url }));
    setFresh((before) => ({ ...before, types: next?.eventTypes ?? [] }));
  }

  async function submit() {
    const { types, resources } = fresh;
    const result = await create.run({
      organizationId: organization.id,
      name: draft.name || hostOf(draft.url),
      description: draft.description || undefined,
      url: draft.url,
      recipe: recipe ?? undefined,
      settings: settingsInput(draft, base),
      auth: authInput(auth) ?? undefined,
      customHeaders: headers ?? undefined,
      ...(resources.length > 0
        ? { subscriptions: types.map((eventType) => ({ eventType, resourceIds: resources })) }
        : { eventTypes: types }),
      enabled: fresh.enabled,
      signingSecret: fresh.secret || undefined,
    });
    if (!result?.webhook) return;
    const { id } = result.webhook;
    if (result.signingSecret && !fresh.secret) setMade({ id, secret: result.signingSecret });
    else await navigate({ to: "/webhooks/$id", params: { id }, search: { tab } });
  }

  if (made) {
    return (
      <NewSecret
        secret={made.secret}
        title="The webhook was created"
        onDone={() => void navigate({ to: "/webhooks/$id", params: { id: made.id }, search: { tab: tab ?? "test" } })}
      />
    );
  }
  const hidden = problemsOf(problems, asked.rest);
  const others = problems.filter((one) => !problemsOf(problems, [...asked.first, ...asked.rest]).includes(one));
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Recipes of={profile.recipes} chosen={recipe} onChoose={start} />
      <Panel>
        <Fields of={asked.first} form={form} />
        {later ? (
          <p className="dim" style={{ margin: "16px 0 0" }}>
            Save it first; then choose the events that it is told of.
          </p>
        ) : null}
      </Panel>
      <details className="panel" open={hidden.length > 0}>
        <summary style={{ padding: "10px 14px", fontWeight: 600 }}>More settings</summary>
        <div className="panel-body">
          <Fields of={asked.rest} form={form} />
        </div>
      </details>
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
