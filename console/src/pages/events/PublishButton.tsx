import { Alert, Button, Modal, Select, TextInput } from "@mantine/core";
import { useDebouncedValue, useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconSend } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useQuery } from "urql";
import { CodeField } from "~/components/Payload";
import { graphql } from "~/gql";
import type { PublishMutation } from "~/gql/graphql";
import { problemAt, useAction } from "~/hooks/useAction";
import { useSigned } from "~/hooks/useViewer";
import { parsed } from "~/lib/json";

export const TypesDocument = graphql(`
  query Types($id: ID!, $search: String) {
    organization(id: $id) {
      id
      eventTypes(first: 100, filter: { search: $search }) {
        nodes {
          id
          name
          description
          derivedFrom
          samples {
            name
            payload
          }
        }
      }
    }
  }
`);

const PublishDocument = graphql(`
  mutation Publish($input: PublishEventInput!) {
    publishEvent(input: $input) {
      event {
        ...EventRow
      }
      matchedWebhookCount
      userErrors {
        code
        message
        field
      }
    }
  }
`);

/** Up to a hundred event types with a text in their names. The server searches, because there may be more. */
export function useEventTypes(text: string) {
  const { organization } = useSigned();
  const [search] = useDebouncedValue(text.trim(), 200);
  const variables = { id: organization.id, search: search || undefined };
  const [{ data }] = useQuery({ query: TypesDocument, variables });
  return data?.organization?.eventTypes.nodes ?? [];
}

const published = (data: PublishMutation) => data.publishEvent;

export function PublishButton() {
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button leftSection={<IconSend size={14} />} onClick={open}>
        Publish an event
      </Button>
      <Modal opened={opened} onClose={close} title="Publish an event" size="lg">
        <PublishForm onDone={close} />
      </Modal>
    </>
  );
}

function PublishForm({ onDone }: { onDone: () => void }) {
  const { organization } = useSigned();
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const types = useEventTypes(text).filter((one) => !one.derivedFrom);
  const [type, setType] = useState<string | null>(null);
  const [payload, setPayload] = useState('{\n  "hello": "world"\n}');
  const [key, setKey] = useState("");
  const publish = useAction(PublishDocument, published, true);
  const value = parsed(payload);

  function choose(name: string | null) {
    setType(name);
    const sample = types.find((one) => one.name === name)?.samples[0];
    if (sample) setPayload(JSON.stringify(sample.payload, null, 2));
  }

  async function submit() {
    if (!type || !value.ok) return;
    const input = {
      organizationId: organization.id,
      eventType: type,
      payload: value.value,
      idempotencyKey: key.trim() || undefined,
    };
    const result = await publish.run(input);
    if (!result?.event) return;
    const count = result.matchedWebhookCount;
    notifications.show({ message: `Published. ${count === 1 ? "One webhook gets" : `${count} webhooks get`} it.`, color: "pine" });
    onDone();
    await navigate({ to: "/events/$id", params: { id: result.event.id } });
  }

  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Select
        label="Event type"
        placeholder="Choose one of the catalog"
        searchable
        required
        data={[...new Set([...types.map((one) => one.name), ...(type ? [type] : [])])]}
        value={type}
        onChange={choose}
        searchValue={text}
        onSearchChange={setText}
        nothingFoundMessage="No event type has this in its name"
        error={problemAt(publish.problems, "eventType")}
      />
      <div>
        <div style={{ fontWeight: 500, fontSize: 13, marginBottom: 4 }}>Payload</div>
        <CodeField value={payload} onChange={setPayload} label="Payload" />
        {value.ok ? null : <div style={{ color: "var(--bad)", fontSize: 12, marginTop: 4 }}>{value.message}</div>}
      </div>
      <TextInput
        label="Idempotency key"
        description="Publishing again with the same key is harmless. Optional."
        value={key}
        onChange={(event) => setKey(event.currentTarget.value)}
        error={problemAt(publish.problems, "idempotencyKey")}
      />
      {publish.problems.length > 0 ? (
        <Alert color="red" role="alert">
          {publish.problems.map((one) => one.message).join(" ")}
        </Alert>
      ) : null}
      <Button type="submit" loading={publish.busy} disabled={!type || !value.ok} style={{ alignSelf: "flex-end" }}>
        Publish
      </Button>
    </form>
  );
}
