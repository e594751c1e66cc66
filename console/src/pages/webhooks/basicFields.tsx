import { PasswordInput, Switch, TagsInput, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { problemAt } from "~/hooks/useAction";
import { asksName, hostOf } from "~/lib/draft";
import type { FieldProps } from "./Fields";

export function NameField({ title, form: { draft, change, problems, profile } }: FieldProps) {
  const asked = asksName(profile.presentation.formFields);
  return (
    <TextInput
      label={title}
      required={asked}
      description={asked ? undefined : "The host of its URL, unless you give another."}
      placeholder={asked ? undefined : hostOf(draft.url)}
      maxLength={100}
      value={draft.name}
      onChange={(event) => change({ name: event.currentTarget.value })}
      error={problemAt(problems, "name")}
    />
  );
}

export function UrlField({ title, form: { draft, change, problems, urlHint, insecureAllowed } }: FieldProps) {
  const insecure = /^http:\/\//i.test(draft.url.trim());
  const warning = insecureAllowed
    ? "http:// is for development only: what is sent can be read and changed on its way. Use https:// if you can."
    : "Only URLs that begin with https:// are allowed here.";
  return (
    <div>
      <TextInput
        label={title}
        required
        placeholder={urlHint ?? "https://example.com/webhooks"}
        value={draft.url}
        onChange={(event) => change({ url: event.currentTarget.value })}
        error={problemAt(problems, "url")}
      />
      {insecure ? (
        <div role="status" style={{ color: "var(--warn)", fontSize: 12.5, marginTop: 4 }}>
          {warning}
        </div>
      ) : null}
    </div>
  );
}

export function DescriptionField({ title, form: { draft, change, problems } }: FieldProps) {
  return (
    <Textarea
      label={title}
      autosize
      minRows={1}
      value={draft.description}
      onChange={(event) => change({ description: event.currentTarget.value })}
      error={problemAt(problems, "description")}
    />
  );
}

/** Off means all resources. */
export function ResourcesField({ title, form: { fresh, setFresh, problems } }: FieldProps) {
  const [on, setOn] = useState(false);
  function turn(next: boolean) {
    setOn(next);
    if (!next) setFresh?.({ resources: [] });
  }
  return (
    <div>
      <Switch
        label={title}
        description="Off: it is told of events about all resources."
        checked={on}
        onChange={(event) => turn(event.currentTarget.checked)}
      />
      {on ? (
        <TagsInput
          mt="xs"
          label="Only events about one of these"
          description="Ids of resources. All, when it is empty."
          value={fresh?.resources ?? []}
          onChange={(resources) => setFresh?.({ resources })}
          error={problemAt(problems, "subscriptions")}
          acceptValueOnBlur
        />
      ) : null}
    </div>
  );
}

export function SecretField({ title, form: { fresh, setFresh, problems, profile } }: FieldProps) {
  const chosen = profile.rules.secretSource === "CHOSEN";
  return (
    <PasswordInput
      label={title}
      required={chosen}
      description={chosen ? "You choose it; the receiver needs the same." : "Made for you when you leave it empty."}
      autoComplete="new-password"
      value={fresh?.secret ?? ""}
      onChange={(event) => setFresh?.({ secret: event.currentTarget.value })}
      error={problemAt(problems, "signingSecret")}
    />
  );
}

export function EnabledField({ title, form: { fresh, setFresh } }: FieldProps) {
  return (
    <Switch
      label={title}
      description="Put it to use as soon as it is saved."
      checked={fresh?.enabled ?? true}
      onChange={(event) => setFresh?.({ enabled: event.currentTarget.checked })}
    />
  );
}
