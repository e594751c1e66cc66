import type { SettingsFragment, WebhookAuthInput, WebhookSettingsInput } from "~/gql/graphql";

export interface Header {
  name: string;
  value: string;
}

/** What somebody types into the form of a webhook. */
export interface Draft {
  name: string;
  description: string;
  url: string;
  method: SettingsFragment["method"];
  timeoutSeconds: number;
  retry: boolean;
  /** The waits, as "60, 300, 900". Not used with a backoff. */
  delays: string;
  /** With a backoff: how many retries. */
  retries: number;
  sections: { name: string; included: boolean }[];
  rate: number;
  disableAfter: number;
  disableHours: number;
  onGone: boolean;
  rotateDays: number;
  overlapSeconds: number;
  envelope: string;
}

export function draftOf(settings: SettingsFragment, of: { name: string; description?: string | null; url: string }): Draft {
  return {
    name: of.name,
    description: of.description ?? "",
    url: of.url,
    method: settings.method,
    timeoutSeconds: settings.timeoutSeconds,
    retry: settings.retryPolicy.enabled,
    delays: settings.retryPolicy.delaysSeconds.join(", "),
    retries: settings.retryPolicy.backoff?.retries ?? settings.retryPolicy.delaysSeconds.length,
    sections: settings.sections.map(({ name, included }) => ({ name, included })),
    rate: settings.maxRequestsPerSecond,
    disableAfter: settings.autoDisable.consecutiveFailures,
    disableHours: settings.autoDisable.failingForHours,
    onGone: settings.autoDisable.onGone,
    rotateDays: settings.secretRotation.everyDays,
    overlapSeconds: settings.secretRotation.overlapSeconds,
    envelope: settings.envelope,
  };
}

/** Whether a form asks for a name at all. Where it does not, a webhook is called after the host of its URL. */
export function asksName(fields: { field: string }[]): boolean {
  return fields.some((one) => one.field === "NAME");
}

/** The host of a URL, or nothing while it is none. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host.slice(0, 100) : "";
}

export function waits(text: string): number[] {
  return text
    .split(/[\s,;]+/)
    .filter((one) => one !== "")
    .map(Number)
    .filter((one) => Number.isInteger(one));
}

/** Only what differs from the settings that the draft started from, so that the rest goes on following the profile. */
export function settingsInput(draft: Draft, base: SettingsFragment): WebhookSettingsInput {
  const before = draftOf(base, { name: "", url: "" });
  const input: WebhookSettingsInput = {};
  if (draft.method !== before.method) input.method = draft.method;
  if (draft.timeoutSeconds !== before.timeoutSeconds) input.timeoutSeconds = draft.timeoutSeconds;
  if (draft.envelope !== before.envelope) input.envelope = draft.envelope;
  if (draft.rate !== before.rate) input.maxRequestsPerSecond = draft.rate;
  const sections = draft.sections.filter((one, i) => one.included !== before.sections[i]?.included);
  if (sections.length > 0) input.sections = sections;
  const retryPolicy: NonNullable<WebhookSettingsInput["retryPolicy"]> = {};
  if (draft.retry !== before.retry) retryPolicy.enabled = draft.retry;
  if (base.retryPolicy.backoff) {
    if (draft.retries !== before.retries) retryPolicy.backoff = { retries: draft.retries };
  } else if (draft.delays !== before.delays) retryPolicy.delaysSeconds = waits(draft.delays);
  if (Object.keys(retryPolicy).length > 0) input.retryPolicy = retryPolicy;
  const autoDisable: NonNullable<WebhookSettingsInput["autoDisable"]> = {};
  if (draft.disableAfter !== before.disableAfter) autoDisable.consecutiveFailures = draft.disableAfter;
  if (draft.disableHours !== before.disableHours) autoDisable.failingForHours = draft.disableHours;
  if (draft.onGone !== before.onGone) autoDisable.onGone = draft.onGone;
  if (Object.keys(autoDisable).length > 0) input.autoDisable = autoDisable;
  const secretRotation: NonNullable<WebhookSettingsInput["secretRotation"]> = {};
  if (draft.rotateDays !== before.rotateDays) secretRotation.everyDays = draft.rotateDays;
  if (draft.overlapSeconds !== before.overlapSeconds) secretRotation.overlapSeconds = draft.overlapSeconds;
  if (Object.keys(secretRotation).length > 0) input.secretRotation = secretRotation;
  return input;
}

export interface AuthDraft {
  kind: "keep" | "none" | "bearer" | "basic" | "header";
  name: string;
  secret: string;
}

/** Undefined leaves it as it is, null takes it away. */
export function authInput(auth: AuthDraft): WebhookAuthInput | null | undefined {
  if (auth.kind === "keep") return undefined;
  if (auth.kind === "none") return null;
  if (auth.kind === "bearer") return { bearer: { token: auth.secret } };
  if (auth.kind === "basic") return { basic: { username: auth.name, password: auth.secret } };
  return { header: { name: auth.name, value: auth.secret } };
}
