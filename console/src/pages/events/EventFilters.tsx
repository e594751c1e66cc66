import { Button, Checkbox, MultiSelect, Select, TextInput } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useState } from "react";
import { useQuery } from "urql";
import type { DeliveryStatus } from "~/gql/graphql";
import { useSigned } from "~/hooks/useViewer";
import { spanNames } from "~/lib/search";
import { words } from "~/lib/status";
import { TypesDocument } from "./PublishButton";
import { type EventSearch, isFiltered, statuses } from "./filters";

interface Props {
  search: EventSearch;
  onChange: (search: EventSearch) => void;
}

const orNone = <T,>(values: T[]) => (values.length > 0 ? values : undefined);

export function EventFilters({ search, onChange }: Props) {
  const { organization, rights } = useSigned();
  const [{ data }] = useQuery({ query: TypesDocument, variables: { id: organization.id } });
  const [key, setKey] = useState(search.key ?? "");
  const set = (changes: EventSearch) => onChange({ ...search, after: undefined, before: undefined, ...changes });
  const common = { size: "xs" as const, clearable: true, searchable: true, hidePickedOptions: true };
  const names = data?.organization?.eventTypes.nodes.map((one) => one.name) ?? [];
  return (
    <div className="filters" role="search" aria-label="Filters">
      <MultiSelect
        {...common}
        data-filter
        w={230}
        aria-label="Event type"
        placeholder={search.type ? "" : "Any event type"}
        value={search.type ?? []}
        onChange={(value) => set({ type: orNone(value) })}
        data={[...new Set([...names, ...(search.type ?? [])])]}
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
      <form
        onSubmit={(event) => {
          event.preventDefault();
          set({ key: key.trim() || undefined });
        }}
      >
        <TextInput
          size="xs"
          w={190}
          aria-label="Idempotency key"
          placeholder="Idempotency key, Enter"
          value={key}
          onChange={(event) => setKey(event.currentTarget.value)}
        />
      </form>
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
          onClick={() => {
            setKey("");
            onChange({});
          }}
        >
          Clear
        </Button>
      ) : null}
    </div>
  );
}
