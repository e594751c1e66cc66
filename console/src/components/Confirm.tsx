import { Button, Modal, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { type ReactNode, useState } from "react";

interface Props {
  button: ReactNode;
  title: string;
  confirm: string;
  /** A text that has to be typed first, for what is wide or cannot be undone. */
  typed?: string;
  subtle?: boolean;
  onConfirm: () => Promise<unknown> | void;
  children: ReactNode;
}

/** A button that asks before it does something. */
export function Confirm({ button, title, confirm, typed, subtle = false, onConfirm, children }: Props) {
  const [opened, { open, close }] = useDisclosure(false);
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  async function go() {
    setBusy(true);
    await onConfirm();
    setBusy(false);
    setText("");
    close();
  }
  return (
    <>
      <Button variant={subtle ? "subtle" : "default"} color={subtle ? "red" : undefined} onClick={open}>
        {button}
      </Button>
      <Modal opened={opened} onClose={close} title={title}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void go();
          }}
        >
          <div style={{ marginBottom: 14 }}>{children}</div>
          {typed ? (
            <TextInput
              mb="md"
              label={`Type ${typed} to go on`}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
            />
          ) : null}
          <div style={{ display: "flex", justifyContent: "flex-end", gap: 8 }}>
            <Button variant="default" onClick={close}>
              Close
            </Button>
            <Button type="submit" color="red.8" loading={busy} disabled={typed !== undefined && text !== typed} data-autofocus>
              {confirm}
            </Button>
          </div>
        </form>
      </Modal>
    </>
  );
}
