import {
  IconAlertTriangle,
  IconBan,
  IconCircleCheck,
  IconCircleX,
  IconClock,
  IconHandStop,
  IconPlayerPause,
  IconPower,
  IconRefresh,
  IconSend,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { AttemptStatus, DeliveryStage, WebhookStatus } from "~/gql/graphql";
import { attemptTone, attemptWord, stageTone, type Tone, webhookTone, webhookWord } from "~/lib/status";

const stageIcons: Record<DeliveryStage, typeof IconClock> = {
  PENDING: IconClock,
  SENDING: IconSend,
  RETRYING: IconRefresh,
  HELD: IconHandStop,
  SUCCEEDED: IconCircleCheck,
  FAILED: IconCircleX,
  CANCELED: IconBan,
};
const webhookIcons: Record<WebhookStatus, typeof IconClock> = {
  ENABLED: IconCircleCheck,
  PAUSED: IconPlayerPause,
  DISABLED: IconPower,
};

export function Chip({ tone, icon, children }: { tone: Tone; icon?: ReactNode; children: ReactNode }) {
  return (
    <span className={`chip tone-${tone}`}>
      {icon}
      {children}
    </span>
  );
}

/** How far a delivery has come: icon, the profile's word, and colour. */
export function StageChip({ stage, name }: { stage: DeliveryStage; name: string }) {
  const Icon = stageIcons[stage];
  return (
    <Chip tone={stageTone[stage]} icon={<Icon size={13} aria-hidden />}>
      <span className="word">{name}</span>
    </Chip>
  );
}

export function StageIcon({ stage }: { stage: DeliveryStage }) {
  const Icon = stageIcons[stage];
  return <Icon size={16} aria-hidden style={{ color: `var(--${stageTone[stage]})` }} />;
}

export function WebhookChip({ status, held }: { status: WebhookStatus; held?: boolean }) {
  const Icon = held ? IconAlertTriangle : webhookIcons[status];
  return (
    <Chip tone={held ? "warn" : webhookTone[status]} icon={<Icon size={13} aria-hidden />}>
      {held ? "Active, holding" : webhookWord[status]}
    </Chip>
  );
}

export function AttemptChip({ status }: { status: AttemptStatus }) {
  const Icon = status === "SUCCEEDED" ? IconCircleCheck : IconCircleX;
  return (
    <Chip tone={attemptTone[status]} icon={<Icon size={13} aria-hidden />}>
      {attemptWord[status]}
    </Chip>
  );
}

/** A status code, with its class as colour. */
export function Code({ code }: { code: number | null | undefined }) {
  if (!code) return <span className="dim">–</span>;
  const tone: Tone = code < 300 ? "ok" : code < 400 ? "warn" : "bad";
  return <span className={`chip tone-${tone} num`} style={{ paddingLeft: 8 }}>{code}</span>;
}
