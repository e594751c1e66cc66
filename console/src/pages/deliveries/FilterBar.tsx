import { Button, MultiSelect, Select, TagsInput } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useState } from "react";
import { useQuery } from "urql";
import { EventLookUp, PayloadLookUp } from "~/components/LookUp";
import { graphql } from "~/gql";
import type { DeliveryOrigin, DeliveryStage } from "~/gql/graphql";
import { useSigned } from "~/hooks/useViewer";
import { spanNames } from "~/lib/search";
import { stages, stageWord, words } from "~/lib/status";
import { useEventTypes } from "../events/PublishButton";
import { type DeliverySearch, filterCount } from "./filters";
import { WebhookChoice } from "./WebhookChoice";

export const ChoicesDocument = graphql(`
  query Choices($id: ID!) {
    organization(id: $id) {
      id
      profile {
        name
        statuses {
          stage
          name
        }
      }
    }
  }
`);

interface Props {
  search: DeliverySearch;
  onChange: (search: DeliverySearch) => void;
  /** Inside of a webhook, its own filter is left out. */
  fixedWebhook?: boolean;
  /** What the server says about the paths of the payload search. */
  problem: string | undefined;
}

const origins: DeliveryOrigin[] = ["PUBLISH", "REPLAY", "TEST"];
const orNone = <T,>(values: T[]) => (values.length > 0 ? values : undefined);

/** The filters of a delivery log. What is chosen goes into the address. */
export function FilterBar({ search, onChange, fixedWebhook = false, problem }: Props) {
  const { organization } = useSigned();
  const [{ data }] = useQuery({ query: ChoicesDocument, variables: { id: organization.id } });
  const choices = data?.organization;
  const [typeText, setTypeText] = useState("");
  const names = useEventTypes(typeText).map((one) => one.name);
  const set = (changes: DeliverySearch) => onChange({ ...search, after: undefined, before: undefined, ...changes });
  const common = { size: "xs" as const, clearable: true, searchable: true, hidePickedOptions: true };

  return (
    <div className="filters" role="search" aria-label="Filters">
      <MultiSelect
        {...common}
        data-filter
        w={210}
        aria-label="Status"
        placeholder={search.stage ? "" : "Any status"}
        value={search.stage ?? []}
        onChange={(value) => set({ stage: orNone(value as DeliveryStage[]) })}
        data={stages.map((stage) => ({ value: stage, label: stageWord(stage, choices?.profile.statuses ?? []) }))}
      />
      <TagsInput
        size="xs"
        clearable
        w={220}
        aria-label="Event type"
        placeholder={search.type ? "" : "Any event type"}
        value={search.type ?? []}
        onChange={(value) => set({ type: orNone(value) })}
        data={names}
        searchValue={typeText}
        onSearchChange={setTypeText}
      />
      {fixedWebhook ? null : (
        <WebhookChoice value={search.webhook ?? []} onChange={(value) => set({ webhook: orNone(value) })} />
      )}
      <EventLookUp
        event={search.event?.[0]}
        idempotencyKey={search.key}
        onChange={(event, key) => set({ event: event ? [event] : undefined, key })}
      />
      <PayloadLookUp value={search.payload} onChange={(payload) => set({ payload })} problem={problem} />
      <TagsInput
        size="xs"
        w={150}
        aria-label="Response code"
        placeholder={search.code ? "" : "Any response"}
        value={(search.code ?? []).map(String)}
        onChange={(value) => set({ code: orNone(value.map(Number).filter((one) => one >= 100 && one < 600)) })}
        data={["200", "400", "401", "404", "410", "429", "500", "502", "503"]}
        clearable
      />
      <MultiSelect
        {...common}
        w={140}
        aria-label="Origin"
        placeholder={search.origin ? "" : "Any origin"}
        value={search.origin ?? []}
        onChange={(value) => set({ origin: orNone(value as DeliveryOrigin[]) })}
        data={origins.map((origin) => ({ value: origin, label: words(origin) }))}
      />
      <Select
        size="xs"
        w={130}
        aria-label="Time"
        placeholder="Any time"
        clearable
        value={search.span ?? null}
        onChange={(value) => set({ span: value ?? undefined })}
        data={spanNames.map((name) => ({ value: name, label: `Last ${name}` }))}
      />
      {filterCount(search) > 0 ? (
        <Button size="xs" variant="subtle" color="gray" leftSection={<IconX size={13} />} onClick={() => onChange({})}>
          Clear
        </Button>
      ) : null}
    </div>
  );
}
