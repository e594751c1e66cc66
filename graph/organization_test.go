package graph_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/id"
)

const createOrganization = `mutation ($input: CreateOrganizationInput!) { createOrganization(input: $input) {
	organization { id name slug limits { maxPayloadBytes } createdAt updatedAt } userErrors { code message field } } }`

func TestCreateOrganization(t *testing.T) {
	t.Parallel()

	b := setup(t)

	t.Run("adds a tenant", func(t *testing.T) {
		t.Parallel()

		b := b.in(t)

		out := b.as(apikey.Operator, createOrganization, vars{"input": vars{"name": "Höher & Weiter"}}).ok()
		require.Equal(t, "hoher-weiter", out.at("createOrganization.organization.slug"))
		require.EqualValues(t, 262_144, out.at("createOrganization.organization.limits.maxPayloadBytes"))

		created, err := time.Parse(time.RFC3339Nano, out.text("createOrganization.organization.createdAt"))
		require.NoError(t, err)
		require.WithinDuration(t, time.Now(), created, time.Minute)
		require.Equal(t, time.UTC, created.Location())
	})

	t.Run("refuses a slug that is taken", func(t *testing.T) {
		t.Parallel()

		b := b.in(t)

		b.as(apikey.Operator, createOrganization, vars{"input": vars{"name": "Again", "slug": "mine"}}).
			refused("createOrganization", "ALREADY_EXISTS", "slug")
	})
}

func TestUpdateOrganization(t *testing.T) {
	t.Parallel()

	const update = `mutation ($input: UpdateOrganizationInput!) { updateOrganization(input: $input) {
		organization { name } userErrors { code message field } } }`

	b := setup(t)

	out := b.admin(update, vars{"input": vars{"id": b.mine.org, "name": "Renamed"}})
	require.Equal(t, "Renamed", out.at("updateOrganization.organization.name"))

	// Null is as good as left out.
	out = b.admin(update, vars{"input": vars{"id": b.mine.org, "name": nil}})
	require.Equal(t, "Renamed", out.at("updateOrganization.organization.name"))

	b.as(apikey.Admin, update, vars{"input": vars{"id": b.mine.org, "name": " "}}).
		refused("updateOrganization", "REQUIRED", "name")
}

func TestOrganizations_ArePagedInBothDirections(t *testing.T) {
	t.Parallel()

	const list = `query ($first: Int, $after: String, $last: Int, $before: String) {
		organizations(first: $first, after: $after, last: $last, before: $before) {
			edges { cursor node { name } } nodes { name }
			pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`

	b := setup(t)

	newest := b.as(apikey.Operator, list, vars{"first": 1}).ok()
	require.Equal(t, "Foreign", newest.at("organizations.nodes.0.name"))
	require.Equal(t, newest.at("organizations.nodes.0"), newest.at("organizations.edges.0.node"))
	require.Equal(t, true, newest.at("organizations.pageInfo.hasNextPage"))
	require.Equal(t, newest.at("organizations.edges.0.cursor"), newest.at("organizations.pageInfo.endCursor"))

	next := b.as(apikey.Operator, list, vars{"after": newest.at("organizations.pageInfo.endCursor")}).ok()
	require.Equal(t, "Mine", next.at("organizations.nodes.0.name"))
	require.Equal(t, false, next.at("organizations.pageInfo.hasNextPage"))
	require.Equal(t, true, next.at("organizations.pageInfo.hasPreviousPage"))

	oldest := b.as(apikey.Operator, list, vars{"last": 1}).ok()
	require.Equal(t, "Mine", oldest.at("organizations.nodes.0.name"))

	empty := b.as(apikey.Operator, list, vars{"after": next.at("organizations.pageInfo.endCursor")}).ok()
	require.Nil(t, empty.at("organizations.pageInfo.endCursor"))
	require.Empty(t, empty.at("organizations.nodes"))
}

func TestViewer(t *testing.T) {
	t.Parallel()

	const viewer = `{ viewer { role apiKey { id name prefix revokedAt organization { slug } } organization { id } } }`

	b := setup(t)

	out := b.admin(viewer)
	require.Equal(t, "ADMIN", out.at("viewer.role"))
	require.Equal(t, b.mine.key.String(), out.at("viewer.apiKey.id"))
	require.Equal(t, "mine", out.at("viewer.apiKey.organization.slug"))
	require.Equal(t, b.mine.org.String(), out.at("viewer.organization.id"))

	out = b.as(apikey.Operator, viewer).ok()
	require.Equal(t, "OPERATOR", out.at("viewer.role"))
	require.Nil(t, out.at("viewer.organization"))
	require.Nil(t, out.at("viewer.apiKey.organization"))

	b.send("", viewer).failed("UNAUTHENTICATED")
}

func TestCreateApiKey(t *testing.T) {
	t.Parallel()

	const create = `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) {
		apiKey { id role expiresAt lastUsedAt } token userErrors { code message field } } }`

	b := setup(t)

	t.Run("makes a key whose token opens the door", func(t *testing.T) {
		t.Parallel()

		b := b.in(t)

		out := b.admin(create, vars{"input": vars{
			"organizationId": b.mine.org, "name": "CI", "role": "VIEWER", "expiresAt": "2099-01-01T02:00:00+02:00",
		}})
		require.Equal(t, "2099-01-01T00:00:00Z", out.at("createApiKey.apiKey.expiresAt"))
		require.Nil(t, out.at("createApiKey.apiKey.lastUsedAt"))

		token := out.text("createApiKey.token")
		require.Equal(t, "VIEWER", b.send(token, `{ viewer { role } }`).ok().at("viewer.role"))

		var stored int

		err := b.pool.QueryRow(t.Context(), "SELECT count(*) FROM api_keys k WHERE k::text LIKE '%' || $1 || '%'", token).
			Scan(&stored)
		require.NoError(t, err)
		require.Zero(t, stored)
	})

	t.Run("refuses what an organization's key cannot be", func(t *testing.T) {
		t.Parallel()

		b := b.in(t)

		out := b.as(apikey.Admin, create, vars{"input": vars{
			"organizationId": b.mine.org, "name": "Root", "role": "OPERATOR",
		}}).refused("createApiKey", "INVALID", "role")
		require.Nil(t, out.at("createApiKey.token"))
		require.Nil(t, out.at("createApiKey.apiKey"))
	})

	t.Run("makes platform keys for operators only", func(t *testing.T) {
		t.Parallel()

		b := b.in(t)

		input := vars{"input": vars{"name": "Root", "role": "OPERATOR"}}

		b.as(apikey.Operator, create, input).ok()
		b.as(apikey.Admin, create, input).refused("createApiKey", "REQUIRED", "organizationId")
	})
}

func TestRevokeApiKey(t *testing.T) {
	t.Parallel()

	const revoke = `mutation ($input: RevokeApiKeyInput!) { revokeApiKey(input: $input) {
		apiKey { revokedAt } userErrors { code message field } } }`

	b := setup(t)
	key, token := b.makeKey(&b.mine.org, apikey.Viewer)

	b.send(token, `{ viewer { role } }`).ok()
	require.NotNil(t, b.admin(revoke, vars{"input": vars{"id": key.ID}}).at("revokeApiKey.apiKey.revokedAt"))
	b.send(token, `{ viewer { role } }`).failed("UNAUTHENTICATED")

	b.as(apikey.Admin, revoke, vars{"input": vars{"id": id.New(id.APIKey)}}).refused("revokeApiKey", "NOT_FOUND", "id")
}

func TestApiKeys_AreListedForAdminsOnly(t *testing.T) {
	t.Parallel()

	const list = `query ($id: ID!) { organization(id: $id) { apiKeys { nodes { role } } } }`

	b := setup(t)

	require.Len(t, b.admin(list, vars{"id": b.mine.org}).at("organization.apiKeys.nodes"), 4)
	b.as(apikey.Viewer, list, vars{"id": b.mine.org}).failed("FORBIDDEN")
}
