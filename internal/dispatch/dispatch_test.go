package dispatch_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbtest"
	"github.com/surehook/surehook/internal/dispatch"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/job"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start is one call to the recorder below.
type start struct {
	kind string // "delivery", "batch" or "wake"
	jobs []job.Job
}

// recorder notes what is started. The real starter is tested with a real Temporal server.
type recorder struct {
	starts chan start

	mu      sync.Mutex
	failing int
	running map[string]bool
	// gate, when set, holds back every start until it is closed. entered receives when one is held back.
	gate, entered chan struct{}
}

func newRecorder() *recorder {
	return &recorder{starts: make(chan start, 10_000), running: make(map[string]bool)}
}

func (r *recorder) StartDelivery(_ context.Context, one job.Job) error {
	return r.note("delivery", one)
}

func (r *recorder) StartBatch(_ context.Context, batch id.ID, jobs []job.Job) error {
	r.mu.Lock()
	r.running[batch.String()] = true
	r.mu.Unlock()

	return r.note("batch", jobs...)
}

func (r *recorder) WakeDelivery(_ context.Context, one job.Job) error { return r.note("wake", one) }

func (r *recorder) Running(_ context.Context, workflow string) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()

	return r.running[workflow], nil
}

func (r *recorder) note(kind string, jobs ...job.Job) error {
	r.mu.Lock()
	gate := r.gate
	fail := r.failing > 0
	r.failing--
	r.mu.Unlock()

	if gate != nil {
		r.entered <- struct{}{}
		<-gate
	}

	if fail {
		return errors.New("temporal is away")
	}

	r.starts <- start{kind, jobs}

	return nil
}

type testBundle struct {
	pool         *db.Pool
	starter      *recorder
	dispatcher   *dispatch.Dispatcher
	organization id.ID
	stop         func()
}

func newBundle(t *testing.T, options dispatch.Options) *testBundle {
	t.Helper()

	return on(t, dbtest.Pool(t), options)
}

func on(t *testing.T, pool *db.Pool, options dispatch.Options) *testBundle {
	t.Helper()

	b := &testBundle{pool: pool, starter: newRecorder(), organization: id.New(id.Organization)}
	b.dispatcher = dispatch.New(b.pool, b.starter, slog.New(slog.DiscardHandler), options, time.Now)

	return b
}

// run makes the dispatcher work until the test ends or stop is called.
func (b *testBundle) run(t *testing.T) {
	t.Helper()

	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)

	go func() { done <- b.dispatcher.Run(ctx) }()

	b.stop = sync.OnceFunc(func() {
		cancel()
		require.NoError(t, <-done)
	})
	t.Cleanup(b.stop)
}

// reserve waits until the dispatcher works and returns its claim.
func (b *testBundle) reserve(t *testing.T) *uuid.UUID {
	t.Helper()
	require.Eventually(t, b.dispatcher.Working, 10*time.Second, time.Millisecond)

	claim := b.dispatcher.Reserve(1)
	require.NotNil(t, claim)

	return claim
}

// insert commits n deliveries with a claim, or none, and returns their jobs.
func (b *testBundle) insert(t *testing.T, n int, claim *uuid.UUID) []job.Job {
	t.Helper()

	jobs := make([]job.Job, n)
	rows := make([]dbtest.Delivery, n)

	for i := range jobs {
		jobs[i] = job.Job{
			DeliveryID: id.New(id.Delivery), OrganizationID: b.organization, WebhookID: id.New(id.Webhook), EventType: "a.b",
		}
		rows[i] = dbtest.Delivery{ID: jobs[i].DeliveryID.UUID(), WebhookID: jobs[i].WebhookID.UUID()}
	}

	dbtest.Publish(t, b.pool, b.organization.UUID(), "a.b", "{}", claim, rows...)

	return jobs
}

// next returns the next n deliveries to be started and how.
func (b *testBundle) next(t *testing.T, n int) (jobs []job.Job, kinds []string) {
	t.Helper()

	for len(jobs) < n {
		select {
		case one := <-b.starter.starts:
			jobs, kinds = append(jobs, one.jobs...), append(kinds, one.kind)
		case <-time.After(20 * time.Second):
			require.Failf(t, "not started", "%d of %d", len(jobs), n)
		}
	}

	return jobs, kinds
}

func (b *testBundle) exec(t *testing.T, sql string, args ...any) {
	t.Helper()

	_, err := b.pool.Exec(t.Context(), sql, args...)
	require.NoError(t, err)
}

func ids(jobs []job.Job) []id.ID {
	out := make([]id.ID, len(jobs))
	for n, one := range jobs {
		out[n] = one.DeliveryID
	}

	return out
}

func TestDispatcher_LoneDeliveryTravelsAlone(t *testing.T) {
	t.Parallel()

	b := newBundle(t, dispatch.Options{})
	b.run(t)

	jobs := b.insert(t, 1, b.reserve(t))
	b.dispatcher.Offer(jobs...)

	got, kinds := b.next(t, 1)
	require.Equal(t, jobs, got)
	require.Equal(t, []string{"delivery"}, kinds)
}

func TestDispatcher_WhatHasQueuedUpSharesBatchesUpToTheLimit(t *testing.T) {
	t.Parallel()

	b := newBundle(t, dispatch.Options{Starters: 1, MaxBatch: 10})
	jobs := b.insert(t, 25, nil)
	b.run(t)

	got, kinds := b.next(t, 25)
	require.ElementsMatch(t, ids(jobs), ids(got))
	require.Equal(t, []string{"batch", "batch", "batch"}, kinds)
}

func TestDispatcher_TakesTheOldestFirst(t *testing.T) {
	t.Parallel()

	b := newBundle(t, dispatch.Options{Starters: 1})
	jobs := b.insert(t, 300, nil)
	b.run(t)

	got, _ := b.next(t, 300)
	require.Equal(t, ids(jobs), ids(got))
}

func TestDispatcher_MaxBatchOfOneGivesEveryDeliveryItsOwnWorkflow(t *testing.T) {
	t.Parallel()

	b := newBundle(t, dispatch.Options{MaxBatch: 1})
	jobs := b.insert(t, 9, nil)
	b.run(t)

	got, kinds := b.next(t, 9)
	require.ElementsMatch(t, ids(jobs), ids(got))
	require.NotContains(t, kinds, "batch")
}

func TestDispatcher_BatchesKeepOrganizationsApart(t *testing.T) {
	t.Parallel()

	b := newBundle(t, dispatch.Options{Starters: 1})
	first := b.insert(t, 3, nil)
	b.organization = id.New(id.Organization)
	second := b.insert(t, 2, nil)
	b.run(t)

	one, two := <-b.starter.starts, <-b.starter.starts
	if len(one.jobs) < len(two.jobs) {
		one, two = two, one
	}

	require.ElementsMatch(t, ids(first), ids(one.jobs))
	require.ElementsMatch(t, ids(second), ids(two.jobs))
}

func TestDispatcher_KeepsTryingWhileTemporalIsAway(t *testing.T) {
	t.Parallel()

	b := newBundle(t, dispatch.Options{})
	b.starter.failing = 3
	b.run(t)

	jobs := b.insert(t, 1, b.reserve(t))
	b.dispatcher.Offer(jobs...)

	got, _ := b.next(t, 1)
	require.Equal(t, jobs, got)
}

func TestDispatcher_TakesWhatOtherProcessesPublishedOnce(t *testing.T) {
	t.Parallel()

	one := newBundle(t, dispatch.Options{})
	two := on(t, one.pool, dispatch.Options{})
	two.starter = one.starter
	two.dispatcher = dispatch.New(one.pool, one.starter, slog.New(slog.DiscardHandler), dispatch.Options{}, time.Now)

	one.run(t)
	two.run(t)

	jobs := one.insert(t, 700, nil)
	one.dispatcher.Wake()
	two.dispatcher.Wake()

	got, _ := one.next(t, len(jobs))
	require.ElementsMatch(t, ids(jobs), ids(got))
}

func TestDispatcher_LeavesToTheDatabaseWhatItHasNoRoomFor(t *testing.T) {
	t.Parallel()

	b := newBundle(t, dispatch.Options{MaxQueue: 10, MaxBatch: 5})
	require.Nil(t, b.dispatcher.Reserve(1), "nobody would notice if a process died that is not working yet")

	jobs := b.insert(t, 40, nil)
	b.run(t)
	b.reserve(t)
	require.Nil(t, b.dispatcher.Reserve(11))

	got, _ := b.next(t, len(jobs))
	require.ElementsMatch(t, ids(jobs), ids(got))
}

func TestDispatcher_WakesDeliveriesThatMayHaveAWorkflow(t *testing.T) {
	t.Parallel()

	b := newBundle(t, dispatch.Options{})
	jobs := b.insert(t, 2, nil)
	b.exec(t, "UPDATE deliveries SET status = 'RETRYING', attempt_count = 1 WHERE id = $1", jobs[0].DeliveryID.UUID())
	b.exec(t, "UPDATE deliveries SET released_at = now() WHERE id = $1", jobs[1].DeliveryID.UUID())
	b.run(t)

	got, kinds := b.next(t, 2)
	require.ElementsMatch(t, ids(jobs), ids(got))
	require.Equal(t, []string{"wake", "wake"}, kinds)
}

func TestDispatcher_RetriesWhoseWorkflowHasEndedShareBatches(t *testing.T) {
	t.Parallel()

	b := newBundle(t, dispatch.Options{Starters: 1})
	jobs := b.insert(t, 5, nil)
	b.exec(t, "UPDATE deliveries SET status = 'RETRYING', attempt_count = 1, workflow_id = ''")
	b.exec(t, "UPDATE deliveries SET workflow_id = NULL WHERE id = $1", jobs[0].DeliveryID.UUID())
	b.run(t)

	kinds := make(map[id.ID]string)

	for len(kinds) < 5 {
		got, kind := b.next(t, 1)
		for _, one := range got {
			kinds[one.DeliveryID] = kind[0]
		}
	}

	require.Equal(t, "wake", kinds[jobs[0].DeliveryID])

	for _, one := range jobs[1:] {
		require.Equal(t, "batch", kinds[one.DeliveryID])
	}

	// The database knows the batch, so that nothing is started twice.
	var batches, members int

	require.NoError(t, b.pool.QueryRow(t.Context(), `SELECT count(DISTINCT workflow_id), count(workflow_id) FROM deliveries
		WHERE workflow_id LIKE 'bat_%'`).Scan(&batches, &members))
	require.Equal(t, []int{1, 4}, []int{batches, members})
}

func TestDispatcher_StartsAgainWhatIsOverdueUnlessItsBatchIsBusy(t *testing.T) {
	t.Parallel()

	b := newBundle(t, dispatch.Options{Grace: time.Second})
	other := uuid.Must(uuid.NewV7())
	b.exec(t, "INSERT INTO processes VALUES ($1, 'alive', now(), now() + interval '1 hour')", other)

	jobs := b.insert(t, 3, &other)
	b.exec(t, "UPDATE deliveries SET next_attempt_at = now() - interval '1 hour', claimed_at = now() - interval '1 hour'")
	b.exec(t, "UPDATE deliveries SET workflow_id = 'busy' WHERE id = $1", jobs[0].DeliveryID.UUID())
	b.exec(t, "UPDATE deliveries SET workflow_id = 'ended' WHERE id = $1", jobs[1].DeliveryID.UUID())
	b.starter.running["busy"] = true
	b.run(t)

	got, _ := b.next(t, 2)
	require.ElementsMatch(t, ids(jobs[1:]), ids(got))

	var extended bool

	require.NoError(t, b.pool.QueryRow(t.Context(),
		"SELECT claimed_at > now() - interval '1 minute' AND workflow_id = 'busy' FROM deliveries WHERE id = $1",
		jobs[0].DeliveryID.UUID()).Scan(&extended))
	require.True(t, extended, "a busy batch is left alone and looked at again later")
}

func TestDispatcher_GivesBackWhatItDidNotStart(t *testing.T) {
	t.Parallel()

	one := newBundle(t, dispatch.Options{Starters: 1, MaxBatch: 1})
	one.starter.gate, one.starter.entered = make(chan struct{}), make(chan struct{}, 10)

	one.run(t)
	jobs := one.insert(t, 5, one.reserve(t))
	one.dispatcher.Offer(jobs...)

	<-one.starter.entered

	go close(one.starter.gate)
	one.stop()

	two := on(t, one.pool, dispatch.Options{})
	two.run(t)

	started := len(one.starter.starts)
	got, _ := two.next(t, 5-started)
	require.GreaterOrEqual(t, len(got), 5-started)
	require.Subset(t, ids(jobs), ids(got))
}
