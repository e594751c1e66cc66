package demo

// The operations of Bootstrap. A test holds them against the schema.
const (
	createAPIKey = `mutation ($organization: ID!) {
  createApiKey(input: {organizationId: $organization, name: "Development stack", role: ADMIN}) {
    token
    userErrors { code message }
  }
}`

	createEventType = `mutation ($input: CreateEventTypeInput!) {
  createEventType(input: $input) {
    userErrors { code message }
  }
}`

	createOrganization = `mutation ($name: String!, $slug: String!) {
  createOrganization(input: {name: $name, slug: $slug}) {
    organization { id }
    userErrors { code message }
  }
}`

	createWebhook = `mutation ($organization: ID!, $name: String!, $url: URL!) {
  createWebhook(input: {organizationId: $organization, name: $name, url: $url, eventTypes: ["*"]}) {
    webhook { id }
    signingSecret
    userErrors { code message }
  }
}`

	findEventType = `query ($organization: ID!, $name: String!) {
  eventType(organizationId: $organization, name: $name) { id }
}`

	findWebhook = `query ($id: ID!) {
  webhook(id: $id) { url deletedAt }
}`

	listOrganizations = `query ($after: String) {
  organizations(first: 100, after: $after) {
    nodes { id slug }
    pageInfo { endCursor hasNextPage }
  }
}`

	listWebhooks = `query ($organization: ID!) {
  organization(id: $organization) {
    webhooks(last: 100) { nodes { id name url } }
  }
}`

	revealSecret = `mutation ($id: ID!) {
  revealWebhookSecret(input: {webhookId: $id}) {
    value
    userErrors { code message }
  }
}`

	updateWebhook = `mutation ($id: ID!, $url: URL!) {
  updateWebhook(input: {id: $id, url: $url}) {
    userErrors { code message }
  }
}`

	viewer = `query {
  viewer { role organization { id } }
}`
)
