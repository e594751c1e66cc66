import { useQuery } from "urql";
import { graphql } from "~/gql";
import type { PresentationFragment } from "~/gql/graphql";
import { useSigned } from "./useViewer";

export const PresentationFields = graphql(`
  fragment Presentation on Profile {
    name
    title
    statuses {
      stage
      name
    }
    help {
      title
      text
    }
    presentation {
      webhooksTitle
      formTitle
      logTitle
      webhookForm
      formFields {
        field
        title
      }
      listColumns {
        field
        title
      }
      detailFields {
        field
        title
      }
      logColumns {
        field
        title
      }
      counters {
        count
        title
      }
      statusFilters
      callbacks {
        eventType
        title
      }
      refreshSeconds
    }
  }
`);

const PresentationDocument = graphql(`
  query Presentation($id: ID!) {
    organization(id: $id) {
      id
      profile {
        ...Presentation
      }
    }
  }
`);

export type Presentation = PresentationFragment["presentation"];

/** What the organization's profile says that pages show, in which words. It never changes, so it is asked for once. */
export function useProfile() {
  const { organization } = useSigned();
  const variables = { id: organization.id };
  const [{ data, error }, reload] = useQuery({ query: PresentationDocument, variables, requestPolicy: "cache-first" });
  return {
    profile: data?.organization?.profile,
    error,
    retry: () => reload({ requestPolicy: "network-only" }),
  };
}
