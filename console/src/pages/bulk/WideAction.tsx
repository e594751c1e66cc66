import { Button, Modal, NumberInput, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import type { Problem } from "~/hooks/useAction";
import { count } from "~/lib/format";
import { span } from "~/lib/time";

export interface WideResult {
  bulkOperation?: { id: string } | null;
  dryRun?: { count: number } | null;
}

interface Props {
  button: ReactNode;
  title: string;
  /** What is counted, such as "deliveries". */
  items: string;
  problems: Problem[];
  run: (options: { dryRun: boolean; maxPerSecond: number | undefined }) => Promise<WideResult | null>;
  children: ReactNode;
}

/** A button for what concerns many: the server counts first, and more than a thousand have to be typed. */
export function WideAction({ button, title, items, problems, run, children }: Props) {
  const navigate = useNavigate();
  const [opened, { open, close }] = useDisclosure(false);
  const [found, setFound] = useState<number | null>(null);
  const [rate, setRate] = useState<number | string>("");
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const maxPerSecond = typeof rate === "number" && rate > 0 ? rate : undefined;

  async function start() {
    setFound(null);
    setTyped("");
    open();
    const result = await run({ dryRun: true, maxPerSecond: undefined });
    setFound(result?.dryRun?.count ?? null);
  }

  async function go() {
    setBusy(true);
    const result = await run({ dryRun: false, maxPerSecond });
    setBusy(false);
    if (!result?.bulkOperation) return;
    close();
    await navigate({ to: "/bulk/$id", params: { id: result.bulkOperation.id } });
  }

  const wide = found !== null && found > 1_000;
  return (
    <>
      <Button variant="default" onClick={() => void start()}>
        {button}
      </Button>
      <Modal opened={opened} onClose={close} title={title}>
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            void go();
          }}
        >
          <div>{children}</div>
          <div aria-live="polite">
            {problems.length > 0 ? (
              <span style={{ color: "var(--bad)" }}>{problems.map((one) => one.message).join(" ")}</span>
            ) : found === null ? (
              <span className="dim">Counting…</span>
            ) : (
              <strong>
                {count(found)} {items}
                {maxPerSecond ? `, about ${span(found / maxPerSecond)}` : ""}
              </strong>
            )}
          </div>
          <NumberInput
            label="At most so many a second"
            description="As fast as it goes when it is empty."
            min={1}
            max={10_000}
            value={rate}
            onChange={setRate}
          />
          {wide ? (
            <TextInput label={`Type ${found} to go on`} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />
          ) : null}
          <div style={{ display: "flex", gap: 8, justifyContent: "flex-end" }}>
            <Button variant="default" onClick={close}>
              Close
            </Button>
            <Button type="submit" loading={busy} disabled={found === null || found === 0 || (wide && typed !== String(found))}>
              Start
            </Button>
          </div>
        </form>
      </Modal>
    </>
  );
}
