import { Button, Modal } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconHelp } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useProfile } from "~/hooks/useProfile";

/** The profile's texts for people who set up webhooks. */
export function HelpTexts({ open = false }: { open?: boolean }) {
  const { profile } = useProfile();
  return profile?.help.map((one) => (
    <details key={one.title} style={{ marginBottom: 6 }} open={open}>
      <summary style={{ fontWeight: 550 }}>{one.title}</summary>
      <p className="dim" style={{ margin: "4px 0 8px" }}>{one.text}</p>
    </details>
  ));
}

/** A button that shows them, with the way to the event types and their schemas. Nothing when there are none. */
export function HelpButton() {
  const { profile } = useProfile();
  const [opened, { open, close }] = useDisclosure(false);
  if (!profile || profile.help.length === 0) return null;
  return (
    <>
      <Button variant="default" leftSection={<IconHelp size={15} />} onClick={open}>
        Help
      </Button>
      <Modal opened={opened} onClose={close} title={`${profile.title}: help`} size="lg">
        <HelpTexts open />
        <Link to="/event-types" onClick={close}>
          Event types, with their schemas and samples
        </Link>
      </Modal>
    </>
  );
}
