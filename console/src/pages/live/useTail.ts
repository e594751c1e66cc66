import { useCallback, useEffect, useRef, useState } from "react";
import { useClient } from "urql";
import { graphql } from "~/gql";
import type { AttemptStatus, TailLineFragment } from "~/gql/graphql";
import { useLive } from "~/hooks/useLive";
import { useRefetchAfterOutage } from "~/hooks/useLiveDeliveries";
import { useSigned } from "~/hooks/useViewer";

const Recorded = graphql(`
  subscription Recorded($organizationId: ID!) {
    deliveryAttemptRecorded(organizationId: $organizationId) {
      ...TailLine
    }
  }
  fragment TailLine on DeliveryAttempt {
    id
    number
    status
    startedAt
    durationMs
    response {
      statusCode
    }
    delivery {
      id
      eventType
      webhook {
        id
        name
      }
    }
  }
`);

const Gap = graphql(`
  query Gap($id: ID!, $after: String) {
    organization(id: $id) {
      id
      attempts(first: 100, after: $after) {
        nodes {
          ...TailLine
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`);

export const KEPT = 10_000;
const EVERY_MS = 250;
// A gap is filled up to so many hundreds of lines.
const GAP_PAGES = 40;

export interface Line {
  id: string;
  at: string;
  number: number;
  status: AttemptStatus;
  code: number | null;
  durationMs: number;
  deliveryId: string;
  eventType: string;
  webhook: string;
  /** All of it in lower case, to be searched. */
  text: string;
}

function line(attempt: TailLineFragment): Line {
  const { delivery } = attempt;
  const code = attempt.response?.statusCode ?? null;
  const parts = [attempt.id, delivery.id, delivery.eventType, delivery.webhook.name, code ?? "", attempt.status];
  return {
    id: attempt.id,
    at: attempt.startedAt,
    number: attempt.number,
    status: attempt.status,
    code,
    durationMs: attempt.durationMs,
    deliveryId: delivery.id,
    eventType: delivery.eventType,
    webhook: delivery.webhook.name,
    text: parts.join(" ").toLowerCase(),
  };
}

// What comes is nearly always newer than what is there, so the whole is sorted only when it is not.
function newestFirst(batch: Line[], before: Line[]): Line[] {
  const come = batch.toSorted((a, b) => (a.id < b.id ? 1 : -1));
  const all = [...come, ...before];
  const inOrder = (come.at(-1)?.id ?? "") > (before[0]?.id ?? "");
  return inOrder ? all : all.toSorted((a, b) => (a.id < b.id ? 1 : -1));
}

/**
 * The last ten thousand attempts. They are painted four times a second at most and not while still; what a gap hid is fetched.
 * They are kept here and not in the cache, which would grow with them.
 */
export function useTail(still: boolean) {
  const client = useClient();
  const { organization } = useSigned();
  const [lines, setLines] = useState<Line[]>([]);
  const [counts, setCounts] = useState({ seen: 0, dropped: 0, waiting: 0 });
  const known = useRef(new Set<string>());
  const waiting = useRef<Line[]>([]);
  const seen = useRef(0);
  const dropped = useRef(0);
  const stopped = useRef(still);
  stopped.current = still;

  const add = useCallback((found: Line[]) => {
    for (const one of found) {
      if (known.current.has(one.id)) continue;
      known.current.add(one.id);
      waiting.current.push(one);
      seen.current += 1;
    }
    if (waiting.current.length > KEPT) {
      const over = waiting.current.splice(0, waiting.current.length - KEPT);
      dropped.current += over.length;
    }
  }, []);

  // Back to what is known already. Before the first line there is no gap, only what has just happened.
  const fill = useCallback(async () => {
    const pages = known.current.size === 0 ? 1 : GAP_PAGES;
    let after: string | null | undefined;
    for (let page = 0; page < pages; page += 1) {
      // oxlint-disable-next-line no-await-in-loop -- each page begins where the one before it ends
      const { data } = await client.query(Gap, { id: organization.id, after }, { requestPolicy: "network-only" }).toPromise();
      const found = data?.organization?.attempts;
      const oldest = found?.nodes.at(-1);
      if (!found || !oldest) return;
      const reached = known.current.has(oldest.id);
      add(found.nodes.map(line).toReversed());
      if (reached || !found.pageInfo.hasNextPage) return;
      after = found.pageInfo.endCursor;
    }
  }, [client, organization.id, add]);

  useLive(Recorded, { organizationId: organization.id }, false, () => void fill(), ({ deliveryAttemptRecorded: attempt }) => {
    if (attempt) add([line(attempt)]);
  });
  useRefetchAfterOutage(() => void fill());

  useEffect(() => {
    const timer = setInterval(() => {
      const batch = waiting.current;
      if (stopped.current || batch.length === 0) {
        setCounts((before) => (before.waiting === batch.length ? before : { ...before, waiting: batch.length }));
        return;
      }
      waiting.current = [];
      setLines((before) => {
        const next = newestFirst(batch, before).slice(0, KEPT);
        known.current = new Set(next.map((one) => one.id));
        return next;
      });
      setCounts({ seen: seen.current, dropped: dropped.current, waiting: 0 });
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, []);

  return { lines, ...counts };
}
