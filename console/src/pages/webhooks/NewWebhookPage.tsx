import { useNavigate } from "@tanstack/react-router";
import { useQuery } from "urql";
import { HelpButton } from "~/components/HelpTexts";
import { PageHead, Panel } from "~/components/Page";
import { Failed, Forbidden, Loading } from "~/components/States";
import { useSigned } from "~/hooks/useViewer";
import { CallbackForm } from "./CallbackForm";
import { CreateForm } from "./CreateForm";
import { ProfileDocument } from "./documents";

export function NewWebhookPage() {
  const { organization, rights } = useSigned();
  const navigate = useNavigate();
  const [{ data, error }, reload] = useQuery({ query: ProfileDocument, variables: { id: organization.id } });
  if (!rights.manage) return <Forbidden />;
  const found = data?.organization;
  if (!found && error) return <Failed error={error} retry={() => reload({ requestPolicy: "network-only" })} whole />;
  if (!found) return <Loading />;
  const { profile, limits } = found;
  const callbacks = profile.presentation.webhookForm === "CALLBACK_URLS";
  const back = () => void navigate({ to: "/webhooks" });
  return (
    <div style={{ maxWidth: 780 }}>
      <PageHead title={profile.presentation.formTitle} note={profile.description}>
        {callbacks ? null : <HelpButton />}
      </PageHead>
      {callbacks ? (
        <Panel>
          <CallbackForm onClose={back} onSaved={back} />
        </Panel>
      ) : (
        <CreateForm profile={profile} insecureAllowed={limits.allowInsecureUrls} />
      )}
    </div>
  );
}
