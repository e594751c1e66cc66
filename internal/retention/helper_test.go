package retention_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbtest"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/retention"
)

const day = 24 * time.Hour

// testBundle is a log whose days go by as told.
type testBundle struct {
	pool *db.Pool
	keep *retention.Keeper
	now  time.Time
	// start is the end of the part that the migration has made.
	start time.Time

	organization, webhook uuid.UUID
}

func setup(t *testing.T, policy retention.Policy) *testBundle {
	t.Helper()

	b := &testBundle{
		pool: dbtest.Pool(t), now: time.Now().UTC().Truncate(day), organization: uuid.New(), webhook: uuid.New(),
	}
	b.keep = b.keeper(policy)
	b.start = b.parts(t, "events")[0].to

	return b
}

func (b *testBundle) keeper(policy retention.Policy) *retention.Keeper {
	return retention.New(b.pool, policy, slog.New(slog.DiscardHandler), func() time.Time { return b.now })
}

func (b *testBundle) exec(t *testing.T, sql string, args ...any) {
	t.Helper()

	_, err := b.pool.Exec(t.Context(), sql, args...)
	require.NoError(t, err)
}

func one[T any](t *testing.T, b *testBundle, sql string, args ...any) T {
	t.Helper()

	var out T

	require.NoError(t, b.pool.QueryRow(t.Context(), sql, args...).Scan(&out))

	return out
}

// span is a part of a table. One that the migration made has no beginning.
type span struct {
	name     string
	from, to time.Time
}

var logTables = []string{"events", "event_payloads", "deliveries", "delivery_contents", "delivery_attempts"}

// parts returns the parts of a table that can be seen, the oldest first.
func (b *testBundle) parts(t *testing.T, table string) []span {
	t.Helper()

	rows, err := b.pool.Query(t.Context(), `
		SELECT c.relname, (regexp_match(bound, 'FROM \(''(.*?)''\)'))[1], (regexp_match(bound, 'TO \(''(.*?)''\)'))[1]
		FROM pg_inherits i
		JOIN pg_class c ON c.oid = i.inhrelid
		CROSS JOIN LATERAL pg_get_expr(c.relpartbound, c.oid) AS bound
		WHERE i.inhparent = $1::text::regclass AND NOT i.inhdetachpending`, table)
	require.NoError(t, err)

	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (span, error) {
		var (
			one  span
			from *string
			to   string
		)

		err := row.Scan(&one.name, &from, &to)
		if from != nil {
			one.from = id.Event.From(uuid.MustParse(*from)).Time()
		}

		one.to = id.Event.From(uuid.MustParse(to)).Time()

		return one, err
	})
	require.NoError(t, err)
	slices.SortFunc(out, func(a, b span) int { return a.to.Compare(b.to) })

	return out
}

// at returns an id as it would have been made then.
func at(then time.Time) uuid.UUID {
	out := uuid.Must(uuid.NewV7())
	floor := id.Floor(then)
	copy(out[:6], floor[:6])

	return out
}

// delivered is an event with a delivery of its own.
type delivered struct{ event, delivery uuid.UUID }

// publish writes an event with its payload, an idempotency key, and a delivery that was attempted, all of one moment.
func (b *testBundle) publish(t *testing.T, then time.Time, status string) delivered {
	t.Helper()

	event := at(then)
	b.exec(t, `INSERT INTO events (id, organization_id, event_type, idempotency_key, occurred_at, created_at)
		VALUES ($1, $2, 'a.b', $4, $3, $3)`, event, b.organization, then, event.String())
	b.exec(t, "INSERT INTO event_payloads VALUES ($1, '{}')", event)
	b.exec(t, "INSERT INTO idempotency_keys VALUES ($1, $2, $3, '', $4)", b.organization, event.String(), event, then)

	return delivered{event, b.deliver(t, event, then, "PUBLISH", status)}
}

func (b *testBundle) deliver(t *testing.T, event uuid.UUID, then time.Time, origin, status string) uuid.UUID {
	t.Helper()

	delivery := at(then)
	b.exec(t, `INSERT INTO deliveries (id, organization_id, event_id, webhook_id, event_type, status, held_reason, origin,
			max_attempts, next_attempt_at, created_at, updated_at, completed_at)
		VALUES ($1, $2, $3, $4, 'a.b', $5, CASE WHEN $5::text = 'HELD' THEN 'WEBHOOK_PAUSED' END, $6, 3,
			CASE WHEN $5 IN ('PENDING', 'RETRYING') THEN $7::timestamptz END, $7, $7,
			CASE WHEN $5 IN ('CANCELED', 'FAILED', 'SUCCEEDED') THEN $7 END)`,
		delivery, b.organization, event, b.webhook, status, origin, then)
	b.exec(t, "INSERT INTO delivery_contents VALUES ($1, 'POST', '', '')", delivery)
	b.exec(t, `INSERT INTO delivery_attempts (id, organization_id, webhook_id, delivery_id, event_type, number, trigger,
			status, started_at, duration_us, method, url, request_headers)
		VALUES ($1, $2, $3, $1, 'a.b', 1, 'AUTOMATIC', 'FAILED', $4, 1, 'POST', 'https://shop.example', '[]')`,
		delivery, b.organization, b.webhook, then)

	return delivery
}

// finish ends a delivery.
func (b *testBundle) finish(t *testing.T, delivery uuid.UUID) {
	t.Helper()

	b.exec(t, `UPDATE deliveries SET status = 'CANCELED', held_reason = NULL, next_attempt_at = NULL, completed_at = now()
		WHERE id = $1`, delivery)
}

// left counts the rows of each table of the log, and the idempotency keys, in the order of logTables.
func (b *testBundle) left(t *testing.T) []int {
	t.Helper()

	var out []int
	for _, table := range append(slices.Clone(logTables), "idempotency_keys") {
		out = append(out, one[int](t, b, "SELECT count(*) FROM "+table))
	}

	return out
}

// later lets days go by, in which the keeper is asked to keep the log each day, and adds up what it did.
func (b *testBundle) later(t *testing.T, days int) (total retention.Result) {
	t.Helper()

	for range days {
		b.now = b.now.Add(day)

		out, err := b.keep.Keep(t.Context())
		require.NoError(t, err)

		total.Made += out.Made
		total.Dropped += out.Dropped
		total.Kept += out.Kept
		total.Waiting += out.Waiting
		total.Keys += out.Keys
		total.History += out.History
	}

	return total
}

// reading opens a transaction that has read the deliveries, and returns what ends it.
func (b *testBundle) reading(t *testing.T) (end func()) {
	t.Helper()

	tx, err := b.pool.Begin(t.Context())
	require.NoError(t, err)

	_, err = tx.Exec(t.Context(), "SELECT count(*) FROM deliveries")
	require.NoError(t, err)
	t.Cleanup(func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) })

	return func() { require.NoError(t, tx.Rollback(t.Context())) }
}
