import type { DeliveryFilter, RecoverMutation, ReplayEventMutation, ReplayMissingMutation, RetryAllMutation } from "~/gql/graphql";
import { useAction } from "~/hooks/useAction";
import { useSigned } from "~/hooks/useViewer";
import { RecoverDocument, ReplayEventDocument, ReplayMissingDocument, RetryAllDocument } from "./documents";
import { WideAction } from "./WideAction";

const retried = (data: RetryAllMutation) => data.retryDeliveries;
const recovered = (data: RecoverMutation) => data.recoverWebhook;
const replayed = (data: ReplayMissingMutation) => data.replayMissing;
const again = (data: ReplayEventMutation) => data.replayEvent;

/** Retries all that failed and matches, not only what is on the page. */
export function RetryMatching({ filter }: { filter: DeliveryFilter }) {
  const { organization } = useSigned();
  const retry = useAction(RetryAllDocument, retried, true);
  return (
    <WideAction
      button="Retry all that failed"
      title="Retry all that failed and match"
      items="deliveries"
      problems={retry.problems}
      run={(options) => retry.run({ organizationId: organization.id, filter, ...options })}
    >
      Every failed delivery that the filters match is retried, whether it is on this page or not.
    </WideAction>
  );
}

export function RecoverSince({ webhookId, since }: { webhookId: string; since: () => string }) {
  const recover = useAction(RecoverDocument, recovered, true);
  return (
    <WideAction
      button="Retry what failed"
      title="Retry what failed"
      items="deliveries"
      problems={recover.problems}
      run={(options) => recover.run({ webhookId, since: since(), ...options })}
    >
      Deliveries to this webhook that have failed in this time are retried, oldest first.
    </WideAction>
  );
}

export function ReplayMissingSince({ webhookId, since }: { webhookId: string; since: () => string }) {
  const replay = useAction(ReplayMissingDocument, replayed, true);
  return (
    <WideAction
      button="Send what is missing"
      title="Send what is missing"
      items="events to look at"
      problems={replay.problems}
      run={(options) => replay.run({ webhookId, since: since(), ...options })}
    >
      Events of this time that the webhook never got and would get now are sent to it.
    </WideAction>
  );
}

export function SendAgain({ eventId }: { eventId: string }) {
  const replay = useAction(ReplayEventDocument, again, true);
  return (
    <WideAction
      button="Send again"
      title="Send this event again"
      items="webhooks"
      problems={replay.problems}
      run={(options) => replay.run({ eventId, ...options })}
    >
      All webhooks that would get it now get a new delivery of it. Receivers may see it a second time.
    </WideAction>
  );
}
