import { ActionIcon, CopyButton, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { short } from "~/lib/ids";

export function Copy({ value, what }: { value: string; what: string }) {
  return (
    <CopyButton value={value}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? "Copied" : `Copy ${what}`}>
          <ActionIcon variant="subtle" color="gray" size="sm" aria-label={`Copy ${what}`} onClick={copy}>
            {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}

/** An id: short in tables, whole in details. */
export function Id({ id, whole = false }: { id: string; whole?: boolean }) {
  return (
    <span style={{ display: "inline-flex", alignItems: "center", gap: 2 }}>
      <code className="mono" title={id} style={{ overflowWrap: "anywhere" }}>
        {whole ? id : short(id)}
      </code>
      <Copy value={id} what="id" />
    </span>
  );
}
