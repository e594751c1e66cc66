package dispatch_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/dispatch"
	"github.com/surehook/surehook/internal/id"
)

func TestDispatcher_TakesOverRetriesFromADeadProcess(t *testing.T) {
	t.Parallel()

	b := newBundle(t, dispatch.Options{})
	dead := uuid.Must(uuid.NewV7())
	jobs := b.insert(t, 6, &dead)
	b.exec(t, "INSERT INTO processes VALUES ($1, 'gone', now(), '-infinity')", dead)
	b.exec(t, "UPDATE deliveries SET status = 'RETRYING', attempt_count = 1")

	change := func(n int, change string) {
		b.exec(t, "UPDATE deliveries SET "+change+" WHERE id = $1", jobs[n].DeliveryID.UUID())
	}
	change(0, "workflow_id = ''")
	change(1, "workflow_id = ''")
	change(2, "workflow_id = 'never started'")
	change(3, "workflow_id = 'busy'")
	change(4, "next_attempt_at = now() + interval '1 hour'")
	b.starter.running["busy"] = true
	b.run(t)

	// What was to share a batch still may, what may be in one or have one of its own is woken, and what is busy or waits
	// for its time is left alone.
	want := map[id.ID]string{
		jobs[0].DeliveryID: "batch", jobs[1].DeliveryID: "batch", jobs[2].DeliveryID: "wake", jobs[5].DeliveryID: "wake",
	}
	kinds := make(map[id.ID]string)

	for len(kinds) < len(want) {
		got, kind := b.next(t, 1)
		for _, one := range got {
			kinds[one.DeliveryID] = kind[0]
		}
	}

	require.Equal(t, want, kinds)
}

func TestDispatcher_TakesOverFromADeadProcess(t *testing.T) {
	t.Parallel()

	b := newBundle(t, dispatch.Options{})
	dead := uuid.Must(uuid.NewV7())
	jobs := b.insert(t, 3, &dead)
	b.exec(t, "INSERT INTO processes VALUES ($1, 'gone', now(), now() - interval '1 minute')", dead)
	b.run(t)

	got, _ := b.next(t, 3)
	require.ElementsMatch(t, ids(jobs), ids(got))
}

func TestDispatcher_TakesOverWhatADeadProcessHadLetGo(t *testing.T) {
	t.Parallel()

	b := newBundle(t, dispatch.Options{})
	dead := uuid.Must(uuid.NewV7())
	jobs := b.insert(t, 3, &dead)
	b.exec(t, "INSERT INTO processes VALUES ($1, 'gone', now(), '-infinity')", dead)
	b.exec(t, "UPDATE deliveries SET status = 'RETRYING', attempt_count = 1, released_at = now()")
	b.exec(t, "UPDATE deliveries SET released_at = NULL, next_attempt_at = now() + interval '1 hour' WHERE id = $1",
		jobs[0].DeliveryID.UUID())
	b.run(t)

	got, kinds := b.next(t, 2)
	require.ElementsMatch(t, ids(jobs[1:]), ids(got), "the other waits for its time in a workflow that runs")
	require.Equal(t, []string{"wake", "wake"}, kinds)
}

func TestDispatcher_LooksAfterTheBatchesOfADeadProcess(t *testing.T) {
	t.Parallel()

	b := newBundle(t, dispatch.Options{})
	dead := uuid.Must(uuid.NewV7())
	jobs := b.insert(t, 2, &dead)
	b.exec(t, "INSERT INTO processes VALUES ($1, 'gone', now(), '-infinity')", dead)
	b.exec(t, "UPDATE deliveries SET workflow_id = 'busy' WHERE id = $1", jobs[0].DeliveryID.UUID())
	b.exec(t, "UPDATE deliveries SET workflow_id = 'never started' WHERE id = $1", jobs[1].DeliveryID.UUID())
	b.starter.running["busy"] = true
	b.run(t)

	got, _ := b.next(t, 1)
	require.Equal(t, ids(jobs[1:]), ids(got))

	var adopted bool

	require.NoError(t, b.pool.QueryRow(t.Context(), "SELECT claimed_by <> $2 AND workflow_id = 'busy' FROM deliveries WHERE id = $1",
		jobs[0].DeliveryID.UUID(), dead).Scan(&adopted))
	require.True(t, adopted, "what a batch is busy with is left to it")
}
