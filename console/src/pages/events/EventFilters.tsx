import { Button, Checkbox, MultiSelect, Select, TagsInput } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useState } from "react";
import { EventLookUp, PayloadLookUp } from "~/components/LookUp";
import type { DeliveryStatus } from "~/gql/graphql";
import { useSigned } from "~/hooks/useViewer";
import { spanNames } from "~/lib/search";
import { words } from "~/lib/status";
import { useEventTypes } from "./PublishButton";
import { type EventSearch, isFiltered, statuses } from "./filters";

interface Props {
  search: EventSearch;
  onChange: (search: EventSearch) => void;
  /** What the server says about the paths of the payload search. */
  problem: string | undefined;
}

const orNone = <T,>(values: T[]) => (values.length > 0 ? values : undefined);

export function EventFilters({ search, onChange, problem }: Props) {
  const { rights } = useSigned();
  const [typeText, setTypeText] = useState("");
  const names = useEventTypes(typeText).map((one) => one.name);
  const set = (changes: EventSearch) => onChange({ ...search, after: undefined, before: undefined, ...changes });
  const common = { size: "xs" as const, clearable: true, searchable: true, hidePickedOptions: true };
  return (
    <div className="filters" role="search" aria-label="Filters">
      <TagsInput
        size="xs"
        clearable
        data-filter
        w={230}
        aria-label="Event type"
        placeholder={search.type ? "" : "Any event type"}
        value={search.type ?? []}
        onChange={(value) => set({ type: orNone(value) })}
        data={names}
        searchValue={typeText}
        onSearchChange={setTypeText}
      />
      {rights.view ? (
        <MultiSelect
          {...common}
          w={210}
          aria-label="With a delivery that is"
          placeholder={search.status ? "" : "Any delivery status"}
          value={search.status ?? []}
          onChange={(value) => set({ status: orNone(value as DeliveryStatus[]) })}
          data={statuses.map((status) => ({ value: status, label: words(status) }))}
        />
      ) : null}
      <EventLookUp event={search.id} idempotencyKey={search.key} onChange={(id, key) => set({ id, key })} />
      <PayloadLookUp value={search.payload} onChange={(payload) => set({ payload })} problem={problem} />
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
      <Checkbox
        size="xs"
        label="In quarantine"
        checked={search.quarantined ?? false}
        onChange={(event) => set({ quarantined: event.currentTarget.checked || undefined })}
      />
      {isFiltered(search) ? (
        <Button
          size="xs"
          variant="subtle"
          color="gray"
          leftSection={<IconX size={13} />}
          onClick={() => onChange({})}
        >
          Clear
        </Button>
      ) : null}
    </div>
  );
}
