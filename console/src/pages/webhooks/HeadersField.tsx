import { ActionIcon, Button, TextInput } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { type Problem, problemAt } from "~/hooks/useAction";
import type { Header } from "~/lib/draft";

/** Null leaves the headers as they are. */
export type HeadersDraft = Header[] | null;

interface Props {
  title?: string;
  current: Header[];
  value: HeadersDraft;
  onChange: (value: HeadersDraft) => void;
  problems: Problem[];
}

/** Custom headers. Their values are never shown again, so they are replaced as a whole. */
export function HeadersField({ title = "Custom headers", current, value, onChange, problems }: Props) {
  if (value === null) {
    return (
      <div>
        <div className="label">{title}</div>
        <span className="dim">{current.map((one) => one.name).join(", ") || "None"}</span>{" "}
        <Button size="compact-xs" variant="subtle" onClick={() => onChange([{ name: "", value: "" }])}>
          {current.length > 0 ? "Replace" : "Add"}
        </Button>
      </div>
    );
  }
  const set = (index: number, changes: Partial<Header>) =>
    onChange(value.map((one, i) => (i === index ? { ...one, ...changes } : one)));
  return (
    <fieldset style={{ border: 0, padding: 0, margin: 0 }}>
      <legend className="label">
        {current.length > 0 ? `${title}, instead of those it has` : title}
      </legend>
      {value.map((header, i) => (
        <div key={`header-${i.toString()}`} style={{ display: "flex", gap: 6, marginBottom: 6 }}>
          <TextInput
            aria-label={`Name of header ${i + 1}`}
            placeholder="X-Name"
            value={header.name}
            onChange={(event) => set(i, { name: event.currentTarget.value })}
          />
          <TextInput
            aria-label={`Value of header ${i + 1}`}
            placeholder="Value"
            style={{ flex: 1 }}
            value={header.value}
            onChange={(event) => set(i, { value: event.currentTarget.value })}
          />
          <ActionIcon
            size="lg"
            variant="subtle"
            color="gray"
            aria-label={`Remove header ${i + 1}`}
            onClick={() => onChange(value.filter((_, at) => at !== i))}
          >
            <IconTrash size={15} />
          </ActionIcon>
        </div>
      ))}
      <Button size="compact-xs" variant="subtle" onClick={() => onChange([...value, { name: "", value: "" }])}>
        Another
      </Button>
      <Button size="compact-xs" variant="subtle" color="gray" onClick={() => onChange(null)}>
        {current.length > 0 ? "Keep those it has" : "None"}
      </Button>
      {problemAt(problems, "customHeaders") ? (
        <div style={{ color: "var(--bad)", fontSize: 12.5 }}>{problemAt(problems, "customHeaders")}</div>
      ) : null}
    </fieldset>
  );
}
