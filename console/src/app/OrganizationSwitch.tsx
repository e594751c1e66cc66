import { Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useQuery } from "urql";
import { OrganizationsDocument, useSigned } from "~/hooks/useViewer";

const SHOWN = 20;

/** Which organization an operator looks at. There may be thousands, so the server searches them. */
export function OrganizationSwitch() {
  const { organization, choose } = useSigned();
  const [text, setText] = useState("");
  const [wanted] = useDebouncedValue(text === organization.name ? "" : text.trim(), 200);
  const [{ data }] = useQuery({
    query: OrganizationsDocument,
    variables: { first: SHOWN, filter: { search: wanted || undefined } },
  });
  const found = data?.organizations.nodes ?? [];
  const shown = new Set(found.map((one) => one.id));
  const all = shown.has(organization.id) ? found : [organization, ...found];
  return (
    <Select
      aria-label="Organization"
      size="xs"
      searchable
      allowDeselect={false}
      value={organization.id}
      // Not onChange: the one that is shown at the start was not chosen yet.
      onOptionSubmit={choose}
      searchValue={text}
      onSearchChange={setText}
      onFocus={(event) => event.currentTarget.select()}
      data={all.map((one) => ({ value: one.id, label: one.name }))}
      filter={({ options }) => options.filter((one) => "value" in one && shown.has(one.value))}
      nothingFoundMessage="No organization has this name, slug or id"
      comboboxProps={{ width: 280, position: "bottom-start" }}
    />
  );
}
