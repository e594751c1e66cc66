import { useState } from "react";
import { useQuery } from "urql";
import { Id } from "~/components/Copy";
import { Panel } from "~/components/Page";
import { Pager, type Place } from "~/components/Pager";
import { Failed, Loading } from "~/components/States";
import { Time } from "~/components/Time";
import { graphql } from "~/gql";
import { words } from "~/lib/status";

const AuditDocument = graphql(`
  query Audit($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
    organization(id: $id) {
      id
      auditLog(first: $first, after: $after, last: $last, before: $before) {
        nodes {
          id
          action
          apiKeyId
          subjectId
          detail
          createdAt
        }
        pageInfo {
          hasNextPage
          hasPreviousPage
          startCursor
          endCursor
        }
      }
    }
  }
`);

const PAGE = 15;

/** What was done that must not go unnoticed. */
export function Audit({ organizationId }: { organizationId: string }) {
  const [place, setPlace] = useState<Place>({});
  const paging = place.before ? { last: PAGE, before: place.before } : { first: PAGE, after: place.after };
  const [{ data, error }, reload] = useQuery({ query: AuditDocument, variables: { id: organizationId, ...paging } });
  const page = data?.organization?.auditLog;
  return (
    <Panel title="Audit log" flush>
      {!page && error ? <Failed error={error} retry={() => reload({ requestPolicy: "network-only" })} /> : null}
      {!page && !error ? <Loading rows={4} /> : null}
      {page?.nodes.length === 0 ? <p className="dim" style={{ padding: "0 14px" }}>Nothing was done yet that is written down.</p> : null}
      {page && page.nodes.length > 0 ? (
        <div className="scroll">
          <table className="grid" aria-label="Audit log">
            <thead>
              <tr>
                <th scope="col">What</th>
                <th scope="col">To</th>
                <th scope="col">By key</th>
                <th scope="col">More</th>
                <th scope="col">When</th>
              </tr>
            </thead>
            <tbody>
              {page.nodes.map((one) => (
                <tr key={one.id}>
                  <td>{words(one.action)}</td>
                  <td>
                    <Id id={one.subjectId} />
                  </td>
                  <td>{one.apiKeyId ? <Id id={one.apiKeyId} /> : "Surehook itself"}</td>
                  <td className="wide mono" title={JSON.stringify(one.detail)}>{JSON.stringify(one.detail)}</td>
                  <td>
                    <Time at={one.createdAt} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      <div style={{ padding: "0 14px 10px" }}>
        <Pager page={page?.pageInfo} onGo={setPlace} />
      </div>
    </Panel>
  );
}
