import { useLocalStorage } from "@mantine/hooks";
import { lazy, type ReactNode, Suspense, useEffect, useMemo } from "react";
import { useQuery } from "urql";
import { Empty, Failed, Loading } from "~/components/States";
import { PageHead, Panel } from "~/components/Page";
import { ChosenDocument, OrganizationsDocument, SignedContext, ViewerDocument } from "~/hooks/useViewer";
import { CHOSEN } from "~/lib/chosen";
import { rightsOf } from "~/lib/roles";
import { useRecoveries } from "./health";
import { signOut } from "./session";
import { Button } from "@mantine/core";

const OrganizationForm = lazy(() =>
  import("~/pages/system/OrganizationForm").then((found) => ({ default: found.OrganizationForm })),
);

/** Finds out who is signed in and which organization is looked at, for all pages below. */
export function SignedIn({ children }: { children: ReactNode }) {
  const [viewer, reload] = useQuery({ query: ViewerDocument });
  const operator = viewer.data?.viewer.role === "OPERATOR";
  const [chosen, choose] = useLocalStorage<string>({ key: CHOSEN, defaultValue: "", getInitialValueInEffect: false });
  const [one] = useQuery({ query: ChosenDocument, variables: { id: chosen }, pause: !operator || chosen === "" });
  const [newest, look] = useQuery({ query: OrganizationsDocument, variables: { first: 1 }, pause: !operator });
  const recoveries = useRecoveries();
  useEffect(() => {
    if (recoveries > 0) reload({ requestPolicy: "network-only" });
  }, [recoveries, reload]);

  const signed = useMemo(() => {
    const who = viewer.data?.viewer;
    if (!who) return null;
    const found = one.data?.organization?.id === chosen ? one.data.organization : null;
    // What was chosen may be gone. Until that is known, no other is shown in its place.
    if (operator && !found && chosen !== "" && one.fetching) return null;
    const organization = who.organization ?? found ?? newest.data?.organizations.nodes[0];
    if (!organization) return null;
    const rights = rightsOf(who.role, organization.viewRoles, organization.manageRoles);
    return { viewer: who, organization, chosen: found !== null, choose, rights };
  }, [viewer.data, operator, one.data, one.fetching, newest.data, chosen, choose]);

  if (signed?.viewer.role === "PUBLISHER") {
    return (
      <main>
        <Empty title="This key may only publish" action={<Button onClick={() => void signOut()}>Sign out</Button>} whole>
          A key with the role PUBLISHER reads nothing. Sign in with one that has the role VIEWER, DEVELOPER or ADMIN.
        </Empty>
      </main>
    );
  }
  if (signed) return <SignedContext value={signed}>{children}</SignedContext>;
  if (viewer.error) {
    return (
      <main>
        <Failed error={viewer.error} retry={() => reload({ requestPolicy: "network-only" })} whole />
      </main>
    );
  }
  if (viewer.fetching || one.fetching || newest.fetching || !viewer.data) return <Loading />;
  return (
    <main className="page" style={{ maxWidth: 460, margin: "8vh auto" }}>
      <PageHead
        title="The first organization"
        note="There is none yet. Whoever publishes events or gets webhooks does so within one."
      />
      <Panel>
        <Suspense fallback={<Loading rows={3} />}>
          <OrganizationForm
            onDone={(id) => {
              choose(id);
              look({ requestPolicy: "network-only" });
            }}
          />
        </Suspense>
      </Panel>
      <Button variant="subtle" color="gray" mt="md" onClick={() => void signOut()}>
        Sign out
      </Button>
    </main>
  );
}
