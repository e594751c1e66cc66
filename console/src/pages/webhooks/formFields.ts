import type { ProfileQuery, SettingsFragment, WebhookFormField } from "~/gql/graphql";
import type { Problem } from "~/hooks/useAction";
import type { Presentation } from "~/hooks/useProfile";

export type Profile = NonNullable<ProfileQuery["organization"]>["profile"];
export type ProfileRules = Profile["rules"];
export type Entry = Presentation["formFields"][number];

// What each is called by a profile that does not ask it first.
const titles: Record<WebhookFormField, string> = {
  NAME: "Name",
  DESCRIPTION: "Description",
  URL: "Endpoint URL",
  METHOD: "Method",
  EVENTS: "Events",
  RESOURCES: "Resource filter",
  SECRET: "Secret",
  AUTH: "Authentication",
  HEADERS: "Custom headers",
  SECTIONS: "Parts of the payload",
  RETRIES: "Retry on failure",
  TIMEOUT: "Timeout, in seconds",
  RATE: "Requests per second",
  AUTO_DISABLE: "When it is deactivated by itself",
  SECRET_ROTATION: "Replace the secret every",
  ENABLED: "Active",
};

const all = Object.keys(titles) as WebhookFormField[];
const onlyWhenNew = new Set<WebhookFormField>(["EVENTS", "RESOURCES", "SECRET", "ENABLED"]);

// Where the server says that something is wrong with it.
const paths: Record<WebhookFormField, string[]> = {
  NAME: ["name"],
  DESCRIPTION: ["description"],
  URL: ["url"],
  METHOD: ["settings.method"],
  EVENTS: ["eventTypes"],
  RESOURCES: ["subscriptions"],
  SECRET: ["signingSecret"],
  AUTH: ["auth"],
  HEADERS: ["customHeaders"],
  SECTIONS: ["settings.sections"],
  RETRIES: ["settings.retryPolicy"],
  TIMEOUT: ["settings.timeoutSeconds"],
  RATE: ["settings.maxRequestsPerSecond"],
  AUTO_DISABLE: ["settings.autoDisable"],
  SECRET_ROTATION: ["settings.secretRotation"],
  ENABLED: ["enabled"],
};

/** What has to be known to tell which fields there is a choice about. */
export interface Asked {
  profile: Profile;
  settings: SettingsFragment;
  isNew: boolean;
}

/** Whether there is anything to choose: a profile with one method asks for none. */
export function offered(field: WebhookFormField, { profile, settings, isNew }: Asked): boolean {
  if (!isNew && onlyWhenNew.has(field)) return false;
  const { rules, presentation } = profile;
  const signed = settings.signatures.length > 0;
  if (field === "METHOD") return rules.methods.length > 1;
  if (field === "SECRET") return rules.secretSource !== "GENERATED" && signed;
  if (field === "SECRET_ROTATION") return rules.secretSource !== "CHOSEN" && signed;
  if (field === "SECTIONS") return settings.sections.length > 0;
  if (field === "EVENTS" || field === "RESOURCES") return presentation.webhookForm === "ONE_STEP";
  return true;
}

/** The fields of a form: first those that the profile asks first, then all others. */
export function fieldsOf(asked: Asked): { first: Entry[]; rest: Entry[] } {
  const chosen = asked.profile.presentation.formFields.filter(({ field }) => offered(field, asked));
  const rest = all.filter((field) => offered(field, asked) && !chosen.some((one) => one.field === field));
  return { first: chosen, rest: rest.map((field) => ({ field, title: titles[field] })) };
}

/** The problems that are shown at some of the fields. */
export function problemsOf(problems: Problem[], fields: Entry[]): Problem[] {
  const known = new Set(fields.flatMap(({ field }) => paths[field]));
  return problems.filter((one) => {
    const path = one.field ?? [];
    return known.has(path[0] ?? "") || known.has(path.slice(0, 2).join("."));
  });
}
