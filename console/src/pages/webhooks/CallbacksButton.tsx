import { Button, Modal } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconAdjustments } from "@tabler/icons-react";
import { CallbackForm } from "./CallbackForm";

/** Opens the form for all webhooks as a dialog. OK saves, Close discards. */
export function CallbacksButton({ title, onSaved }: { title: string; onSaved: () => void }) {
  const [opened, { open, close }] = useDisclosure(false);
  function saved() {
    close();
    onSaved();
  }
  return (
    <>
      <Button leftSection={<IconAdjustments size={15} />} onClick={open}>
        {title}
      </Button>
      <Modal opened={opened} onClose={close} title={title} size="lg" closeOnClickOutside={false}>
        <CallbackForm onClose={close} onSaved={saved} />
      </Modal>
    </>
  );
}
