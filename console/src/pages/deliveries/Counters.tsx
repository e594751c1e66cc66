import { useCallback } from "react";
import { useQuery } from "urql";
import { Tile } from "~/components/Tile";
import { graphql } from "~/gql";
import type { CountersQuery, DeliveryCount, DeliveryStage } from "~/gql/graphql";
import { useLiveDeliveries, useRefetchAfterOutage } from "~/hooks/useLiveDeliveries";
import type { Presentation } from "~/hooks/useProfile";
import { useSoon } from "~/hooks/useSoon";
import { useSigned } from "~/hooks/useViewer";

const CountersDocument = graphql(`
  query Counters($id: ID!) {
    organization(id: $id) {
      id
      deliveryCounts {
        pending
        inProgress
        held
        succeeded
        failed
      }
    }
  }
`);

type Counts = NonNullable<CountersQuery["organization"]>["deliveryCounts"];

interface Kind {
  value: (counts: Counts) => number;
  stages: DeliveryStage[];
  icon: DeliveryStage;
}

const kinds: Record<DeliveryCount, Kind> = {
  PENDING: { value: (counts) => counts.pending, stages: ["PENDING"], icon: "PENDING" },
  IN_PROGRESS: { value: (counts) => counts.inProgress, stages: ["SENDING", "RETRYING"], icon: "RETRYING" },
  HELD: { value: (counts) => counts.held, stages: ["HELD"], icon: "HELD" },
  SUCCEEDED: { value: (counts) => counts.succeeded, stages: ["SUCCEEDED"], icon: "SUCCEEDED" },
  FAILED: { value: (counts) => counts.failed, stages: ["FAILED"], icon: "FAILED" },
};

interface Props {
  of: Presentation["counters"];
}

/** The counts that the profile has above the log. Each leads to what it counts. */
export function Counters({ of }: Props) {
  const { organization } = useSigned();
  const paused = of.length === 0;
  const [{ data }, reload] = useQuery({ query: CountersDocument, variables: { id: organization.id }, pause: paused });
  const refetch = useCallback(() => reload({ requestPolicy: "network-only" }), [reload]);
  const soon = useSoon(refetch);
  useLiveDeliveries({ organizationId: organization.id, paused }, soon, soon);
  useRefetchAfterOutage(soon);
  const counts = data?.organization?.deliveryCounts;
  if (paused) return null;
  return (
    <div className="tiles" role="group" aria-label="Counters" style={{ marginBottom: 16 }}>
      {of.map(({ count, title }) => {
        const { value, stages, icon } = kinds[count];
        return <Tile key={count} stage={icon} name={title} value={counts ? value(counts) : 0} search={stages} />;
      })}
    </div>
  );
}
