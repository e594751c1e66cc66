package stats_test

import (
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbtest"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/job"
	"github.com/surehook/surehook/internal/stats"
	"github.com/surehook/surehook/internal/tenant"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type dispatcher struct{}

func (dispatcher) Reserve(int) *uuid.UUID { return nil }
func (dispatcher) Offer(...job.Job)       {}

type testBundle struct {
	pool       *db.Pool
	recorder   *delivery.Recorder
	deliveries *delivery.Service
	service    *stats.Service
	org        id.ID
	now        time.Time
}

func setup(t *testing.T) *testBundle {
	t.Helper()

	b := &testBundle{pool: dbtest.Pool(t), org: id.New(id.Organization), now: time.Now()}
	b.recorder = delivery.NewRecorder(b.pool)
	t.Cleanup(b.recorder.Close)

	now := func() time.Time { return b.now }
	b.deliveries = delivery.NewService(b.pool, dispatcher{}, slog.New(slog.DiscardHandler), now)
	b.service = stats.NewService(b.pool, now)

	return b
}

// insert makes a delivery that waits for its first attempt.
func (b *testBundle) insert(t *testing.T, webhook id.ID) delivery.Delivery {
	t.Helper()

	one := id.New(id.Delivery)
	dbtest.Publish(t, b.pool, b.org.UUID(), "a.b", "{}", nil, dbtest.Delivery{ID: one.UUID(), WebhookID: webhook.UUID()})

	found, err := b.deliveries.Get(t.Context(), tenant.Of(b.org), one)
	require.NoError(t, err)

	return found
}

// attempt is the next attempt of a delivery, which ended when it says.
func attempt(
	d delivery.Delivery, number int, ended time.Time, took time.Duration, code int, becomes delivery.Status,
) delivery.Record {
	record := delivery.Record{
		Attempt: delivery.Attempt{
			ID: id.New(id.Attempt), OrganizationID: d.OrganizationID, WebhookID: d.WebhookID, DeliveryID: d.ID,
			EventType: "a.b", Number: number, Trigger: delivery.Automatic, Status: delivery.AttemptFailed,
			StartedAt: ended.Add(-took), Duration: took, Method: "POST", URL: "https://example.com",
		},
		EventID: d.EventID, Status: becomes, MaxAttempts: 8, Counted: true,
	}

	if code != 0 {
		record.Attempt.Response = &delivery.Response{StatusCode: code}
	}

	if becomes == delivery.Succeeded {
		record.Attempt.Status = delivery.AttemptSucceeded
	}

	if becomes == delivery.Retrying {
		record.NextAttemptAt = new(ended.Add(time.Hour))
	}

	return record
}

func (b *testBundle) record(t *testing.T, all ...delivery.Record) {
	t.Helper()

	var waiting sync.WaitGroup

	for _, one := range all {
		waiting.Go(func() {
			if err := b.recorder.Record(t.Context(), one); err != nil {
				t.Error(err)
			}
		})
	}

	waiting.Wait()
}

// happen makes up a day with many deliveries to two webhooks.
func (b *testBundle) happen(t *testing.T, webhooks ...id.ID) {
	t.Helper()

	var first, second []delivery.Record

	for range 150 {
		d := b.insert(t, webhooks[rand.N(len(webhooks))])
		ended := b.now.Add(-rand.N(23 * time.Hour)).Truncate(time.Microsecond)
		took := rand.N(time.Duration(1) << (18 + rand.N(18))).Truncate(time.Microsecond)

		switch rand.N(4) {
		case 0:
			first = append(first, attempt(d, 1, ended, took, 0, delivery.Failed))
		case 1:
			first = append(first, attempt(d, 1, ended, took, 503, delivery.Retrying))
			second = append(second, attempt(d, 2, ended.Add(time.Hour), took/2, 200, delivery.Succeeded))
		default:
			first = append(first, attempt(d, 1, ended, took, 204, delivery.Succeeded))
		}
	}

	b.record(t, first...)
	b.record(t, second...)
}

// logged is what the log says about an attempt.
type logged struct {
	webhook  id.ID
	ended    time.Time
	took     time.Duration
	code     int
	number   int
	failed   bool
	decided  bool
	delivery delivery.Status
}

// log reads all attempts, each with what became of its delivery if that was the last one.
func (b *testBundle) log(t *testing.T) []logged {
	t.Helper()

	rows, err := b.pool.Query(t.Context(), `SELECT a.webhook_id, a.started_at, a.duration_us, coalesce(a.response_status, 0),
			a.number, a.status = 'FAILED', a.number = d.attempt_count, d.status
		FROM delivery_attempts a JOIN deliveries d ON d.id = a.delivery_id`)
	require.NoError(t, err)

	defer rows.Close()

	var out []logged

	for rows.Next() {
		var (
			one     logged
			webhook uuid.UUID
			started time.Time
			micros  int64
		)

		require.NoError(t, rows.Scan(&webhook, &started, &micros, &one.code, &one.number, &one.failed, &one.decided,
			&one.delivery))

		one.webhook, one.took = id.Webhook.From(webhook), time.Duration(micros)*time.Microsecond
		one.ended = started.Add(one.took)
		out = append(out, one)
	}

	require.NoError(t, rows.Err())

	return out
}

// requireFigures compares figures with what the log says about the same attempts.
func requireFigures(t *testing.T, got stats.Figures, attempts []logged) {
	t.Helper()

	var (
		want  stats.Figures
		took  []time.Duration
		total time.Duration
	)

	for _, one := range attempts {
		want.Attempts++
		want.Retries += count(one.number > 1)
		want.FailedAttempts += count(one.failed)
		want.Succeeded += count(one.decided && one.delivery == delivery.Succeeded)
		want.Failed += count(one.decided && one.delivery == delivery.Failed)
		took = append(took, one.took)
		total += one.took
	}

	durations := []*float64{got.AverageDurationMs, got.P50DurationMs, got.P95DurationMs, got.P99DurationMs}
	rate := got.SuccessRate
	got.AverageDurationMs, got.P50DurationMs, got.P95DurationMs, got.P99DurationMs = nil, nil, nil, nil
	got.SuccessRate = nil
	require.Equal(t, want, got)

	if want.Succeeded+want.Failed == 0 {
		require.Nil(t, rate)
	} else {
		require.InDelta(t, float64(want.Succeeded)/float64(want.Succeeded+want.Failed), *rate, 1e-9)
	}

	if len(took) == 0 {
		require.Equal(t, make([]*float64, 4), durations)

		return
	}

	slices.Sort(took)
	require.InDelta(t, float64(total.Microseconds())/1000/float64(len(took)), *durations[0], 1e-3)

	for n, share := range map[int]float64{1: 0.5, 2: 0.95, 3: 0.99} {
		exact := took[max(int(float64(len(took))*share+0.999999)-1, 0)]
		require.InDelta(t, stats.Step(exact), stats.Step(time.Duration(*durations[n]*float64(time.Millisecond))), 1)
	}
}

func count(yes bool) int {
	if yes {
		return 1
	}

	return 0
}

func within(all []logged, from, to time.Time, webhooks ...id.ID) []logged {
	var out []logged

	for _, one := range all {
		if slices.Contains(webhooks, one.webhook) && !one.ended.Before(from) && one.ended.Before(to) {
			out = append(out, one)
		}
	}

	return out
}

func (b *testBundle) ask(t *testing.T, each stats.Granularity, from time.Duration) stats.Query {
	t.Helper()

	out, err := stats.NewQuery(b.now, new(b.now.Add(-from)), new(b.now.Add(2*time.Hour)), each)
	require.NoError(t, err)

	out.Buckets = true

	return out
}

// requireStats compares what is kept of webhooks and their organization with the log.
func (b *testBundle) requireStats(t *testing.T, q stats.Query, webhooks ...id.ID) {
	t.Helper()

	all := b.log(t)

	of, err := b.service.OfWebhooks(t.Context(), []id.ID{b.org}, webhooks, q)
	require.NoError(t, err)
	require.Len(t, of, len(webhooks))

	for _, webhook := range webhooks {
		requireSame(t, of[webhook], q, all, webhook)
	}

	whole, err := b.service.OfOrganization(t.Context(), tenant.Of(b.org), b.org, q)
	require.NoError(t, err)
	requireSame(t, whole, q, all, webhooks...)

	// Without buckets the sums are the same.
	q.Buckets = false

	sums, err := b.service.OfOrganization(t.Context(), tenant.Of(b.org), b.org, q)
	require.NoError(t, err)
	require.Equal(t, whole.Figures, sums.Figures)
	require.Equal(t, whole.Responses, sums.Responses)
	require.Empty(t, sums.Buckets)
}

func requireSame(t *testing.T, got stats.Stats, q stats.Query, all []logged, webhooks ...id.ID) {
	t.Helper()

	requireFigures(t, got.Figures, within(all, q.From, q.To, webhooks...))
	require.Len(t, got.Buckets, int(q.To.Sub(q.From)/q.Width))

	start := q.From
	for _, bucket := range got.Buckets {
		require.Equal(t, start, bucket.Start)
		start = start.Add(q.Width)
		require.Equal(t, start, bucket.End)
		requireFigures(t, bucket.Figures, within(all, bucket.Start, bucket.End, webhooks...))
	}

	codes := make(map[int]int)
	for _, one := range within(all, q.From, q.To, webhooks...) {
		codes[one.code]++
	}

	for _, one := range got.Responses {
		code := 0
		if one.StatusCode != nil {
			code = *one.StatusCode
		}

		require.Equal(t, codes[code], one.Attempts)
		delete(codes, code)
	}

	require.Empty(t, codes)
}
