import { NumberInput, Select, Switch, TextInput } from "@mantine/core";
import { problemAt } from "~/hooks/useAction";
import { type Draft, waits } from "~/lib/draft";
import { humanized } from "~/lib/status";
import { span } from "~/lib/time";
import type { FieldProps, FormState } from "./Fields";

const number = (value: string | number) => (typeof value === "number" ? value : 0);

export function MethodField({ title, form: { draft, change, problems, profile } }: FieldProps) {
  return (
    <Select
      w={220}
      label={title}
      data={profile.rules.methods}
      allowDeselect={false}
      value={draft.method}
      onChange={(value) => change({ method: (value ?? draft.method) as Draft["method"] })}
      error={problemAt(problems, "settings.method")}
    />
  );
}

export function TimeoutField({ title, form: { draft, change, problems, profile } }: FieldProps) {
  const { minTimeoutSeconds: min, maxTimeoutSeconds: max } = profile.rules;
  return (
    <NumberInput
      w={220}
      label={title}
      description={`${min} to ${max} seconds`}
      min={min}
      max={max}
      clampBehavior="none"
      value={draft.timeoutSeconds}
      onChange={(value) => change({ timeoutSeconds: number(value) })}
      error={problemAt(problems, "settings.timeoutSeconds")}
    />
  );
}

export function RateField({ title, form: { draft, change, problems } }: FieldProps) {
  return (
    <NumberInput
      w={220}
      label={title}
      description="At most. 0 means as many as there are."
      min={0}
      value={draft.rate}
      onChange={(value) => change({ rate: number(value) })}
      error={problemAt(problems, "settings.maxRequestsPerSecond")}
    />
  );
}

export function SectionsField({ title, form: { draft, change } }: FieldProps) {
  const set = (name: string, included: boolean) =>
    change({ sections: draft.sections.map((one) => (one.name === name ? { name, included } : one)) });
  return (
    <fieldset style={{ border: 0, padding: 0, margin: 0 }}>
      <legend className="label">{title}</legend>
      <div style={{ display: "flex", gap: 18, flexWrap: "wrap" }}>
        {draft.sections.map((one) => (
          <Switch
            key={one.name}
            label={humanized(one.name)}
            checked={one.included}
            onChange={(event) => set(one.name, event.currentTarget.checked)}
          />
        ))}
      </div>
    </fieldset>
  );
}

export function RetriesField({ title, form }: FieldProps) {
  const { draft, change, profile } = form;
  if (profile.rules.maxRetries === 0) {
    return (
      <p className="dim" style={{ margin: 0 }}>
        Failed requests are not tried again by themselves; they can be retried by hand.
      </p>
    );
  }
  return (
    <div>
      <Switch
        label={title}
        checked={draft.retry}
        onChange={(event) => change({ retry: event.currentTarget.checked })}
      />
      {draft.retry ? (
        <div style={{ marginTop: 10 }}>
          <Retries form={form} />
        </div>
      ) : null}
    </div>
  );
}

function Retries({ form: { draft, change, base, problems, profile } }: { form: FormState }) {
  const { backoff } = base.retryPolicy;
  const most = profile.rules.maxRetries;
  const delays = backoff
    ? Array.from({ length: draft.retries }, (_, i) => backoff.baseSeconds * backoff.factor ** i)
    : waits(draft.delays);
  const plan = delays.map((_, i) => span(delays.slice(0, i + 1).reduce((sum, one) => sum + one, 0)));
  return (
    <>
      {backoff ? (
        <NumberInput
          w={220}
          label="Max retries"
          description={`0 to ${most}`}
          min={0}
          max={most}
          clampBehavior="none"
          value={draft.retries}
          onChange={(value) => change({ retries: number(value) })}
          error={problemAt(problems, "settings.retryPolicy")}
        />
      ) : (
        <TextInput
          label="Waits before each retry, in seconds"
          description={`At most ${most}, with commas between them`}
          value={draft.delays}
          onChange={(event) => change({ delays: event.currentTarget.value })}
          error={problemAt(problems, "settings.retryPolicy")}
        />
      )}
      <p className="dim num" style={{ margin: "6px 0 0", fontSize: 12.5 }}>
        Attempts at once{plan.map((one) => `, +${one}`).join("")}.
      </p>
    </>
  );
}

export function AutoDisableField({ title, form: { draft, change, problems } }: FieldProps) {
  return (
    <fieldset style={{ border: 0, padding: 0, margin: 0 }}>
      <legend className="label">{title}</legend>
      <div className="fields" style={{ marginBottom: 12 }}>
        <NumberInput
          label="Deactivate after failures in a row"
          description="Deliveries. 0 means never."
          min={0}
          value={draft.disableAfter}
          onChange={(value) => change({ disableAfter: number(value) })}
          error={problemAt(problems, "settings.autoDisable.consecutiveFailures")}
        />
        <NumberInput
          label="Deactivate after failing for"
          description="Hours. 0 means never."
          min={0}
          value={draft.disableHours}
          onChange={(value) => change({ disableHours: number(value) })}
          error={problemAt(problems, "settings.autoDisable.failingForHours")}
        />
      </div>
      <Switch
        label="Deactivate at once when the receiver answers 410 Gone"
        checked={draft.onGone}
        onChange={(event) => change({ onGone: event.currentTarget.checked })}
      />
    </fieldset>
  );
}

export function RotationField({ title, form: { draft, change, problems } }: FieldProps) {
  return (
    <NumberInput
      w={220}
      label={title}
      description="Days. 0 means never."
      min={0}
      value={draft.rotateDays}
      onChange={(value) => change({ rotateDays: number(value) })}
      error={problemAt(problems, "settings.secretRotation.everyDays")}
    />
  );
}
