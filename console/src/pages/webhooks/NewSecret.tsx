import { Button } from "@mantine/core";
import { Copy } from "~/components/Copy";
import { Panel } from "~/components/Page";

/** A secret that was just made, to be given to the receiver. */
export function NewSecret({ secret, title, onDone }: { secret: string; title: string; onDone: () => void }) {
  return (
    <Panel title={title}>
      <p style={{ marginTop: 0 }}>
        This secret signs its requests. Give it to the receiver now; later, it can be revealed by those who may manage webhooks,
        and that leaves a trace.
      </p>
      <div style={{ display: "flex", gap: 6, alignItems: "center" }}>
        <code className="mono" data-secret style={{ overflowWrap: "anywhere" }}>
          {secret}
        </code>
        <Copy value={secret} what="secret" />
      </div>
      <Button mt="md" onClick={onDone}>
        Done
      </Button>
    </Panel>
  );
}
