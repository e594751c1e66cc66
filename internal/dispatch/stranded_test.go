package dispatch_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/dispatch"
	"github.com/surehook/surehook/internal/flow"
	"github.com/surehook/surehook/internal/id"
)

// gated is a webhook with the service that keeps its gate.
func (b *testBundle) gated(t *testing.T) (*flow.Service, id.ID) {
	t.Helper()

	gates := flow.NewService(b.pool, dispatch.Elsewhere{}, slog.New(slog.DiscardHandler), time.Now)
	t.Cleanup(gates.Close)

	webhook := id.New(id.Webhook)
	b.exec(t, `INSERT INTO organizations (id, name, slug, created_at, updated_at) VALUES ($1, 'Acme', 'acme', now(), now())
		ON CONFLICT DO NOTHING`, b.organization.UUID())
	b.exec(t, `INSERT INTO webhooks (id, organization_id, name, url, status, settings, max_attempts, created_at, updated_at)
		VALUES ($1, $2, 'a', 'https://example.com', 'ENABLED', '{}', 3, now(), now() - interval '1 day')`,
		webhook.UUID(), b.organization.UUID())

	return gates, webhook
}

// held commits a delivery that was held by somebody who had seen the webhook as it was.
func (b *testBundle) held(t *testing.T, webhook id.ID, reason delivery.HeldReason) id.ID {
	t.Helper()

	one := id.New(id.Delivery)
	b.exec(t, `INSERT INTO deliveries (id, organization_id, event_id, webhook_id, event_type, status, origin, held_reason,
			max_attempts, created_at, updated_at)
		VALUES ($1, $2, gen_random_uuid(), $3, 'a.b', 'HELD', 'PUBLISH', $4, 3, now(), now())`,
		one.UUID(), b.organization.UUID(), webhook.UUID(), string(reason))

	return one
}

func (b *testBundle) status(t *testing.T, one id.ID) (out string) {
	t.Helper()
	require.NoError(t, b.pool.QueryRow(t.Context(), "SELECT status FROM deliveries WHERE id = $1", one.UUID()).Scan(&out))

	return out
}

// Whatever opened the gate, what was held because somebody had still seen it closed comes after all.
func TestSweep_WhatWasHeldAsTheGateOpenedBecomesABacklog(t *testing.T) {
	t.Parallel()

	for name, open := range map[string]func(t *testing.T, b *testBundle, gates *flow.Service, webhook id.ID){
		"the last of a backlog was let go": func(t *testing.T, b *testBundle, gates *flow.Service, webhook id.ID) {
			t.Helper()
			b.exec(t, `INSERT INTO webhook_gates (webhook_id, organization_id, reason, since)
				VALUES ($1, $2, 'RATE_LIMITED', now())`, webhook.UUID(), b.organization.UUID())

			step, err := gates.Step(t.Context(), webhook)
			require.NoError(t, err)
			require.True(t, step.Done)
		},
		"the webhook was resumed with a gate": func(t *testing.T, b *testBundle, gates *flow.Service, webhook id.ID) {
			t.Helper()
			b.exec(t, `INSERT INTO webhook_gates (webhook_id, organization_id, reason, since, probe_at)
				VALUES ($1, $2, 'BREAKER_OPEN', now(), now())`, webhook.UUID(), b.organization.UUID())

			_, err := gates.Resume(t.Context(), dbsqlc.New(b.pool), webhook, nil)
			require.NoError(t, err)
		},
		"the webhook was resumed and never had a gate": func(t *testing.T, b *testBundle, _ *flow.Service, webhook id.ID) {
			t.Helper()
			b.exec(t, "UPDATE webhooks SET updated_at = now() WHERE id = $1", webhook.UUID())
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := newBundle(t, dispatch.Options{})
			gates, webhook := b.gated(t)
			open(t, b, gates, webhook)

			late := b.held(t, webhook, delivery.RateLimited)
			require.NoError(t, b.dispatcher.Sweep(t.Context()))

			closed, err := gates.Gates(t.Context(), []id.ID{webhook})
			require.NoError(t, err)
			require.Equal(t, delivery.Backlog, closed[webhook].Reason)

			due, err := gates.Due(t.Context())
			require.NoError(t, err)
			require.Equal(t, []id.ID{webhook}, due, "a keeper starts a workflow for it")

			step, err := gates.Step(t.Context(), webhook)
			require.NoError(t, err)
			require.Equal(t, 1, step.Released)
			require.Equal(t, "PENDING", b.status(t, late))
		})
	}
}

func TestSweep_LeavesAloneWhatIsHeldForAReason(t *testing.T) {
	t.Parallel()

	b := newBundle(t, dispatch.Options{})

	for _, change := range []string{
		"UPDATE webhooks SET status = 'PAUSED', paused_at = now(), updated_at = now() WHERE id = $1",
		"UPDATE webhooks SET status = 'DISABLED', disabled_at = now(), disabled_reason = 'MANUAL', updated_at = now() WHERE id = $1",
		`INSERT INTO webhook_gates (webhook_id, organization_id, reason, since, probe_at, tended_at)
			SELECT id, organization_id, 'BREAKER_OPEN', now(), now(), now() FROM webhooks WHERE id = $1`,
	} {
		gates, webhook := b.gated(t)
		b.exec(t, change, webhook.UUID())
		one := b.held(t, webhook, delivery.WebhookPaused)

		before, err := gates.Gates(t.Context(), []id.ID{webhook})
		require.NoError(t, err)
		require.NoError(t, b.dispatcher.Sweep(t.Context()))

		after, err := gates.Gates(t.Context(), []id.ID{webhook})
		require.NoError(t, err)
		require.Equal(t, before, after)
		require.Equal(t, "HELD", b.status(t, one))
	}
}

func TestSweep_CancelsWhatWasHeldForAWebhookAsItWasDeleted(t *testing.T) {
	t.Parallel()

	b := newBundle(t, dispatch.Options{})
	gates, webhook := b.gated(t)
	b.exec(t, "UPDATE webhooks SET deleted_at = now(), updated_at = now() WHERE id = $1", webhook.UUID())

	late := b.held(t, webhook, delivery.WebhookPaused)
	require.NoError(t, b.dispatcher.Sweep(t.Context()))
	require.Equal(t, "CANCELED", b.status(t, late))

	closed, err := gates.Gates(t.Context(), []id.ID{webhook})
	require.NoError(t, err)
	require.Empty(t, closed)
}
