import { Link } from "@tanstack/react-router";
import { Panel } from "~/components/Page";
import { WebhookChip } from "~/components/Status";
import { Time } from "~/components/Time";
import type { OverviewQuery } from "~/gql/graphql";
import { count, percent } from "~/lib/format";

type Webhook = NonNullable<OverviewQuery["organization"]>["webhooks"]["nodes"][number];

const SHOWN = 8;

/** The webhooks that need somebody, worst first. Nothing when all is well. */
export function Troubled({ webhooks, more }: { webhooks: Webhook[]; more: boolean }) {
  const all = webhooks
    .filter((one) => one.status !== "ENABLED" || one.failingSince || one.heldDeliveryCount > 0 || one.consecutiveFailures > 0)
    .toSorted((a, b) => (a.successRate ?? 1) - (b.successRate ?? 1));
  const bad = all.slice(0, SHOWN);
  if (bad.length === 0) return null;
  return (
    <Panel title="Webhooks that need attention" flush>
      <div className="scroll">
        <table className="grid" aria-label="Webhooks that need attention">
          <thead>
            <tr>
              <th scope="col">Webhook</th>
              <th scope="col">Status</th>
              <th scope="col" className="right">Success rate</th>
              <th scope="col" className="right">Failed in a row</th>
              <th scope="col" className="right">Held</th>
              <th scope="col">Failing since</th>
            </tr>
          </thead>
          <tbody>
            {bad.map((one) => (
              <tr key={one.id}>
                <td className="wide">
                  <Link to="/webhooks/$id" params={{ id: one.id }}>
                    {one.name}
                  </Link>
                </td>
                <td>
                  <WebhookChip status={one.status} held={one.status === "ENABLED" && one.heldDeliveryCount > 0} />
                </td>
                <td className="right num">{percent(one.successRate)}</td>
                <td className="right num">{count(one.consecutiveFailures)}</td>
                <td className="right num">{count(one.heldDeliveryCount)}</td>
                <td>
                  <Time at={one.failingSince} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {all.length > SHOWN || more ? (
        <p className="dim" style={{ padding: "0 14px" }}>
          {all.length > SHOWN ? `The ${SHOWN} worst of ${all.length} are shown` : "These are"}
          {more ? ", of the 100 newest webhooks" : ""}. <Link to="/webhooks">See all webhooks</Link>
        </p>
      ) : null}
    </Panel>
  );
}
