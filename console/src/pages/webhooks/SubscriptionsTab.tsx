import { Button, Modal, Switch, TagsInput, Textarea } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { Confirm } from "~/components/Confirm";
import { Panel } from "~/components/Page";
import { Empty } from "~/components/States";
import { Chip } from "~/components/Status";
import type { ChangeSubscriptionMutation, SubscribeMutation, SubscriptionFragment, UnsubscribeMutation } from "~/gql/graphql";
import { problemAt, useAction } from "~/hooks/useAction";
import { useSigned } from "~/hooks/useViewer";
import { EventTypesField } from "./EventTypesField";
import { ChangeSubscriptionDocument, SubscribeDocument, UnsubscribeDocument } from "./stateDocuments";
import type { Webhook } from "./WebhookPage";

const subscribed = (data: SubscribeMutation) => data.createWebhookSubscription;
const changed = (data: ChangeSubscriptionMutation) => data.updateWebhookSubscription;
const ended = (data: UnsubscribeMutation) => data.deleteWebhookSubscription;

interface Props {
  webhook: Webhook;
  refetch: () => void;
}

export function SubscriptionsTab({ webhook, refetch }: Props) {
  const { rights } = useSigned();
  const manage = rights.manage && !webhook.deletedAt;
  const rows = webhook.subscriptions.nodes;
  return (
    <Panel title="Event subscriptions" flush actions={manage ? <Add webhookId={webhook.id} refetch={refetch} /> : null}>
      {rows.length === 0 ? (
        <Empty title="It is subscribed to nothing yet">Add a subscription, and it is told of events of that type from then on.</Empty>
      ) : (
        <div className="scroll">
          <table className="grid" aria-label="Event subscriptions">
            <thead>
              <tr>
                <th scope="col">Events</th>
                <th scope="col">Filter</th>
                <th scope="col">Resources</th>
                <th scope="col">Payload</th>
                <th scope="col">State</th>
                {manage ? <th scope="col" className="right">Actions</th> : null}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <Row key={row.id} row={row} manage={manage} refetch={refetch} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

function Row({ row, manage, refetch }: { row: SubscriptionFragment; manage: boolean; refetch: () => void }) {
  const change = useAction(ChangeSubscriptionDocument, changed);
  const end = useAction(UnsubscribeDocument, ended);
  return (
    <tr>
      <td className="mono">{row.eventType}</td>
      <td className="wide mono" title={row.filter ?? ""}>{row.filter ?? <span className="dim">all</span>}</td>
      <td className="wide">{row.resourceIds.join(", ") || <span className="dim">all</span>}</td>
      <td className="wide mono" title={row.payloadQuery ?? ""}>{row.payloadQuery ?? <span className="dim">all of it</span>}</td>
      <td>
        {manage ? (
          <Switch
            size="xs"
            aria-label={`${row.eventType} is on`}
            checked={row.enabled}
            disabled={change.busy}
            onChange={(event) => void change.run({ id: row.id, enabled: event.currentTarget.checked })}
          />
        ) : (
          <Chip tone={row.enabled ? "ok" : "mute"}>{row.enabled ? "on" : "off"}</Chip>
        )}
      </td>
      {manage ? (
        <td className="right">
          <Confirm
            subtle
            button="Remove"
            title={`End the subscription to ${row.eventType}?`}
            confirm="Remove"
            onConfirm={() => end.run({ id: row.id }, "The subscription was ended.").then(refetch)}
          >
            The webhook is not told of these events any more. Deliveries under way go on.
          </Confirm>
        </td>
      ) : null}
    </tr>
  );
}

function Add({ webhookId, refetch }: { webhookId: string; refetch: () => void }) {
  const [opened, { open, close }] = useDisclosure(false);
  const [types, setTypes] = useState<string[]>([]);
  const [filter, setFilter] = useState("");
  const [resources, setResources] = useState<string[]>([]);
  const [query, setQuery] = useState("");
  const subscribe = useAction(SubscribeDocument, subscribed, true);

  async function save() {
    for (const eventType of types) {
      const result = await subscribe.run({
        webhookId,
        eventType,
        filter: filter.trim() || undefined,
        resourceIds: resources,
        payloadQuery: query.trim() || undefined,
      });
      if (!result) return;
      setTypes((left) => left.filter((one) => one !== eventType));
    }
    setFilter("");
    setResources([]);
    setQuery("");
    close();
    refetch();
  }

  return (
    <>
      <Button leftSection={<IconPlus size={14} />} onClick={open}>
        Add subscription
      </Button>
      <Modal opened={opened} onClose={close} title="Add subscription" size="lg">
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            void save();
          }}
        >
          <EventTypesField value={types} onChange={setTypes} error={problemAt(subscribe.problems, "eventType")} />
          <Textarea
            label="Filter"
            description={'Only events for which this is true, such as event.data.priority == "high". Optional.'}
            autosize
            minRows={1}
            classNames={{ input: "mono" }}
            value={filter}
            onChange={(event) => setFilter(event.currentTarget.value)}
            error={problemAt(subscribe.problems, "filter")}
          />
          <TagsInput
            label="Resources"
            description="Only events about one of these. All, when it is empty."
            value={resources}
            onChange={setResources}
            error={problemAt(subscribe.problems, "resourceIds")}
          />
          <Textarea
            label="Payload query"
            description="The part of the data that is sent, such as { id item { name } }. All of it, when it is empty."
            autosize
            minRows={1}
            classNames={{ input: "mono" }}
            value={query}
            onChange={(event) => setQuery(event.currentTarget.value)}
            error={problemAt(subscribe.problems, "payloadQuery")}
          />
          {subscribe.problems.length > 0 ? (
            <div role="alert" style={{ color: "var(--bad)" }}>{subscribe.problems.map((one) => one.message).join(" ")}</div>
          ) : null}
          <Button type="submit" loading={subscribe.busy} disabled={types.length === 0} style={{ alignSelf: "flex-end" }}>
            Add
          </Button>
        </form>
      </Modal>
    </>
  );
}
