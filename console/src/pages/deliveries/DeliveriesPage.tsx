import { getRouteApi, Link } from "@tanstack/react-router";
import { HelpButton } from "~/components/HelpTexts";
import { PageHead } from "~/components/Page";
import { Empty, Forbidden } from "~/components/States";
import type { DeliveryFilter, PresentationFragment } from "~/gql/graphql";
import { useProfile } from "~/hooks/useProfile";
import { useSigned } from "~/hooks/useViewer";
import { stageWord, upper } from "~/lib/status";
import { RetryMatching } from "../bulk/actions";
import { Counters } from "./Counters";
import { DeliveryLog } from "./DeliveryLog";
import { deliveryFilter, type DeliverySearch } from "./filters";

const route = getRouteApi("/deliveries");

export function DeliveriesPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { rights } = useSigned();
  const { profile } = useProfile();
  if (!rights.view) return <Forbidden />;
  return (
    <>
      <PageHead
        title={profile?.presentation.logTitle ?? "Deliveries"}
        note="Every event on its way to every webhook, as it happens."
      >
        <Views profile={profile} />
        <HelpButton />
      </PageHead>
      <Counters of={profile?.presentation.counters ?? []} />
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

function Views({ profile }: { profile: PresentationFragment | undefined }) {
  const stages = profile?.presentation.statusFilters ?? [];
  const views: [string, DeliverySearch][] = [
    ["All", {}],
    ...stages.map((stage): [string, DeliverySearch] => {
      const word = stageWord(stage, profile?.statuses ?? []);
      return [upper(word), { stage: [stage] }];
    }),
  ];
  return views.map(([name, search]) => (
    <Link key={name} to="/deliveries" search={search} activeOptions={{ exact: true }} className="nav">
      {name}
    </Link>
  ));
}
