package delivery_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
)

// waiting makes a delivery that waits for another attempt in an hour.
func (b *testBundle) waiting(t *testing.T) delivery.Delivery {
	t.Helper()

	d := b.insert(t, id.New(id.Webhook), "a.b")
	b.record(t, d, 500, delivery.Retrying, new(time.Now().Add(time.Hour)))

	return b.get(t, d.ID)
}

func TestCancel_GivesUpWhateverHasNotEnded(t *testing.T) {
	t.Parallel()

	b := setup(t)
	pending, retrying, held := b.insert(t, id.New(id.Webhook), "a.b"), b.waiting(t), b.insert(t, id.New(id.Webhook), "a.b")
	b.hold(t, held)

	for _, one := range []delivery.Delivery{pending, retrying, held} {
		got, err := b.service.Cancel(t.Context(), b.scope, one.ID)
		require.NoError(t, err)
		require.Equal(t, delivery.Canceled, got.Status)
		require.Nil(t, got.DueAt)
		require.Nil(t, got.HeldReason)
		require.WithinDuration(t, time.Now(), *got.CompletedAt, time.Minute)
		require.Equal(t, got, b.get(t, one.ID))

		_, err = b.service.Cancel(t.Context(), b.scope, one.ID)
		require.Equal(t, problem.Conflict, code(t, err), "once")
	}

	require.Len(t, b.dispatcher.offered, 1, "the workflow of the one that waits is told")
	require.Equal(t, retrying.ID, b.dispatcher.offered[0].DeliveryID)
	require.True(t, b.dispatcher.offered[0].Wake)

	again, err := b.service.Retry(t.Context(), b.scope, retrying.ID)
	require.NoError(t, err)
	require.Equal(t, delivery.Retrying, again.Status)
	require.Nil(t, again.ResumeAt, "its schedule has ended")
}

func TestPostpone_MovesTheNextAttemptAndTellsTheWorkflow(t *testing.T) {
	t.Parallel()

	b := setup(t)
	d := b.waiting(t)

	for _, until := range []time.Time{time.Now().Add(48 * time.Hour), time.Now().Add(time.Minute)} {
		until = until.Truncate(time.Microsecond)

		got, err := b.service.Postpone(t.Context(), b.scope, d.ID, until)
		require.NoError(t, err)
		require.Equal(t, delivery.Retrying, got.Status)
		require.Equal(t, delivery.Automatic, got.NextTrigger, "it is still the schedule's attempt")
		require.WithinDuration(t, until, *got.DueAt, 0)
		require.Equal(t, d.ScheduledAttemptCount, got.ScheduledAttemptCount)
		require.Equal(t, d.ID, b.dispatcher.offered[len(b.dispatcher.offered)-1].DeliveryID)
	}

	require.Len(t, b.dispatcher.offered, 2)
}

func TestPostpone_LeavesItToAnyProcessWhenThisOneCannotTellTheWorkflow(t *testing.T) {
	t.Parallel()

	b := setup(t)
	d := b.waiting(t)
	b.dispatcher.full = true

	_, err := b.service.Postpone(t.Context(), b.scope, d.ID, time.Now().Add(2*time.Hour))
	require.NoError(t, err)
	require.Empty(t, b.dispatcher.offered)

	var claimedBy *uuid.UUID

	require.NoError(t, b.pool.QueryRow(t.Context(), "SELECT claimed_by FROM deliveries WHERE id = $1", d.ID.UUID()).
		Scan(&claimedBy))
	require.Nil(t, claimedBy)
}

func TestSteering_RefusesWhatCannotBeAndChangesNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	pending, retrying := b.insert(t, id.New(id.Webhook), "a.b"), b.waiting(t)

	due := b.insert(t, id.New(id.Webhook), "a.b")
	b.record(t, due, 500, delivery.Retrying, new(time.Now().Add(-time.Second)))

	succeeded := b.insert(t, id.New(id.Webhook), "a.b")
	b.record(t, succeeded, 200, delivery.Succeeded, nil)

	later := time.Now().Add(time.Hour)

	for name, test := range map[string]struct {
		scope    tenant.Scope
		delivery id.ID
		until    time.Time
		want     problem.Code
	}{
		"being attempted":  {b.scope, due.ID, later, problem.Conflict},
		"ended":            {b.scope, succeeded.ID, later, problem.Conflict},
		"foreign":          {tenant.Of(id.New(id.Organization)), retrying.ID, later, problem.NotFound},
		"in the past":      {b.scope, retrying.ID, time.Now().Add(-time.Second), problem.Invalid},
		"never attempted":  {b.scope, pending.ID, later, problem.Conflict},
		"too far":          {b.scope, retrying.ID, time.Now().Add(31 * 24 * time.Hour), problem.Invalid},
		"unknown":          {b.scope, id.New(id.Delivery), later, problem.NotFound},
		"of another kind":  {b.scope, id.New(id.Webhook), later, problem.NotFound},
		"the zero instant": {b.scope, retrying.ID, time.Time{}, problem.Invalid},
	} {
		_, err := b.service.Postpone(t.Context(), test.scope, test.delivery, test.until)
		require.Equal(t, test.want, code(t, err), name)
	}

	_, err := b.service.Cancel(t.Context(), b.scope, succeeded.ID)
	require.Equal(t, problem.Conflict, code(t, err))

	_, err = b.service.Cancel(t.Context(), tenant.Of(id.New(id.Organization)), pending.ID)
	require.Equal(t, problem.NotFound, code(t, err))

	require.Equal(t, retrying, b.get(t, retrying.ID))
	require.Equal(t, pending, b.get(t, pending.ID))
	require.Empty(t, b.dispatcher.offered)
}
