import { IconCircleCheck, IconCircleX } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { Panel } from "~/components/Page";
import { type PageOf, Pager, type Place } from "~/components/Pager";
import { StageChip } from "~/components/Status";
import type { EventQuery } from "~/gql/graphql";
import { matchWords } from "~/lib/status";

type Decision = NonNullable<NonNullable<EventQuery["event"]>["decisions"]>["nodes"][number];

/** Which webhooks got an event, and why the others did not. */
export function Explain({ decisions, page, onGo }: { decisions: Decision[]; page: PageOf; onGo: (to: Place) => void }) {
  const more = page.hasNextPage || page.hasPreviousPage;
  const got = decisions.filter((one) => one.matched).length;
  return (
    <Panel
      title="Who got it, and why not"
      flush
      actions={
        <span className="dim" style={{ fontSize: 12.5 }}>
          {got} of {decisions.length} webhooks{more ? " on this page" : ""}
        </span>
      }
    >
      {decisions.length === 0 ? (
        <p className="dim" style={{ padding: "0 14px" }}>
          There was no webhook when this was published. <Link to="/webhooks/new">Create one</Link>
        </p>
      ) : (
        <div className="scroll">
          <table className="grid" aria-label="Who got it, and why not">
            <thead>
              <tr>
                <th scope="col">Webhook</th>
                <th scope="col">Got it</th>
                <th scope="col">Why</th>
                <th scope="col">Delivery</th>
              </tr>
            </thead>
            <tbody>
              {decisions.map((one) => (
                <Row key={one.webhook.id} decision={one} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {more ? (
        <div style={{ padding: "0 14px 12px" }}>
          <Pager page={page} onGo={onGo} />
        </div>
      ) : null}
    </Panel>
  );
}

function Row({ decision }: { decision: Decision }) {
  const Icon = decision.matched ? IconCircleCheck : IconCircleX;
  return (
    <tr>
      <td>
        {decision.webhook.deletedAt ? (
          <span>{decision.webhook.name} (deleted)</span>
        ) : (
          <Link to="/webhooks/$id" params={{ id: decision.webhook.id }}>
            {decision.webhook.name}
          </Link>
        )}
      </td>
      <td>
        <span className={`chip tone-${decision.matched ? "ok" : "mute"}`}>
          <Icon size={13} aria-hidden />
          {decision.matched ? "Yes" : "No"}
        </span>
      </td>
      <td style={{ whiteSpace: "normal", minWidth: 240 }}>
        {matchWords[decision.reason]}
        {decision.subscribedTo ? (
          <>
            {" "}
            <code className="mono dim">{decision.subscribedTo}</code>
          </>
        ) : null}
        {decision.detail ? <div className="mono dim">{decision.detail}</div> : null}
      </td>
      <td>
        {decision.delivery ? (
          <Link to="/deliveries/$id" params={{ id: decision.delivery.id }}>
            <StageChip stage={decision.delivery.stage} name={decision.delivery.stageName} />
          </Link>
        ) : (
          <span className="dim">–</span>
        )}
      </td>
    </tr>
  );
}
