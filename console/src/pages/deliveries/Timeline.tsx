import { IconCircleCheck, IconCircleDashed, IconCircleX, IconFlag, IconInbox, IconLoader2 } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Code, StageIcon } from "~/components/Status";
import { Countdown, Time } from "~/components/Time";
import { useNow } from "~/hooks/useNow";
import type { DeliveryQuery } from "~/gql/graphql";
import { plan } from "~/lib/plan";
import { problemOf } from "~/lib/problems";
import { millis, span } from "~/lib/time";

type Delivery = NonNullable<DeliveryQuery["delivery"]>;

interface Props {
  delivery: Delivery;
  picked: string | null;
  onPick: (id: string) => void;
}

/** What happened and what is planned, oldest first. */
export function Timeline({ delivery, picked, onPick }: Props) {
  const made = delivery.attempts.nodes.toReversed();
  const under = delivery.status === "PENDING" || delivery.status === "RETRYING";
  const delays = delivery.webhook.settings.retryPolicy.delaysSeconds;
  const planned = under ? plan(delivery.attemptCount, delivery.maxAttempts, delivery.nextAttemptAt, delays) : [];
  return (
    <ol className="timeline" aria-label="Attempts">
      <Step icon={<IconInbox size={16} aria-hidden />} text="Accepted" end={<Time at={delivery.createdAt} />} />
      {made.map((attempt) => {
        const ok = attempt.status === "SUCCEEDED";
        const Icon = ok ? IconCircleCheck : IconCircleX;
        const error = attempt.error ? problemOf(attempt.error.code, attempt.response?.statusCode).title : "Accepted by the receiver";
        return (
          <li key={attempt.id} className={picked === attempt.id ? "picked" : undefined}>
            <Icon size={16} aria-hidden style={{ color: ok ? "var(--ok)" : "var(--bad)" }} />
            <button
              type="button"
              className="pick"
              aria-pressed={picked === attempt.id}
              onClick={() => onPick(attempt.id)}
            >
              <strong>Attempt {attempt.number}</strong>
              {attempt.trigger === "MANUAL" ? <span className="dim"> · by hand</span> : null}
              <div className="dim">
                {error} · {millis(attempt.durationMs)}
              </div>
            </button>
            <span style={{ textAlign: "right" }}>
              {attempt.response ? <Code code={attempt.response.statusCode} /> : null}
              <div className="dim">
                <Time at={attempt.startedAt} />
              </div>
            </span>
          </li>
        );
      })}
      {delivery.stage === "SENDING" ? <Sending since={delivery.updatedAt} number={delivery.attemptCount + 1} /> : null}
      {planned.map((one, i) => (
        <Step
          key={one.number}
          planned
          icon={<IconCircleDashed size={16} aria-hidden />}
          text={`Attempt ${one.number}`}
          note={i === 0 ? "planned" : `if that fails, ${span(one.wait)} later`}
          end={one.at ? i === 0 ? <Countdown to={new Date(one.at).toISOString()} /> : <Time at={new Date(one.at).toISOString()} /> : null}
        />
      ))}
      {delivery.completedAt ? (
        <Step
          icon={<StageIcon stage={delivery.stage} />}
          text={delivery.stageName}
          end={<Time at={delivery.completedAt} />}
        />
      ) : null}
      {delivery.stage === "HELD" ? (
        <Step icon={<StageIcon stage="HELD" />} text={delivery.stageName} end={<Time at={delivery.updatedAt} />} />
      ) : null}
      {under && planned.length === 0 && delivery.stage !== "SENDING" ? (
        <Step planned icon={<IconFlag size={16} aria-hidden />} text="Waiting for a worker" end={null} />
      ) : null}
    </ol>
  );
}

function Step(props: { icon: ReactNode; text: string; note?: string; end: ReactNode; planned?: boolean }) {
  return (
    <li className={props.planned ? "planned" : undefined}>
      {props.icon}
      <span>
        <strong style={{ fontWeight: props.planned ? 450 : 600 }}>{props.text}</strong>
        {props.note ? <div className="dim">{props.note}</div> : null}
      </span>
      <span className="dim">{props.end}</span>
    </li>
  );
}

function Sending({ since, number }: { since: string; number: number }) {
  const now = useNow();
  const seconds = (now - Date.parse(since)) / 1000;
  return (
    <Step
      icon={<IconLoader2 size={16} aria-hidden style={{ color: "var(--info)" }} />}
      text={`Attempt ${number}`}
      note="sending…"
      end={<span className="num">{span(seconds)}</span>}
    />
  );
}
