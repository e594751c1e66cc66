import { Modal } from "@mantine/core";
import { Spotlight, type SpotlightActionData } from "@mantine/spotlight";
import { useRouter } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useClient } from "urql";
import { graphql } from "~/gql";
import { useSigned } from "~/hooks/useViewer";
import { type Kind, kindOf } from "~/lib/ids";
import { ShortcutSheet } from "./ShortcutSheet";
import { closeShortcuts, placesOf, useShortcutsOpen } from "./shortcuts";

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
  const { rights, choose } = useSigned();
  const reachable = useMemo(() => placesOf(rights.operate), [rights.operate]);

  async function jump(id: string, kind: Kind) {
    const direct: Partial<Record<Kind, string>> = {
      evt: `/events/${id}`,
      dlv: `/deliveries/${id}`,
      wh: `/webhooks/${id}`,
      op: `/bulk/${id}`,
      typ: `/event-types/${id}`,
      key: "/keys",
      org: "/organization",
    };
    // An operator goes to look at it.
    if (kind === "org" && rights.operate) choose(id);
    let to = direct[kind];
    if (!to) {
      const { data } = await client.query(OwnerDocument, { id }).toPromise();
      const node = data?.node;
      if (node?.__typename === "DeliveryAttempt") to = `/deliveries/${node.delivery.id}`;
      else if (node?.__typename === "WebhookSubscription") to = `/webhooks/${node.webhook.id}`;
      else to = `/deliveries/${id}`;
    }
    await router.navigate({ to });
  }

  const actions: SpotlightActionData[] = Object.entries(reachable).map(([key, [path, name]]) => ({
    id: path,
    label: name,
    description: `g ${key}`,
    onClick: () => void router.navigate({ to: path }),
  }));
  // A page of its own, which the router does not know.
  actions.push({ id: "/explorer", label: "API explorer", onClick: () => window.location.assign("/explorer") });
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
        attributes={{ content: { "aria-label": "Go to a page or an id" } }}
        searchProps={{ placeholder: "A page, or paste any id…", "aria-label": "Go to" }}
      />
      <Modal opened={open} onClose={closeShortcuts} title="Keyboard shortcuts">
        <ShortcutSheet reachable={reachable} />
      </Modal>
    </>
  );
}
