import type { Role } from "~/gql/graphql";

export interface Rights {
  /** May see the delivery log and webhooks. */
  view: boolean;
  /** May change webhooks and retry deliveries. */
  manage: boolean;
  /** May publish events. */
  publish: boolean;
  /** May change the catalog of event types. */
  catalog: boolean;
  /** May change keys and settings of the organization. */
  admin: boolean;
  /** May change limits. */
  operate: boolean;
}

/** What a key may do, so that nothing is offered that the server would refuse. */
export function rightsOf(role: Role, viewRoles: Role[], manageRoles: Role[]): Rights {
  const operate = role === "OPERATOR";
  const writer = operate || role === "ADMIN" || role === "DEVELOPER";
  return {
    view: operate || (role !== "PUBLISHER" && viewRoles.includes(role)),
    manage: operate || (writer && manageRoles.includes(role)),
    publish: writer,
    catalog: writer,
    admin: operate || role === "ADMIN",
    operate,
  };
}
