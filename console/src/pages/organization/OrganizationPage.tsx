import { useQuery } from "urql";
import { Id } from "~/components/Copy";
import { Facts, PageHead, Panel } from "~/components/Page";
import { Payload } from "~/components/Payload";
import { Failed, Loading } from "~/components/States";
import { StageChip } from "~/components/Status";
import { Time } from "~/components/Time";
import { graphql } from "~/gql";
import { useSigned } from "~/hooks/useViewer";
import { count } from "~/lib/format";
import { size } from "~/lib/payload";
import { words } from "~/lib/status";
import { Audit } from "./Audit";
import { LimitsForm, RolesForm } from "./OrganizationForms";

const OrganizationDocument = graphql(`
  query OrganizationPage($id: ID!) {
    organization(id: $id) {
      ...Org
      ...Limits
      createdAt
      profile {
        name
        title
        description
        document
        statuses {
          stage
          name
        }
        help {
          title
          text
        }
      }
    }
    sourceRanges
  }
  fragment Limits on Organization {
    id
    limits {
      maxPayloadBytes
      maxPublishPerMinute
      maxWebhooks
      allowInsecureUrls
      retentionDays
      payloadRetentionDays
    }
  }
`);

export function OrganizationPage() {
  const { organization, rights } = useSigned();
  const [{ data, error }, reload] = useQuery({ query: OrganizationDocument, variables: { id: organization.id } });
  const found = data?.organization;
  if (!found && error) return <Failed error={error} retry={() => reload({ requestPolicy: "network-only" })} whole />;
  if (!found) return <Loading />;
  const { limits, profile } = found;
  return (
    <>
      <PageHead title="Organization" note={found.name} />
      <div className="split">
        <div className="stack">
          <Panel title="Settings">
            {rights.admin ? (
              <RolesForm key={found.name} organization={found} />
            ) : (
              <Facts
                of={[
                  ["Name", found.name],
                  ["May see webhooks", found.viewRoles.map((one) => words(one)).join(", ")],
                  ["May manage webhooks", found.manageRoles.map((one) => words(one)).join(", ")],
                ]}
              />
            )}
          </Panel>
          {rights.admin ? <Audit organizationId={found.id} /> : null}
          <Panel title={`Profile: ${profile.title}`}>
            <p style={{ marginTop: 0 }}>{profile.description}</p>
            <div style={{ display: "flex", gap: 6, flexWrap: "wrap", marginBottom: 14 }} aria-label="Words for stages" role="group">
              {profile.statuses.map((one) => (
                <StageChip key={one.stage} stage={one.stage} name={one.name} />
              ))}
            </div>
            {profile.help.map((one) => (
              <details key={one.title} style={{ marginBottom: 6 }}>
                <summary style={{ fontWeight: 550 }}>{one.title}</summary>
                <p className="dim" style={{ margin: "4px 0 8px" }}>{one.text}</p>
              </details>
            ))}
            <Payload body={JSON.stringify(profile.document)} label="profile" name={`${profile.name}.json`} />
          </Panel>
        </div>
        <div className="stack">
          <Panel title="Details">
            <Facts
              of={[
                ["Id", <Id key="i" id={found.id} />],
                ["Slug", found.slug],
                ["Created", <Time key="c" at={found.createdAt} />],
                ["The log is kept for", `${count(limits.retentionDays)} days`],
                ["Payloads are kept for", `${count(limits.payloadRetentionDays)} days`],
                ["Requests come from", data?.sourceRanges.join(", ") || "No networks were named by the operator"],
              ]}
            />
          </Panel>
          <Panel title="Limits">
            {rights.operate ? (
              <LimitsForm id={found.id} limits={limits} />
            ) : (
              <Facts
                of={[
                  ["Webhooks", count(limits.maxWebhooks)],
                  ["Publish requests", `${count(limits.maxPublishPerMinute)} per minute`],
                  ["Largest payload", size(limits.maxPayloadBytes)],
                  ["http:// URLs", limits.allowInsecureUrls ? "Allowed" : "Not allowed"],
                ]}
              />
            )}
          </Panel>
        </div>
      </div>
    </>
  );
}
