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
		event { type organization { name } }
		webhook { organization { name } eventTypes secrets { hint } heldDeliveryCount }
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

	count := func(first int) []string {
		b.tracer.take()

		out := b.admin(nested, vars{"id": b.mine.org, "first": first})
		require.Len(t, out.at("organization.deliveries.nodes"), first)

		var reads []string

		for _, sql := range b.tracer.take() {
			if !strings.Contains(sql, "api_keys") {
				reads = append(reads, sql)
			}
		}

		return reads
	}

	const want = 12

	few, many := count(2), count(25)
	require.Len(t, few, want, strings.Join(few, "\n"))
	require.Len(t, many, want, strings.Join(many, "\n"))
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
