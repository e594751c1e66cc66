import { Modal } from "@mantine/core";
import { Spotlight, type SpotlightActionData } from "@mantine/spotlight";
import { useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { useClient } from "urql";
import { graphql } from "~/gql";
import { type Kind, kindOf } from "~/lib/ids";
import { closeShortcuts, places, useShortcutsOpen } from "./shortcuts";

const OwnerDocument = graphql(`
  query Owner($id: ID!) {
    node(id: $id) {
      __typename
      id
      ... on DeliveryAttempt {
        delivery {
          id
        }
      }
      ... on WebhookSubscription {
        webhook {
          id
        }
      }
      ... on EventType {
        name
      }
    }
  }
`);

const names: Record<Kind, string> = {
  org: "organization",
  key: "API key",
  typ: "event type",
  wh: "webhook",
  sub: "subscription",
  evt: "event",
  dlv: "delivery",
  att: "attempt",
  op: "bulk operation",
};

/** Ctrl K: pages, and any id that is pasted. */
export default function Palette() {
  const router = useRouter();
  const client = useClient();
  const [query, setQuery] = useState("");
  const open = useShortcutsOpen();

  async function jump(id: string, kind: Kind) {
    const direct: Partial<Record<Kind, string>> = {
      evt: `/events/${id}`,
      dlv: `/deliveries/${id}`,
      wh: `/webhooks/${id}`,
      op: `/bulk/${id}`,
      key: "/keys",
      org: "/organization",
    };
    let to = direct[kind];
    if (!to) {
      const { data } = await client.query(OwnerDocument, { id }).toPromise();
      const node = data?.node;
      if (node?.__typename === "DeliveryAttempt") to = `/deliveries/${node.delivery.id}`;
      else if (node?.__typename === "WebhookSubscription") to = `/webhooks/${node.webhook.id}`;
      else if (node?.__typename === "EventType") to = `/event-types/${node.name}`;
      else to = `/deliveries/${id}`;
    }
    await router.navigate({ to });
  }

  const actions: SpotlightActionData[] = Object.entries(places).map(([key, [path, name]]) => ({
    id: path,
    label: name,
    description: `g ${key}`,
    onClick: () => void router.navigate({ to: path }),
  }));
  const kind = kindOf(query);
  if (kind) {
    const id = query.trim();
    actions.unshift({
      id,
      label: `Open ${names[kind]}`,
      description: id,
      keywords: id,
      onClick: () => void jump(id, kind),
    });
  }

  return (
    <>
      <Spotlight
        actions={actions}
        query={query}
        onQueryChange={setQuery}
        nothingFound="Nothing of this name. Any id can be pasted here."
        shortcut={["mod + K"]}
        scrollable
        searchProps={{ placeholder: "A page, or paste any id…", "aria-label": "Go to" }}
      />
      <Modal opened={open} onClose={closeShortcuts} title="Keyboard shortcuts">
        <dl className="facts">
          {keys.map(([key, what]) => (
            <Shortcut key={key} name={key} what={what} />
          ))}
        </dl>
      </Modal>
    </>
  );
}

const keys: [string, string][] = [
  ["Ctrl K", "Go to a page or to any id"],
  ["/", "To the first filter"],
  ["j / k", "To the next or previous row"],
  ["Enter", "Open the row"],
  [".", "Show what is new"],
  ["p", "Pause and resume the live tail"],
  ["r", "Retry the delivery"],
  ...Object.entries(places).map(([key, [, name]]): [string, string] => [`g ${key}`, name]),
  ["?", "This list"],
];

function Shortcut({ name, what }: { name: string; what: string }) {
  return (
    <>
      <dt>
        <kbd className="mono">{name}</kbd>
      </dt>
      <dd>{what}</dd>
    </>
  );
}
