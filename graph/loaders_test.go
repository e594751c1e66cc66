package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/graph"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
)

// patient makes loaders wait long enough for a machine with other things to do.
var patient = graph.Tuning{LoaderWait: 100 * time.Millisecond}

func TestLoaders_ANestedQueryCostsTheSameHoweverMuchThereIs(t *testing.T) {
	t.Parallel()

	const nested = `query ($id: ID!, $first: Int!) { organization(id: $id) { deliveries(first: $first) { nodes {
		stage stageName event { type organization { name profile { name } } sourceEvent { id } derivedEvents { type } }
		webhook { organization { name } eventTypes secrets { hint } heldDeliveryCount lastAttemptAt failingSince }
		subscription { eventType webhook { name } }
		lastAttempt { number delivery { status } request { body } } } } } }`

	b := setup(t, patient)
	b.fill(&b.mine)

	of := b.mine

	// Four webhooks get each event, and every delivery has been attempted.
	for range 3 {
		of.webhook, _, _ = b.makeWebhook(b.mine.org, "*")
	}

	for range 6 {
		b.publish(b.mine.org)
	}

	untried, err := b.pool.Query(t.Context(), "SELECT id, webhook_id FROM deliveries WHERE attempt_count = 0")
	require.NoError(t, err)

	deliveries, err := pgx.CollectRows(untried, pgx.RowToStructByPos[struct{ ID, Webhook uuid.UUID }])
	require.NoError(t, err)

	for _, one := range deliveries {
		of.webhook = id.Webhook.From(one.Webhook)
		b.attempt(&of, id.Delivery.From(one.ID), 1, delivery.Retrying)
	}

	const want = 15

	for _, first := range []int{2, 25} {
		out, reads := b.reads(nested, vars{"id": b.mine.org, "first": first})
		require.Len(t, out.at("organization.deliveries.nodes"), first)
		require.Len(t, reads, want, strings.Join(reads, "\n"))
	}
}

// patiently is the same API with loaders that wait.
func (b *testBundle) patiently() *testBundle {
	b.tuning = patient

	return b.with(func(*graph.Deps) {})
}

// reads are the statements that a query of the admin takes, but for those about the key.
func (b *testBundle) reads(query string, variables vars) (out response, statements []string) {
	b.t.Helper()
	b.tracer.take()

	out = b.admin(query, variables)

	return out, slices.DeleteFunc(b.tracer.take(), func(sql string) bool { return strings.Contains(sql, "api_keys") })
}

func TestLoaders_AListOfWebhooksCostsTheSameHoweverManyThereAre(t *testing.T) {
	t.Parallel()

	const list = `query ($id: ID!, $first: Int!) { organization(id: $id) { webhooks(first: $first) { nodes {
		id name description url status disabledReason disabledAt customHeaders { name value } ` + allSettings + ` ` +
		allAuth + ` lastAttemptAt lastAttemptStatus successRate consecutiveFailures failingSince
		secrets { id kind publicKey hint createdAt expiresAt } eventTypes heldDeliveryCount
		organization { name manageRoles viewRoles profile { name } } createdAt updatedAt deletedAt } } } }`

	b := setup(t)
	b.fill(&b.mine)

	for range 24 {
		b.mine.webhook = b.created(vars{
			"eventTypes": []any{"item.created"}, "auth": vars{"bearer": vars{"token": "t"}}, "settings": otherSettings(),
		})
		b.attempt(&b.mine, b.deliveryTo(b.mine.webhook), 1, delivery.Failed)
	}

	b = b.patiently()

	for _, first := range []int{2, 25} {
		out, reads := b.reads(list, vars{"id": b.mine.org, "first": first})
		require.Len(t, out.at("organization.webhooks.nodes"), first)
		require.NotNil(t, out.at("organization.webhooks.nodes.1.lastAttemptAt"))

		// The organization, by itself and for the loaders, and its webhooks; and of these activity, secrets, event types,
		// held deliveries and the profile.
		require.Len(t, reads, 8, strings.Join(reads, "\n"))
	}
}

func TestLoaders_DerivedEventsCostTheSameHoweverManyThereAre(t *testing.T) {
	t.Parallel()

	const list = `query ($id: ID!, $first: Int!) { organization(id: $id) { events(first: $first) { nodes {
		type sourceEvent { type } derivedEvents { type sourceEvent { id } organization { name } } } } } }`

	b := setup(t).founded(t, "knoxcall")

	for range 9 {
		b.published("request.completed", vars{"request": vars{"method": "GET", "path": "/"}, "timedOut": true}, nil).ok()
	}

	b = b.patiently()

	for _, first := range []int{3, 25} {
		out, reads := b.reads(list, vars{"id": b.mine.org, "first": first})
		require.Len(t, out.at("organization.events.nodes"), first)

		// The organization, by itself and for the loaders, and its events; and of these the derived and the sources.
		require.Len(t, reads, 5, strings.Join(reads, "\n"))
	}
}

func TestLoaders_AMutationDoesNotSeeWhatTheOneBeforeHasLoaded(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	var rotations []string
	for n := range 3 {
		rotations = append(rotations, fmt.Sprintf(`r%d: rotateWebhookSecret(input: {webhookId: $id}) {
			webhook { secrets { id } } userErrors { code } }`, n))
	}

	out := b.send(b.mine.admin, `mutation ($id: ID!) { `+strings.Join(rotations, " ")+` }`, vars{"id": b.mine.webhook})
	require.Len(t, out.at("r0.webhook.secrets"), 2)
	require.Len(t, out.at("r1.webhook.secrets"), 3)
	require.Equal(t, "LIMIT_EXCEEDED", out.at("r2.userErrors.0.code"))
}

func TestLoaders_AreSharedByTheFieldsOfAQuery(t *testing.T) {
	t.Parallel()

	b := setup(t, patient)
	b.fill(&b.mine)
	b.tracer.take()

	b.admin(`query ($id: ID!) { a: delivery(id: $id) { webhook { name } } b: delivery(id: $id) { webhook { name } } }`,
		vars{"id": b.mine.dlv})

	webhooks := slices.DeleteFunc(b.tracer.take(), func(sql string) bool { return !strings.Contains(sql, "FROM webhooks") })
	require.Len(t, webhooks, 1)
}
