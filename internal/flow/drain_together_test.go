package flow_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/flow"
	"github.com/surehook/surehook/internal/id"
)

// locked keeps deliveries from being changed until the returned function is called.
func (b *testBundle) locked(t *testing.T, ids ...id.ID) (free func()) {
	t.Helper()

	tx, err := b.pool.Begin(t.Context())
	require.NoError(t, err)

	_, err = tx.Exec(t.Context(), "SELECT FROM deliveries WHERE id = ANY ($1) FOR UPDATE", id.UUIDs(ids))
	require.NoError(t, err)

	free = sync.OnceFunc(func() {
		if err := tx.Rollback(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(free)

	return free
}

func TestStep_LeavesWhatSomebodyIsChangingForLater(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.limit(t, 1_000)
	ids := b.hold(t, 5, delivery.Backlog)
	b.close(t, delivery.Backlog)

	free := b.locked(t, ids[0], ids[3])
	step := b.step(t)
	require.Equal(t, 3, step.Released)

	b.pass(step.Wait)

	step = b.step(t)
	require.Zero(t, step.Released)
	require.False(t, step.Done, "they are still held")
	require.LessOrEqual(t, step.Wait, time.Second)

	free()
	b.pass(step.Wait)
	require.Equal(t, 2, b.step(t).Released)
	require.Empty(t, b.in(t, delivery.Held))
}

func TestStep_ProbesWithWhatNobodyIsChanging(t *testing.T) {
	t.Parallel()

	b := setup(t)
	ids := b.hold(t, 1, delivery.BreakerOpen)
	b.close(t, delivery.BreakerOpen)
	b.pass(8 * time.Second)

	free := b.locked(t, ids...)
	step := b.step(t)
	require.Zero(t, step.Released)
	require.LessOrEqual(t, step.Wait, time.Second)
	free()

	b.pass(step.Wait)
	require.Equal(t, 1, b.step(t).Released, "the probe was not spent on nothing")
}

func TestStep_TwoAtOnceLetNothingGoTwice(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.limit(t, 1_000)
	b.dispatcher.claim = new(uuid.New())
	ids := b.hold(t, 200, delivery.Backlog)
	b.close(t, delivery.Backlog)

	errs := make(chan error, 2)

	for _, by := range []*flow.Service{b.Service, b.another(t)} {
		go func() {
			for range 10 {
				if _, err := by.Step(t.Context(), b.webhook); err != nil {
					errs <- err

					return
				}

				b.pass(10 * time.Millisecond)
			}

			errs <- nil
		}()
	}

	require.NoError(t, <-errs)
	require.NoError(t, <-errs)

	var got []id.ID
	for _, one := range b.dispatcher.offered {
		got = append(got, one.DeliveryID)
	}

	require.ElementsMatch(t, ids, got)
}
