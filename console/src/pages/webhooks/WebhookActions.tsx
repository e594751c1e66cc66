import { Button } from "@mantine/core";
import { IconPlayerPause, IconPlayerPlay, IconPower } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { Confirm } from "~/components/Confirm";
import type { DeleteWebhookMutation, DisableMutation, EnableMutation, PauseMutation, ResumeMutation } from "~/gql/graphql";
import { useAction } from "~/hooks/useAction";
import { DeleteDocument, DisableDocument, EnableDocument, PauseDocument, ResumeDocument } from "./stateDocuments";
import type { Webhook } from "./WebhookPage";

const enabled = (data: EnableMutation) => data.enableWebhook;
const disabled = (data: DisableMutation) => data.disableWebhook;
const paused = (data: PauseMutation) => data.pauseWebhook;
const resumed = (data: ResumeMutation) => data.resumeWebhook;
const deleted = (data: DeleteWebhookMutation) => data.deleteWebhook;

export function WebhookActions({ webhook, refetch }: { webhook: Webhook; refetch: () => void }) {
  const navigate = useNavigate();
  const enable = useAction(EnableDocument, enabled);
  const disable = useAction(DisableDocument, disabled);
  const pause = useAction(PauseDocument, paused);
  const resume = useAction(ResumeDocument, resumed);
  const remove = useAction(DeleteDocument, deleted);
  const input = { id: webhook.id };

  async function del() {
    const done = await remove.run(input, "The webhook was deleted. Its log stays.");
    if (done) await navigate({ to: "/webhooks" });
  }

  return (
    <>
      {webhook.status === "ENABLED" ? (
        <>
          <Button
            variant="default"
            leftSection={<IconPlayerPause size={14} />}
            loading={pause.busy}
            onClick={() => void pause.run(input, "Paused: deliveries are held, none is lost.").then(refetch)}
          >
            Pause
          </Button>
          <Button
            variant="default"
            leftSection={<IconPower size={14} />}
            loading={disable.busy}
            onClick={() => void disable.run(input, "Deactivated: deliveries are held, none is lost.").then(refetch)}
          >
            Deactivate
          </Button>
        </>
      ) : null}
      {webhook.status === "PAUSED" ? (
        <Button
          leftSection={<IconPlayerPlay size={14} />}
          loading={resume.busy}
          onClick={() => void resume.run(input, "Resumed: what was held is sent, oldest first.").then(refetch)}
        >
          Resume
        </Button>
      ) : null}
      {webhook.status === "DISABLED" ? (
        <Button
          leftSection={<IconPower size={14} />}
          loading={enable.busy}
          onClick={() => void enable.run(input, "Active again: what was held is sent, oldest first.").then(refetch)}
        >
          Activate
        </Button>
      ) : null}
      <Confirm subtle button="Delete" title={`Delete ${webhook.name}?`} confirm="Delete" typed={webhook.name} onConfirm={del}>
        Its subscriptions and secrets go with it, and its deliveries under way are given up. Its log stays. This cannot be
        undone; to stop sending for a while, deactivate it.
      </Confirm>
    </>
  );
}
