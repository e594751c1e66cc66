import type { Role } from "~/gql/graphql";
import { chosenOrganization } from "~/lib/chosen";

/** Says that the session is over. */
export class SignedOut extends Error {}

interface Org {
  id: string;
  name: string;
  viewRoles: Role[];
  manageRoles: Role[];
}

/** What the saved operations are filled in with. */
export interface Start {
  role: Role;
  organization: Org | null;
  eventType: { name: string; samples: { payload: unknown }[] } | null;
  event: { id: string } | null;
  webhook: { id: string } | null;
}

interface Answer<T> {
  data: T | null;
  errors?: { extensions?: { code?: string } }[];
}

const isOver = (answer: Answer<unknown>) =>
  answer.errors?.some((one) => one.extensions?.code === "UNAUTHENTICATED") ?? false;

/** Asks the API. Whoever is not signed in any more is sent to the sign-in, whatever was asked. */
export const guarded: typeof fetch = async (input, init) => {
  const answer = await fetch(input, init);
  const body = (await answer.clone().json()) as Answer<unknown>;
  if (answer.status === 401 || isOver(body)) {
    window.location.replace("/?next=explorer");
    throw new SignedOut();
  }
  return answer;
};

async function ask<T>(query: string, variables: object): Promise<T | null> {
  const answer = await guarded("/graphql", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  return ((await answer.json()) as Answer<T>).data;
}

const whoIsIt = "query Viewer { viewer { role organization { id name viewRoles manageRoles } } }";
const one = "query Organization($id: ID!) { organization(id: $id) { id name viewRoles manageRoles } }";
const newest = "query Newest { organizations(first: 1) { nodes { id name viewRoles manageRoles } } }";
const examples = `query Examples($id: ID!, $view: Boolean!) {
  organization(id: $id) {
    eventTypes(first: 1) { nodes { name samples { payload } } }
    events(first: 1) { nodes { id } }
    webhooks(first: 1) @include(if: $view) { nodes { id } }
  }
}`;

interface Examples {
  organization: {
    eventTypes: { nodes: { name: string; samples: { payload: unknown }[] }[] };
    events: { nodes: { id: string }[] };
    webhooks?: { nodes: { id: string }[] };
  } | null;
}

// An operator looks at the organization chosen in the console, or at the newest.
async function ofOperator(): Promise<Org | null> {
  const id = chosenOrganization();
  const chosen = id ? await ask<{ organization: Org | null }>(one, { id }) : null;
  if (chosen?.organization) return chosen.organization;
  return (await ask<{ organizations: { nodes: Org[] } }>(newest, {}))?.organizations.nodes[0] ?? null;
}

/** Finds out who is signed in, and things of the organization to try the API with. */
export async function load(): Promise<Start> {
  const viewer = (await ask<{ viewer: { role: Role; organization: Org | null } }>(whoIsIt, {}))?.viewer;
  if (!viewer) throw new Error("the API did not say who is signed in");
  const { role } = viewer;
  const organization = viewer.organization ?? (role === "OPERATOR" ? await ofOperator() : null);
  const nothing = { role, organization, eventType: null, event: null, webhook: null };
  if (!organization || role === "PUBLISHER") return nothing;
  const view = role === "OPERATOR" || organization.viewRoles.includes(role);
  const found = (await ask<Examples>(examples, { id: organization.id, view }))?.organization;
  if (!found) return nothing;
  return {
    role,
    organization,
    eventType: found.eventTypes.nodes[0] ?? null,
    event: found.events.nodes[0] ?? null,
    webhook: found.webhooks?.nodes[0] ?? null,
  };
}
