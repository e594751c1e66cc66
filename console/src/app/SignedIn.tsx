import { useLocalStorage } from "@mantine/hooks";
import { type ReactNode, useEffect, useMemo } from "react";
import { useQuery } from "urql";
import { Empty, Failed, Loading } from "~/components/States";
import { OrganizationsDocument, SignedContext, ViewerDocument } from "~/hooks/useViewer";
import { rightsOf } from "~/lib/roles";
import { useRecoveries } from "./health";
import { signOut } from "./session";
import { Button } from "@mantine/core";

/** Finds out who is signed in and which organization is looked at, for all pages below. */
export function SignedIn({ children }: { children: ReactNode }) {
  const [viewer, reload] = useQuery({ query: ViewerDocument });
  const operator = viewer.data?.viewer.role === "OPERATOR";
  const [all] = useQuery({ query: OrganizationsDocument, pause: !operator });
  const [chosen, choose] = useLocalStorage<string>({ key: "surehook-organization", defaultValue: "" });
  const recoveries = useRecoveries();
  useEffect(() => {
    if (recoveries > 0) reload({ requestPolicy: "network-only" });
  }, [recoveries, reload]);

  const signed = useMemo(() => {
    const who = viewer.data?.viewer;
    if (!who) return null;
    const organizations = all.data?.organizations.nodes ?? [];
    const organization = who.organization ?? organizations.find((one) => one.id === chosen) ?? organizations[0];
    if (!organization) return null;
    const rights = rightsOf(who.role, organization.viewRoles, organization.manageRoles);
    return { viewer: who, organization, organizations, choose, rights };
  }, [viewer.data, all.data, chosen, choose]);

  if (signed?.viewer.role === "PUBLISHER") {
    return (
      <Empty title="This key may only publish" action={<Button onClick={() => void signOut()}>Sign out</Button>}>
        A key with the role PUBLISHER reads nothing. Sign in with one that has the role VIEWER, DEVELOPER or ADMIN.
      </Empty>
    );
  }
  if (signed) return <SignedContext value={signed}>{children}</SignedContext>;
  if (viewer.error) return <Failed error={viewer.error} retry={() => reload({ requestPolicy: "network-only" })} />;
  if (viewer.fetching || all.fetching || !viewer.data) return <Loading />;
  return (
    <Empty title="There is no organization yet" action={<Button onClick={() => void signOut()}>Sign out</Button>}>
      Create one with the mutation createOrganization, then load this page again.
    </Empty>
  );
}
