package flow_test

import (
	"encoding/json"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/db/dbtest"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/flow"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/job"
	"github.com/surehook/surehook/internal/settings"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// dispatcher takes deliveries on with its claim, or does not when it has none, and notes what it is offered.
type dispatcher struct {
	mu      sync.Mutex
	claim   *uuid.UUID
	offered []job.Job
}

func (d *dispatcher) Reserve(int) *uuid.UUID { return d.claim }

func (d *dispatcher) Offer(jobs ...job.Job) {
	d.mu.Lock()
	defer d.mu.Unlock()

	d.offered = append(d.offered, jobs...)
}

// clock stands still unless it is moved.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()

	return c.at
}

func (c *clock) pass(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()

	c.at = c.at.Add(by)
}

// testBundle is a webhook with the service that keeps its gate, on a database of its own.
type testBundle struct {
	*flow.Service
	clock

	pool         *db.Pool
	url          string
	dispatcher   *dispatcher
	organization id.ID
	webhook      id.ID
}

// breaker is one that opens when half of four attempts in ten seconds have failed, for eight seconds.
var breaker = settings.Breaker{FailurePercent: 50, MinimumAttempts: 4, WindowSeconds: 10, CooldownSeconds: 8}

func setup(t *testing.T) *testBundle {
	t.Helper()

	b := &testBundle{
		clock:      clock{at: time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)},
		dispatcher: &dispatcher{}, organization: id.New(id.Organization),
	}
	b.pool, b.url = dbtest.Database(t)
	b.Service = b.another(t)

	b.exec(t, "INSERT INTO organizations (id, name, slug, created_at, updated_at) VALUES ($1, 'Acme', 'acme', now(), now())",
		b.organization.UUID())
	b.webhook = b.newWebhook(t)

	return b
}

// another is the service as another process has it.
func (b *testBundle) another(t *testing.T) *flow.Service {
	t.Helper()

	s := flow.NewService(b.pool, b.dispatcher, slog.New(slog.DiscardHandler), b.now)
	t.Cleanup(s.Close)

	return s
}

func (b *testBundle) newWebhook(t *testing.T) id.ID {
	t.Helper()

	webhook := id.New(id.Webhook)
	b.exec(t, `INSERT INTO webhooks (id, organization_id, name, url, status, settings, max_attempts, created_at, updated_at)
		VALUES ($1, $2, 'a', 'https://example.com', 'ENABLED', '{}', 3, $3, $3)`, webhook.UUID(), b.organization.UUID(), b.now())

	return webhook
}

// limit has the webhook take only so many requests in a second.
func (b *testBundle) limit(t *testing.T, perSecond int) {
	t.Helper()

	text, err := json.Marshal(settings.Settings{MaxRequestsPerSecond: perSecond})
	require.NoError(t, err)
	b.exec(t, "UPDATE webhooks SET settings = $2 WHERE id = $1", b.webhook.UUID(), text)
}

func (b *testBundle) exec(t *testing.T, sql string, args ...any) {
	t.Helper()

	_, err := b.pool.Exec(t.Context(), sql, args...)
	require.NoError(t, err)
}

// hold puts n deliveries of the webhook into the log that are held, and returns their ids, oldest first.
func (b *testBundle) hold(t *testing.T, n int, reason delivery.HeldReason) []id.ID {
	t.Helper()

	return b.insert(t, n, string(reason))
}

// pend is the same for deliveries that are due.
func (b *testBundle) pend(t *testing.T, n int) []id.ID {
	t.Helper()

	return b.insert(t, n, "")
}

func (b *testBundle) insert(t *testing.T, n int, reason string) []id.ID {
	t.Helper()

	ids := make([]id.ID, n)
	for n := range ids {
		ids[n] = id.New(id.Delivery)
	}

	b.exec(t, `INSERT INTO deliveries (id, organization_id, event_id, webhook_id, event_type, status, origin, held_reason,
			max_attempts, next_attempt_at, created_at, updated_at)
		SELECT id, $2, gen_random_uuid(), $3, 'a.b', CASE WHEN $4 = '' THEN 'PENDING' ELSE 'HELD' END, 'PUBLISH',
			nullif($4, ''), 3, CASE WHEN $4 = '' THEN $5::timestamptz END, $5, $5
		FROM unnest($1::uuid[]) AS id`,
		id.UUIDs(ids), b.organization.UUID(), b.webhook.UUID(), reason, b.now())

	return ids
}

// close closes the gate of the webhook.
func (b *testBundle) close(t *testing.T, reason delivery.HeldReason) {
	t.Helper()

	q := dbsqlc.New(b.pool)

	var err error

	if reason == delivery.BreakerOpen {
		_, err = q.OpenBreaker(t.Context(), dbsqlc.OpenBreakerParams{
			WebhookID: b.webhook.UUID(), Now: b.now(), ProbeAt: b.now().Add(8 * time.Second),
		})
	} else {
		_, err = q.CloseGate(t.Context(), dbsqlc.CloseGateParams{
			WebhookID: b.webhook.UUID(), Reason: string(reason), Now: b.now(),
		})
	}

	require.NoError(t, err)
	require.Equal(t, reason, b.gate(t).Reason)
}

// gate is that of the webhook, which is zero when it is open.
func (b *testBundle) gate(t *testing.T) flow.Gate {
	t.Helper()

	gates, err := b.Gates(t.Context(), []id.ID{b.webhook})
	require.NoError(t, err)

	return gates[b.webhook]
}

// row is the gate with what is not for everybody.
func (b *testBundle) row(t *testing.T) dbsqlc.WebhookGate {
	t.Helper()

	rows, err := b.pool.Query(t.Context(), "SELECT * FROM webhook_gates WHERE webhook_id = $1", b.webhook.UUID())
	require.NoError(t, err)

	out, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[dbsqlc.WebhookGate])
	require.NoError(t, err)

	return out
}

func (b *testBundle) delivery(t *testing.T, one id.ID) delivery.Delivery {
	t.Helper()

	rows, err := dbsqlc.New(b.pool).DeliveriesByID(t.Context(), id.UUIDs([]id.ID{one}))
	require.NoError(t, err)
	require.Len(t, rows, 1)

	return delivery.FromRow(rows[0])
}

// in returns the deliveries that are in a status, oldest first.
func (b *testBundle) in(t *testing.T, status delivery.Status) []id.ID {
	t.Helper()

	rows, err := b.pool.Query(t.Context(), "SELECT id FROM deliveries WHERE status = $1 ORDER BY id", string(status))
	require.NoError(t, err)

	found, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	require.NoError(t, err)

	out := make([]id.ID, len(found))
	for n, one := range found {
		out[n] = id.Delivery.From(one)
	}

	return out
}

func (b *testBundle) step(t *testing.T) flow.Step {
	t.Helper()

	step, err := b.Step(t.Context(), b.webhook)
	require.NoError(t, err)

	return step
}

// attempted says that what was let go was attempted, as a record does.
func (b *testBundle) attempted(t *testing.T) {
	t.Helper()
	b.exec(t, `UPDATE deliveries SET status = 'SUCCEEDED', next_attempt_at = NULL, released_at = NULL, completed_at = now()
		WHERE released_at IS NOT NULL`)
}

// listen returns a function that returns the hints that were sent since it was last called.
func (b *testBundle) listen(t *testing.T) func() []string {
	t.Helper()

	conn, err := pgx.Connect(t.Context(), b.url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(t.Context()) })

	_, err = conn.Exec(t.Context(), "LISTEN "+db.Channel)
	require.NoError(t, err)

	return func() (out []string) {
		t.Helper()
		require.NoError(t, dbsqlc.New(b.pool).Notify(t.Context(), []string{"that is all"}))

		for {
			hint, err := conn.WaitForNotification(t.Context())
			require.NoError(t, err)

			if hint.Payload == "that is all" {
				return out
			}

			out = append(out, hint.Payload)
		}
	}
}
