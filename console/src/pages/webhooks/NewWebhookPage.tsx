import { useQuery } from "urql";
import { PageHead } from "~/components/Page";
import { Failed, Forbidden, Loading } from "~/components/States";
import { useSigned } from "~/hooks/useViewer";
import { CreateForm } from "./CreateForm";
import { ProfileDocument } from "./documents";

export function NewWebhookPage() {
  const { organization, rights } = useSigned();
  const [{ data, error }, reload] = useQuery({ query: ProfileDocument, variables: { id: organization.id } });
  if (!rights.manage) return <Forbidden />;
  const profile = data?.organization?.profile;
  if (!profile && error) return <Failed error={error} retry={() => reload({ requestPolicy: "network-only" })} />;
  if (!profile) return <Loading />;
  return (
    <div style={{ maxWidth: 780 }}>
      <PageHead title="New webhook" note={profile.description} />
      <CreateForm profile={profile} />
    </div>
  );
}
