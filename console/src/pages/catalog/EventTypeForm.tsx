import { Button, Select, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { CodeField } from "~/components/Payload";
import { graphql } from "~/gql";
import type { CreateEventTypeMutation, SchemaValidation } from "~/gql/graphql";
import { problemAt, useAction } from "~/hooks/useAction";
import { useSigned } from "~/hooks/useViewer";
import { parsed } from "~/lib/json";

const CreateEventTypeDocument = graphql(`
  mutation CreateEventType($input: CreateEventTypeInput!) {
    createEventType(input: $input) {
      eventType {
        ...EventTypeRow
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`);

const created = (data: CreateEventTypeMutation) => data.createEventType;

export const validations: { value: SchemaValidation; label: string }[] = [
  { value: "REJECT", label: "Refuse the event" },
  { value: "QUARANTINE", label: "Keep it in quarantine" },
  { value: "WARN", label: "Send it, and say so" },
  { value: "OFF", label: "Do not check" },
];

export function EventTypeForm({ onDone }: { onDone: () => void }) {
  const { organization } = useSigned();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [group, setGroup] = useState("");
  const [schema, setSchema] = useState("");
  const [validation, setValidation] = useState<SchemaValidation>("REJECT");
  const create = useAction(CreateEventTypeDocument, created, true);
  const value = schema.trim() === "" ? null : parsed(schema);

  async function save() {
    const result = await create.run(
      {
        organizationId: organization.id,
        name,
        description: description || undefined,
        group: group || undefined,
        schema: value?.ok ? value.value : undefined,
        schemaValidation: validation,
      },
      "The event type was added.",
    );
    if (result) onDone();
  }

  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <TextInput
        label="Name"
        placeholder="inspection.completed"
        required
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={problemAt(create.problems, "name")}
      />
      <Textarea
        label="Description"
        autosize
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
        error={problemAt(create.problems, "description")}
      />
      <TextInput label="Group" value={group} onChange={(event) => setGroup(event.currentTarget.value)} error={problemAt(create.problems, "group")} />
      <div>
        <div style={{ fontWeight: 500, fontSize: 13, marginBottom: 4 }}>JSON Schema, optional</div>
        <CodeField value={schema} onChange={setSchema} label="JSON Schema" />
        {value && !value.ok ? <div style={{ color: "var(--bad)", fontSize: 12 }}>{value.message}</div> : null}
        {problemAt(create.problems, "schema") ? (
          <div style={{ color: "var(--bad)", fontSize: 12 }}>{problemAt(create.problems, "schema")}</div>
        ) : null}
      </div>
      <Select
        label="When an event does not match"
        allowDeselect={false}
        data={validations}
        value={validation}
        onChange={(next) => setValidation((next ?? "REJECT") as SchemaValidation)}
      />
      <Button type="submit" loading={create.busy} disabled={name === "" || (value !== null && !value.ok)} style={{ alignSelf: "flex-end" }}>
        Add
      </Button>
    </form>
  );
}
