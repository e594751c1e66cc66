import { Button } from "@mantine/core";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useQuery } from "urql";
import { Confirm } from "~/components/Confirm";
import { Id } from "~/components/Copy";
import { Figure } from "~/components/Figure";
import { Facts, PageHead, Panel } from "~/components/Page";
import { Failed, Loading, NotFound } from "~/components/States";
import { Chip } from "~/components/Status";
import { Time } from "~/components/Time";
import type { CancelOperationMutation, OperationQuery, PauseOperationMutation, ResumeOperationMutation } from "~/gql/graphql";
import { useAction } from "~/hooks/useAction";
import { useLive } from "~/hooks/useLive";
import { useRefetchAfterOutage } from "~/hooks/useLiveDeliveries";
import { useSigned } from "~/hooks/useViewer";
import { count } from "~/lib/format";
import { words } from "~/lib/status";
import { CancelOperationDocument, OperationDocument, OperationUpdated, PauseOperationDocument, ResumeOperationDocument } from "./documents";
import { Progress } from "./Progress";
import { kinds, tones } from "./words";

const route = getRouteApi("/bulk/$id");
const paused = (data: PauseOperationMutation) => data.pauseBulkOperation;
const resumed = (data: ResumeOperationMutation) => data.resumeBulkOperation;
const canceled = (data: CancelOperationMutation) => data.cancelBulkOperation;

type Operation = NonNullable<OperationQuery["bulkOperation"]>;

export function OperationPage() {
  const { id } = route.useParams();
  const [{ data, error, fetching }, reload] = useQuery({ query: OperationDocument, variables: { id } });
  const refetch = () => reload({ requestPolicy: "network-only" });
  const over = data?.bulkOperation?.completedAt;
  useLive(OperationUpdated, { id }, over !== undefined && over !== null, refetch, () => {});
  useRefetchAfterOutage(refetch);
  if (!data && error) return <Failed error={error} retry={refetch} whole />;
  if (!data && fetching) return <Loading />;
  if (!data?.bulkOperation) return <NotFound what="bulk operation" />;
  return <Details operation={data.bulkOperation} />;
}

function Details({ operation }: { operation: Operation }) {
  const { rights } = useSigned();
  const tenth = operation.total === 0 ? 10 : Math.floor((10 * operation.processed) / operation.total);
  return (
    <>
      <PageHead title={kinds[operation.kind]} note={<>Bulk operation <Id id={operation.id} whole /></>}>
        {rights.manage ? <Actions operation={operation} /> : null}
      </PageHead>
      <div className="split">
        <div className="stack">
          <Panel title="Progress" actions={<Chip tone={tones[operation.status]}>{words(operation.status)}</Chip>}>
            <Progress of={operation} label={kinds[operation.kind]} />
            <div className="skip" role="status">{`${tenth * 10}%`}</div>
            <div className="tiles" style={{ marginTop: 14 }}>
              <Figure name="Done" value={count(operation.processed - operation.failed - operation.skipped)} />
              <Figure name="Failed" value={count(operation.failed)} />
              <Figure name="Skipped" value={count(operation.skipped)} />
              <Figure name="Per second" value={operation.ratePerSecond ? operation.ratePerSecond.toFixed(1) : "–"} />
            </div>
          </Panel>
          {operation.failures.length > 0 ? (
            <Panel title="The first of those that failed" flush>
              <div className="scroll">
                <table className="grid" aria-label="Failures">
                  <thead>
                    <tr>
                      <th scope="col">Item</th>
                      <th scope="col">Why</th>
                    </tr>
                  </thead>
                  <tbody>
                    {operation.failures.map((one) => (
                      <tr key={one.itemId}>
                        <td>
                          <Id id={one.itemId} />
                        </td>
                        <td style={{ whiteSpace: "normal" }}>{one.message}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            </Panel>
          ) : null}
        </div>
        <Panel title="Details">
          <Facts
            of={[
              ["Webhook", operation.webhook ? <Link key="w" to="/webhooks/$id" params={{ id: operation.webhook.id }}>{operation.webhook.name}</Link> : "–"],
              ["Event", operation.event ? <Link key="e" to="/events/$id" params={{ id: operation.event.id }} className="mono">{operation.event.type}</Link> : "–"],
              ["At most", operation.maxPerSecond ? `${operation.maxPerSecond} per second` : "as fast as it goes"],
              ["Asked for by", operation.requestedBy?.name ?? "–"],
              ["Started", <Time key="s" at={operation.createdAt} />],
              [operation.completedAt ? "Ended" : "Expected to end", <Time key="d" at={operation.completedAt ?? operation.estimatedCompletionAt} />],
            ]}
          />
        </Panel>
      </div>
    </>
  );
}

function Actions({ operation }: { operation: Operation }) {
  const pause = useAction(PauseOperationDocument, paused);
  const resume = useAction(ResumeOperationDocument, resumed);
  const cancel = useAction(CancelOperationDocument, canceled);
  const input = { id: operation.id };
  if (operation.completedAt) return null;
  return (
    <>
      {operation.status === "RUNNING" ? (
        <Button variant="default" loading={pause.busy} onClick={() => void pause.run(input, "Paused.")}>
          Pause
        </Button>
      ) : (
        <Button loading={resume.busy} onClick={() => void resume.run(input, "It goes on.")}>
          Resume
        </Button>
      )}
      <Confirm button="Cancel" title="Cancel this operation?" confirm="Cancel it" onConfirm={() => cancel.run(input, "Canceled.")}>
        What it has done stays as it is, and deliveries that it has let loose go on.
      </Confirm>
    </>
  );
}
