import { MultiSelect } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useQuery } from "urql";
import { graphql } from "~/gql";
import { useSigned } from "~/hooks/useViewer";

const WebhookChoicesDocument = graphql(`
  query WebhookChoices($id: ID!, $search: String) {
    organization(id: $id) {
      id
      webhooks(first: 50, filter: { search: $search }) {
        nodes {
          id
          name
        }
        pageInfo {
          hasNextPage
        }
      }
    }
  }
`);

interface Props {
  value: string[];
  onChange: (value: string[]) => void;
}

/** Chooses webhooks by their names. The server searches, because there may be more than a list can show. */
export function WebhookChoice({ value, onChange }: Props) {
  const { organization } = useSigned();
  const [text, setText] = useState("");
  const [search] = useDebouncedValue(text.trim(), 200);
  // Names of what is chosen stay known when the search goes on to others.
  const [names, setNames] = useState<Record<string, string>>({});
  const variables = { id: organization.id, search: search || undefined };
  const [{ data }] = useQuery({ query: WebhookChoicesDocument, variables });
  const found = data?.organization?.webhooks;
  const nodes = found?.nodes ?? [];
  const listed = new Set(nodes.map((one) => one.id));
  const others = value.filter((id) => !listed.has(id)).map((id) => ({ value: id, label: names[id] ?? id }));
  return (
    <MultiSelect
      size="xs"
      clearable
      searchable
      hidePickedOptions
      w={200}
      aria-label="Webhook"
      placeholder={value.length > 0 ? "" : "Any webhook"}
      value={value}
      onChange={(next) => {
        setNames((before) => ({ ...before, ...Object.fromEntries(nodes.map((one) => [one.id, one.name])) }));
        onChange(next);
      }}
      searchValue={text}
      onSearchChange={setText}
      data={[...nodes.map((one) => ({ value: one.id, label: one.name })), ...others]}
      filter={({ options }) => options}
      nothingFoundMessage="No webhook has this in its name"
      comboboxProps={{ width: 260, position: "bottom-start" }}
      {...(found?.pageInfo.hasNextPage ? { description: "The 50 newest are listed; type a part of the name" } : {})}
    />
  );
}
