import type { ReactNode } from "react";
import type { SettingsFragment, WebhookFormField } from "~/gql/graphql";
import { type Problem, problemAt } from "~/hooks/useAction";
import type { AuthDraft, Draft } from "~/lib/draft";
import { AuthFields } from "./AuthFields";
import { EventTypesField } from "./EventTypesField";
import type { Entry, Profile } from "./formFields";
import { HeadersField, type HeadersDraft } from "./HeadersField";
import { DescriptionField, EnabledField, NameField, ResourcesField, SecretField, UrlField } from "./basicFields";
import {
  AutoDisableField, MethodField, RateField, RetriesField, RotationField, SectionsField, TimeoutField,
} from "./SettingsFields";

/** What a new webhook is asked besides its settings. */
export interface NewDraft {
  types: string[];
  resources: string[];
  secret: string;
  enabled: boolean;
}

/** A form as it stands: what is typed, what was wrong with it, and what it started from. */
export interface FormState {
  profile: Profile;
  base: SettingsFragment;
  problems: Problem[];
  draft: Draft;
  change: (changes: Partial<Draft>) => void;
  auth: AuthDraft;
  setAuth: (auth: AuthDraft) => void;
  headers: HeadersDraft;
  setHeaders: (headers: HeadersDraft) => void;
  /** What the webhook has now and keeps unless told. */
  currentAuth?: string | undefined;
  currentHeaders?: { name: string; value: string }[];
  urlHint?: string | undefined;
  insecureAllowed?: boolean | undefined;
  /** For a new one only. */
  fresh?: NewDraft;
  setFresh?: (changes: Partial<NewDraft>) => void;
}

export interface FieldProps {
  title: string;
  form: FormState;
}

const fields: Record<WebhookFormField, (props: FieldProps) => ReactNode> = {
  NAME: NameField,
  DESCRIPTION: DescriptionField,
  URL: UrlField,
  METHOD: MethodField,
  EVENTS: ({ title, form }) => (
    <EventTypesField
      label={title}
      value={form.fresh?.types ?? []}
      onChange={(types) => form.setFresh?.({ types })}
      error={problemAt(form.problems, "eventTypes") ?? problemAt(form.problems, "subscriptions")}
    />
  ),
  RESOURCES: ResourcesField,
  SECRET: SecretField,
  AUTH: ({ title, form }) => (
    <AuthFields
      title={title}
      current={form.currentAuth}
      auth={form.auth}
      onChange={form.setAuth}
      problems={form.problems}
    />
  ),
  HEADERS: ({ title, form }) => (
    <HeadersField
      title={title}
      current={form.currentHeaders ?? []}
      value={form.headers}
      onChange={form.setHeaders}
      problems={form.problems}
    />
  ),
  SECTIONS: SectionsField,
  RETRIES: RetriesField,
  TIMEOUT: TimeoutField,
  RATE: RateField,
  AUTO_DISABLE: AutoDisableField,
  SECRET_ROTATION: RotationField,
  ENABLED: EnabledField,
};

/** Some fields, in the order and with the words of the profile. */
export function Fields({ of, form }: { of: Entry[]; form: FormState }) {
  return (
    <div className="stack">
      {of.map(({ field, title }) => {
        const Field = fields[field];
        return <Field key={field} title={title} form={form} />;
      })}
    </div>
  );
}
