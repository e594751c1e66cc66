import { StageChip } from "~/components/Status";
import type { DeliveryStage } from "~/gql/graphql";

interface One {
  stage: DeliveryStage;
  stageName: string;
}

/** How an event's newest deliveries stand, counted by stage. */
export function FanOut({ deliveries, more }: { deliveries: One[]; more: boolean }) {
  const counts = new Map<DeliveryStage, { name: string; count: number }>();
  for (const { stage, stageName } of deliveries) {
    const found = counts.get(stage);
    counts.set(stage, { name: stageName, count: (found?.count ?? 0) + 1 });
  }
  if (counts.size === 0) return <span className="dim">none</span>;
  return (
    <span style={{ display: "inline-flex", gap: 4 }}>
      {[...counts].map(([stage, { name, count }]) => (
        <StageChip key={stage} stage={stage} name={count > 1 ? `${count} ${name}` : name} />
      ))}
      {more ? <span className="dim">and more</span> : null}
    </span>
  );
}
