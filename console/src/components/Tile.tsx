import { Link } from "@tanstack/react-router";
import type { DeliveryStage } from "~/gql/graphql";
import { count } from "~/lib/format";
import { StageIcon } from "./Status";

/** A count of deliveries, which leads to them. */
export function Tile(props: { stage: DeliveryStage; name: string; value: number; search: DeliveryStage[] }) {
  return (
    <Link to="/deliveries" search={{ stage: props.search }} className="tile">
      <span>
        <StageIcon stage={props.stage} />
        <span className="word">{props.name}</span>
      </span>
      <b>{count(props.value)}</b>
    </Link>
  );
}
