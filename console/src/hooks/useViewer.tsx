import { createContext, use } from "react";
import { graphql } from "~/gql";
import type { ViewerQuery } from "~/gql/graphql";
import type { Rights } from "~/lib/roles";

export const ViewerDocument = graphql(`
  query Viewer {
    viewer {
      role
      apiKey {
        id
        name
        prefix
      }
      organization {
        ...Org
      }
    }
  }
  fragment Org on Organization {
    id
    name
    slug
    manageRoles
    viewRoles
  }
`);

export const OrganizationsDocument = graphql(`
  query Organizations($first: Int, $filter: OrganizationFilter) {
    organizations(first: $first, filter: $filter) {
      nodes {
        ...Org
      }
    }
  }
`);

export const ChosenDocument = graphql(`
  query Chosen($id: ID!) {
    organization(id: $id) {
      ...Org
    }
  }
`);

export type Viewer = ViewerQuery["viewer"];

export interface Signed {
  viewer: Viewer;
  organization: NonNullable<Viewer["organization"]>;
  /** For operators: whether this organization was chosen, and how to look at another. */
  chosen: boolean;
  choose: (id: string) => void;
  rights: Rights;
}

export const SignedContext = createContext<Signed | null>(null);

/** Who is signed in, the organization looked at, and what may be done in it. */
export function useSigned(): Signed {
  const signed = use(SignedContext);
  if (!signed) throw new Error("useSigned outside of the shell");
  return signed;
}
