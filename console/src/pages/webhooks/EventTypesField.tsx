import { TagsInput } from "@mantine/core";
import { useState } from "react";
import { useEventTypes } from "../events/PublishButton";

interface Props {
  label?: string;
  value: string[];
  onChange: (value: string[]) => void;
  error?: string | undefined;
}

/** Event types of the catalog, and patterns of them. */
export function EventTypesField({ label = "Events", value, onChange, error }: Props) {
  const [text, setText] = useState("");
  const names = useEventTypes(text).map((one) => one.name);
  return (
    <TagsInput
      label={label}
      description="Event types, * for all of them, or a beginning such as item.* for everything below it. There may be none yet."
      placeholder={value.length === 0 ? "Choose or type" : ""}
      data={["*", ...names]}
      searchValue={text}
      onSearchChange={setText}
      value={value}
      onChange={onChange}
      error={error}
      acceptValueOnBlur
    />
  );
}
