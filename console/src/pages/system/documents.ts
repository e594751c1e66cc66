import { graphql } from "~/gql";

export const SystemDocument = graphql(`
  query System {
    system {
      version
      startedAt
      database {
        version
        megabytes
        schemaVersion
        latestSchemaVersion
        settings {
          name
          value
          safe
        }
      }
      dispatch {
        unclaimed
        oldestUnclaimedAt
        oldestDueAt
        overdue
      }
      egress {
        allowedNetworks
        allowedPorts
        anyPort
      }
      retention {
        days
        payloadDays
        roomUntil
      }
      temporal {
        reachable
        problem
        namespace
        taskQueue
        uiUrl
        backlog
        backlogAgeSeconds
      }
      workers {
        id
        name
        startedAt
        heartbeatAt
        alive
      }
    }
    sourceRanges
  }
`);

export const OrganizationListDocument = graphql(`
  query OrganizationList($filter: OrganizationFilter, $first: Int, $after: String, $last: Int, $before: String) {
    organizations(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
      nodes {
        ...Org
        createdAt
        profile {
          name
          title
        }
        limits {
          maxWebhooks
        }
        webhooks(first: 25) {
          nodes {
            id
          }
          pageInfo {
            hasNextPage
          }
        }
      }
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
    }
  }
`);

export const ProfilesDocument = graphql(`
  query Profiles {
    profiles {
      name
      title
      description
    }
  }
`);

export const CreateOrganizationDocument = graphql(`
  mutation CreateOrganization($input: CreateOrganizationInput!) {
    createOrganization(input: $input) {
      organization {
        ...Org
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`);
