import { getRouteApi, Link } from "@tanstack/react-router";
import { PageHead } from "~/components/Page";
import { Empty, Forbidden } from "~/components/States";
import type { DeliveryFilter } from "~/gql/graphql";
import { useSigned } from "~/hooks/useViewer";
import { RetryMatching } from "../bulk/actions";
import { DeliveryLog } from "./DeliveryLog";
import { deliveryFilter, type DeliverySearch } from "./filters";

const route = getRouteApi("/deliveries");

export function DeliveriesPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { rights } = useSigned();
  if (!rights.view) return <Forbidden />;
  return (
    <>
      <PageHead title="Deliveries" note="Every event on its way to every webhook, as it happens.">
        <Views />
      </PageHead>
      {rights.manage && retryable(search) ? (
        <div style={{ display: "flex", justifyContent: "flex-end", marginBottom: 8 }}>
          <RetryMatching filter={bulkFilter(search)} />
        </div>
      ) : null}
      <DeliveryLog
        search={search}
        onSearch={(next) => void navigate({ search: next })}
        empty={
          <Empty title="Nothing was delivered yet" action={<Link to="/">Follow the first steps</Link>}>
            As soon as an event is published that a webhook is subscribed to, its delivery shows up here by itself.
          </Empty>
        }
      />
    </>
  );
}

// The server retries what has failed or was given up; with a filter on other stages there is nothing to retry.
function retryable(search: DeliverySearch): boolean {
  return search.stage?.every((one) => one === "FAILED" || one === "CANCELED") ?? false;
}

function bulkFilter(search: DeliverySearch): DeliveryFilter {
  const { stages, ...filter } = deliveryFilter(search, Date.now());
  return { ...filter, statuses: stages?.filter((one) => one === "FAILED" || one === "CANCELED") };
}

const views: [string, DeliverySearch][] = [
  ["All", {}],
  ["Failed", { stage: ["FAILED"] }],
  ["Retrying", { stage: ["RETRYING"] }],
  ["Held", { stage: ["HELD"] }],
];

function Views() {
  return views.map(([name, search]) => (
    <Link key={name} to="/deliveries" search={search} activeOptions={{ exact: true }} className="nav">
      {name}
    </Link>
  ));
}
