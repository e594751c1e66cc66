package webhook_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/db/dbtest"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/dispatch"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/flow"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/profile"
	"github.com/surehook/surehook/internal/secretbox"
	"github.com/surehook/surehook/internal/tenant"
	"github.com/surehook/surehook/internal/webhook"
	"github.com/surehook/surehook/profiles"
)

const goodSecret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"

// deliveries steers with the real services, fails after them when told to, and notes whether it had things looked
// after.
type deliveries struct {
	flow.Steering

	fail   error
	tended int
	// dropped is called when held deliveries were dropped, as if somebody stopped waiting then.
	dropped func()
}

func (d *deliveries) Resume(
	ctx context.Context, q *dbsqlc.Queries, webhook id.ID, maxPerSecond *int,
) (int, error) {
	held, err := d.Steering.Resume(ctx, q, webhook, maxPerSecond)

	return held, errors.Join(err, d.fail)
}

func (d *deliveries) CancelOpen(ctx context.Context, q *dbsqlc.Queries, webhook id.ID) (int, error) {
	canceled, err := d.Steering.CancelOpen(ctx, q, webhook)

	return canceled, errors.Join(err, d.fail)
}

func (d *deliveries) DropHeld(ctx context.Context, webhook id.ID) (int, error) {
	dropped, err := d.Steering.DropHeld(ctx, webhook)

	if d.dropped != nil {
		d.dropped()
		err = errors.Join(err, ctx.Err())
	}

	return dropped, err
}

func (d *deliveries) Tend(context.Context) { d.tended++ }

// logs is where a service writes its log.
type logs struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logs) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()

	return l.text.Write(line)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()

	return l.text.String()
}

// registry has the profiles that are shipped. It never changes.
var registry = sync.OnceValues(func() (*profile.Registry, error) { return profile.Load(profiles.Files, "") })

type testBundle struct {
	*webhook.Service

	pool          *db.Pool
	box           *secretbox.Box
	deliveries    *deliveries
	logs          *logs
	types         *eventtype.Service
	organizations *organization.Service
	clock         time.Time
	mine          id.ID
	foreign       id.ID
	scope         tenant.Scope
}

func setup(t *testing.T) *testBundle {
	t.Helper()

	keyset, err := secretbox.Generate()
	require.NoError(t, err)

	box, err := secretbox.New([]byte(keyset))
	require.NoError(t, err)

	b := &testBundle{
		pool: dbtest.Pool(t), box: box, logs: &logs{}, clock: time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC),
	}
	now := func() time.Time { return b.clock }
	log := slog.New(slog.NewJSONHandler(b.logs, nil))
	gates := flow.NewService(b.pool, dispatch.Elsewhere{}, log, now)
	t.Cleanup(gates.Close)

	b.deliveries = &deliveries{Steering: flow.Steering{
		Service: gates, Deliveries: delivery.NewService(b.pool, dispatch.Elsewhere{}, log, now),
	}}
	b.types = eventtype.NewService(b.pool, now)

	shipped, err := registry()
	require.NoError(t, err)

	b.organizations = organization.NewService(b.pool, b.types, shipped, now)
	b.Service = webhook.NewService(b.pool, box, b.organizations, b.deliveries, log, now)

	b.mine, b.foreign = b.organization(t, profile.Default), b.organization(t, profile.Default)
	b.scope = tenant.Of(b.mine)

	for _, name := range []string{"item.created", "item.deleted", "order.paid"} {
		b.eventType(t, name)
	}

	return b
}

// organization makes an organization with a profile.
func (b *testBundle) organization(t *testing.T, profile string) id.ID {
	t.Helper()

	one, err := b.organizations.Create(t.Context(), organization.CreateInput{Name: "Acme", Profile: &profile})
	require.NoError(t, err)

	return one.ID
}

func (b *testBundle) eventType(t *testing.T, name string) eventtype.EventType {
	t.Helper()

	one, err := b.types.Create(t.Context(), b.scope, eventtype.CreateInput{OrganizationID: b.mine, Name: name})
	require.NoError(t, err)

	return one
}

// input is a webhook with which nothing is wrong.
func (b *testBundle) input() webhook.CreateInput {
	return webhook.CreateInput{
		OrganizationID: b.mine, Name: "Shop", URL: "https://shop.example/hooks", Enabled: true,
	}
}

func (b *testBundle) make(t *testing.T, eventTypes ...string) webhook.Webhook {
	t.Helper()

	in := b.input()
	in.EventTypes = eventTypes

	return b.create(t, in).Webhook
}

// create makes a webhook of any organization.
func (b *testBundle) create(t *testing.T, in webhook.CreateInput) webhook.Created {
	t.Helper()

	created, err := b.Create(t.Context(), tenant.All(), in)
	require.NoError(t, err)

	return created
}

func (b *testBundle) subscriptions(t *testing.T, of id.ID) []webhook.Subscription {
	t.Helper()

	listed, err := b.ListSubscriptions(t.Context(), of, page.Query{Size: page.MaxSize, Ascending: true})
	require.NoError(t, err)

	return listed.Items
}

// deliver puts a delivery of the webhook into the log and returns its id.
func (b *testBundle) deliver(t *testing.T, to webhook.Webhook, status string, attempts int) uuid.UUID {
	t.Helper()

	delivery := id.New(id.Delivery).UUID()

	_, err := b.pool.Exec(t.Context(), `
		INSERT INTO deliveries (id, organization_id, event_id, webhook_id, event_type, status, origin, held_reason,
			attempt_count, max_attempts, next_attempt_at, created_at, updated_at, completed_at)
		VALUES ($1, $2, $3, $4, 'item.created', $5, 'PUBLISH', CASE WHEN $5 = 'HELD' THEN 'WEBHOOK_DISABLED' END,
			$6, 10, CASE WHEN $5 IN ('PENDING', 'RETRYING') THEN now() END, now(), now(),
			CASE WHEN $5 IN ('SUCCEEDED', 'FAILED', 'CANCELED') THEN now() END)`,
		delivery, to.OrganizationID.UUID(), uuid.New(), to.ID.UUID(), status, attempts)
	require.NoError(t, err)

	return delivery
}

func (b *testBundle) statusOf(t *testing.T, delivery uuid.UUID) string {
	t.Helper()

	var status string

	row := b.pool.QueryRow(t.Context(), "SELECT status FROM deliveries WHERE id = $1", delivery)
	require.NoError(t, row.Scan(&status))

	return status
}

func (b *testBundle) count(t *testing.T, table string) int {
	t.Helper()

	var count int

	require.NoError(t, b.pool.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&count))

	return count
}

// dump is everything there is about webhooks, to show that nothing was changed.
func (b *testBundle) dump(t *testing.T) string {
	t.Helper()

	var text string

	row := b.pool.QueryRow(t.Context(), `SELECT concat(
		(SELECT json_agg(w ORDER BY id) FROM webhooks w),
		(SELECT json_agg(s ORDER BY id) FROM webhook_subscriptions s),
		(SELECT json_agg(s ORDER BY id) FROM webhook_secrets s),
		(SELECT json_agg(a ORDER BY webhook_id) FROM webhook_activity a),
		(SELECT json_agg(a ORDER BY id) FROM audit_log a),
		(SELECT json_agg(d ORDER BY id) FROM deliveries d))`)
	require.NoError(t, row.Scan(&text))

	return text
}

func requireProblem(t *testing.T, err error, code problem.Code, field ...string) {
	t.Helper()

	problems, ok := problem.Of(err)
	require.True(t, ok, "%v", err)
	require.Len(t, problems, 1, "%v", err)
	require.Equal(t, code, problems[0].Code, "%v", err)
	require.Equal(t, field, problems[0].Field, "%v", err)
}
