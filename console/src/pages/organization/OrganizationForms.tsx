import { Button, Checkbox, NumberInput, Switch, TextInput } from "@mantine/core";
import { useState } from "react";
import { graphql } from "~/gql";
import type { LimitsFragment, OrgFragment, Role, SetLimitsMutation, SetOrganizationMutation } from "~/gql/graphql";
import { problemAt, useAction } from "~/hooks/useAction";
import { words } from "~/lib/status";

const SetOrganizationDocument = graphql(`
  mutation SetOrganization($input: UpdateOrganizationInput!) {
    updateOrganization(input: $input) {
      organization {
        ...Org
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`);

const SetLimitsDocument = graphql(`
  mutation SetLimits($input: UpdateOrganizationLimitsInput!) {
    updateOrganizationLimits(input: $input) {
      organization {
        ...Limits
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`);

const changed = (data: SetOrganizationMutation) => data.updateOrganization;
const limited = (data: SetLimitsMutation) => data.updateOrganizationLimits;
const roles: Role[] = ["ADMIN", "DEVELOPER", "VIEWER"];

export function RolesForm({ organization }: { organization: OrgFragment }) {
  const [name, setName] = useState(organization.name);
  const [view, setView] = useState<string[]>(organization.viewRoles);
  const [manage, setManage] = useState<string[]>(organization.manageRoles);
  const set = useAction(SetOrganizationDocument, changed, true);
  const input = { id: organization.id, name, viewRoles: view as Role[], manageRoles: manage as Role[] };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void set.run(input, "Saved.");
      }}
    >
      <TextInput label="Name" value={name} onChange={(event) => setName(event.currentTarget.value)} error={problemAt(set.problems, "name")} />
      <RoleGroup label="May see webhooks and the delivery log" value={view} onChange={setView} error={problemAt(set.problems, "viewRoles")} />
      <RoleGroup label="May manage webhooks" value={manage} onChange={setManage} error={problemAt(set.problems, "manageRoles")} />
      <Button type="submit" loading={set.busy} style={{ alignSelf: "flex-start" }}>
        Save
      </Button>
    </form>
  );
}

interface GroupProps {
  label: string;
  value: string[];
  onChange: (value: string[]) => void;
  error: string | undefined;
}

function RoleGroup({ label, value, onChange, error }: GroupProps) {
  return (
    <Checkbox.Group label={label} value={value} onChange={onChange} error={error}>
      <div style={{ display: "flex", gap: 16, marginTop: 6 }}>
        {roles.map((role) => (
          <Checkbox key={role} value={role} label={words(role)} disabled={role === "ADMIN"} />
        ))}
      </div>
    </Checkbox.Group>
  );
}

const number = (value: string | number) => (typeof value === "number" ? value : 0);

export function LimitsForm({ id, limits }: { id: string; limits: LimitsFragment["limits"] }) {
  const [draft, setDraft] = useState(() => ({
    maxWebhooks: limits.maxWebhooks,
    maxPublishPerMinute: limits.maxPublishPerMinute,
    maxPayloadBytes: limits.maxPayloadBytes,
    allowInsecureUrls: limits.allowInsecureUrls,
  }));
  const set = useAction(SetLimitsDocument, limited, true);
  return (
    <form
      className="stack"
      style={{ gap: 10 }}
      onSubmit={(event) => {
        event.preventDefault();
        void set.run({ id, ...draft }, "The limits were changed.");
      }}
    >
      <NumberInput
        label="Webhooks"
        min={1}
        value={draft.maxWebhooks}
        onChange={(value) => setDraft({ ...draft, maxWebhooks: number(value) })}
        error={problemAt(set.problems, "maxWebhooks")}
      />
      <NumberInput
        label="Publish requests per minute"
        min={1}
        value={draft.maxPublishPerMinute}
        onChange={(value) => setDraft({ ...draft, maxPublishPerMinute: number(value) })}
        error={problemAt(set.problems, "maxPublishPerMinute")}
      />
      <NumberInput
        label="Largest payload, in bytes"
        min={1}
        value={draft.maxPayloadBytes}
        onChange={(value) => setDraft({ ...draft, maxPayloadBytes: number(value) })}
        error={problemAt(set.problems, "maxPayloadBytes")}
      />
      <Switch
        label="Allow http:// URLs"
        checked={draft.allowInsecureUrls}
        onChange={(event) => setDraft({ ...draft, allowInsecureUrls: event.currentTarget.checked })}
      />
      <Button type="submit" loading={set.busy} style={{ alignSelf: "flex-start" }}>
        Save
      </Button>
    </form>
  );
}
