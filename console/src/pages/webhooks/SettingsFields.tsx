import { NumberInput, Select, Switch, Textarea, TextInput } from "@mantine/core";
import type { ProfileQuery, SettingsFragment } from "~/gql/graphql";
import { type Problem, problemAt } from "~/hooks/useAction";
import { type Draft, waits } from "~/lib/draft";
import { span } from "~/lib/time";
import { words } from "~/lib/status";

export type ProfileRules = NonNullable<ProfileQuery["organization"]>["profile"]["rules"];

interface Props {
  draft: Draft;
  onChange: (changes: Partial<Draft>) => void;
  base: SettingsFragment;
  rules: ProfileRules;
  problems: Problem[];
}

const number = (value: string | number) => (typeof value === "number" ? value : 0);

/** Name, URL and what the profile lets people choose about requests. */
export function RequestFields({ draft, onChange, rules, problems, urlHint }: Omit<Props, "base"> & { urlHint?: string }) {
  return (
    <>
      <TextInput
        label="Name"
        required
        maxLength={100}
        value={draft.name}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
        error={problemAt(problems, "name")}
      />
      <TextInput
        label="Endpoint URL"
        required
        placeholder={urlHint ?? "https://example.com/webhooks"}
        value={draft.url}
        onChange={(event) => onChange({ url: event.currentTarget.value })}
        error={problemAt(problems, "url")}
      />
      <Textarea
        label="Description"
        autosize
        minRows={1}
        value={draft.description}
        onChange={(event) => onChange({ description: event.currentTarget.value })}
        error={problemAt(problems, "description")}
      />
      <div style={{ display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(190px, 1fr))", gap: 12 }}>
        {rules.methods.length > 1 ? (
          <Select
            label="Method"
            data={rules.methods}
            allowDeselect={false}
            value={draft.method}
            onChange={(value) => onChange({ method: (value ?? draft.method) as Draft["method"] })}
            error={problemAt(problems, "settings.method")}
          />
        ) : null}
        <NumberInput
          label="Timeout, in seconds"
          description={`${rules.minTimeoutSeconds} to ${rules.maxTimeoutSeconds}`}
          min={rules.minTimeoutSeconds}
          max={rules.maxTimeoutSeconds}
          clampBehavior="none"
          value={draft.timeoutSeconds}
          onChange={(value) => onChange({ timeoutSeconds: number(value) })}
          error={problemAt(problems, "settings.timeoutSeconds")}
        />
        <NumberInput
          label="Requests per second"
          description="At most. 0 means as many as there are."
          min={0}
          value={draft.rate}
          onChange={(value) => onChange({ rate: number(value) })}
          error={problemAt(problems, "settings.maxRequestsPerSecond")}
        />
      </div>
    </>
  );
}

/** What is sent, when it is tried again and when the webhook is taken out of use. */
export function PolicyFields({ draft, onChange, base, rules, problems }: Props) {
  const set = (name: string, included: boolean) =>
    onChange({ sections: draft.sections.map((one) => (one.name === name ? { name, included } : one)) });
  return (
    <>
      {draft.sections.length > 0 ? (
        <fieldset style={{ border: 0, padding: 0, margin: 0 }}>
          <legend style={{ fontWeight: 500, fontSize: 13, marginBottom: 6 }}>Parts of the payload</legend>
          <div style={{ display: "flex", gap: 18, flexWrap: "wrap" }}>
            {draft.sections.map((one) => (
              <Switch
                key={one.name}
                label={words(one.name)}
                checked={one.included}
                onChange={(event) => set(one.name, event.currentTarget.checked)}
              />
            ))}
          </div>
        </fieldset>
      ) : null}
      {rules.maxRetries > 0 ? (
        <>
          <Switch
            label="Retry on failure"
            checked={draft.retry}
            onChange={(event) => onChange({ retry: event.currentTarget.checked })}
          />
          {draft.retry ? <Retries draft={draft} onChange={onChange} base={base} rules={rules} problems={problems} /> : null}
        </>
      ) : (
        <p className="dim" style={{ margin: 0 }}>Failed requests are not tried again by themselves; they can be retried by hand.</p>
      )}
      <div style={{ display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(190px, 1fr))", gap: 12 }}>
        <NumberInput
          label="Deactivate after failures in a row"
          description="Deliveries. 0 means never."
          min={0}
          value={draft.disableAfter}
          onChange={(value) => onChange({ disableAfter: number(value) })}
          error={problemAt(problems, "settings.autoDisable.consecutiveFailures")}
        />
        <NumberInput
          label="Deactivate after failing for"
          description="Hours. 0 means never."
          min={0}
          value={draft.disableHours}
          onChange={(value) => onChange({ disableHours: number(value) })}
          error={problemAt(problems, "settings.autoDisable.failingForHours")}
        />
        <NumberInput
          label="Replace the secret every"
          description="Days. 0 means never."
          min={0}
          value={draft.rotateDays}
          onChange={(value) => onChange({ rotateDays: number(value) })}
          error={problemAt(problems, "settings.secretRotation.everyDays")}
        />
      </div>
      <Switch
        label="Deactivate at once when the receiver answers 410 Gone"
        checked={draft.onGone}
        onChange={(event) => onChange({ onGone: event.currentTarget.checked })}
      />
    </>
  );
}

function Retries({ draft, onChange, base, rules, problems }: Props) {
  const backoff = base.retryPolicy.backoff;
  const delays = backoff
    ? Array.from({ length: draft.retries }, (_, i) => backoff.baseSeconds * backoff.factor ** i)
    : waits(draft.delays);
  const plan = delays.map((_, i) => span(delays.slice(0, i + 1).reduce((sum, one) => sum + one, 0)));
  return (
    <div>
      {backoff ? (
        <NumberInput
          w={220}
          label="Retries"
          description={`0 to ${rules.maxRetries}`}
          min={0}
          max={rules.maxRetries}
          clampBehavior="none"
          value={draft.retries}
          onChange={(value) => onChange({ retries: number(value) })}
          error={problemAt(problems, "settings.retryPolicy")}
        />
      ) : (
        <TextInput
          label="Waits before each retry, in seconds"
          description={`At most ${rules.maxRetries}, with commas between them`}
          value={draft.delays}
          onChange={(event) => onChange({ delays: event.currentTarget.value })}
          error={problemAt(problems, "settings.retryPolicy")}
        />
      )}
      <p className="dim num" style={{ margin: "6px 0 0", fontSize: 12.5 }}>
        Attempts at once{plan.map((one) => `, +${one}`).join("")}.
      </p>
    </div>
  );
}
