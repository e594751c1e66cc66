package activities_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/activities"
	"github.com/surehook/surehook/internal/attempt"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/job"
)

// runner answers for each delivery what it was told to.
type runner map[id.ID]func(ctx context.Context) (attempt.Outcome, error)

func (r runner) Run(ctx context.Context, delivery id.ID) (attempt.Outcome, error) {
	return r[delivery](ctx)
}

// continuer notes which deliveries go on alone, and with what.
type continuer struct {
	mu   sync.Mutex
	went map[id.ID]*delivery.Record
	came chan id.ID
}

func (c *continuer) ContinueDelivery(_ context.Context, one job.Job, unrecorded *delivery.Record) error {
	c.mu.Lock()
	defer c.mu.Unlock()

	c.went[one.DeliveryID] = unrecorded
	c.came <- one.DeliveryID

	return nil
}

func newContinuer() *continuer {
	return &continuer{went: make(map[id.ID]*delivery.Record), came: make(chan id.ID, 10)}
}

func ends(one id.ID, state attempt.State, record *delivery.Record) func(context.Context) (attempt.Outcome, error) {
	return func(context.Context) (attempt.Outcome, error) {
		return attempt.Outcome{State: state, Job: job.Job{DeliveryID: one}, Record: record}, nil
	}
}

func TestAttemptBatch_WhatDoesNotSucceedGoesOnAlone(t *testing.T) {
	t.Parallel()

	ids := make([]id.ID, 8)
	for n := range ids {
		ids[n] = id.New(id.Delivery)
	}

	record := &delivery.Record{Attempt: delivery.Attempt{Number: 1}}
	next := newContinuer()
	acts := activities.New(activities.Parts{Runner: runner{
		ids[0]: ends(ids[0], attempt.Succeeded, nil),
		ids[1]: ends(ids[1], attempt.Waiting, nil),
		ids[2]: ends(ids[2], attempt.Failed, nil),
		ids[3]: ends(ids[3], attempt.Unrecorded, record),
		ids[4]: ends(ids[4], attempt.Held, nil),
		ids[5]: ends(ids[5], attempt.Canceled, nil),
		ids[6]: func(context.Context) (attempt.Outcome, error) { return attempt.Outcome{}, attempt.ErrNoDelivery },
		ids[7]: func(context.Context) (attempt.Outcome, error) {
			return attempt.Outcome{State: attempt.Failed, Again: true, Job: job.Job{DeliveryID: ids[7]}}, nil
		},
	}, Continuer: next})

	result, err := acts.AttemptBatch(t.Context(), activities.AttemptBatchParams{DeliveryIDs: ids})
	require.NoError(t, err)
	require.Equal(t, activities.AttemptBatchResult{Succeeded: 1, Continued: 3, Stopped: 4}, *result)
	require.Equal(t, map[id.ID]*delivery.Record{ids[1]: nil, ids[2]: nil, ids[3]: record}, next.went,
		"an attempt that could not be recorded is handed on, so that it is not made again")
}

func TestAttemptBatch_SlowDeliveryDoesNotHoldUpThatOthersGoOn(t *testing.T) {
	t.Parallel()

	slow, failing := id.New(id.Delivery), id.New(id.Delivery)
	release := make(chan struct{})
	next := newContinuer()
	acts := activities.New(activities.Parts{Runner: runner{
		slow: func(context.Context) (attempt.Outcome, error) {
			<-release

			return attempt.Outcome{State: attempt.Succeeded}, nil
		},
		failing: ends(failing, attempt.Waiting, nil),
	}, Continuer: next})

	done := make(chan error, 1)

	go func() {
		_, err := acts.AttemptBatch(context.Background(), activities.AttemptBatchParams{DeliveryIDs: []id.ID{slow, failing}})
		done <- err
	}()

	select {
	case one := <-next.came:
		require.Equal(t, failing, one)
	case <-time.After(10 * time.Second):
		require.Fail(t, "it waited for the slow one")
	}

	close(release)
	require.NoError(t, <-done)
}

func TestAttemptBatch_FailsWhenSomethingIsLeftToDo(t *testing.T) {
	t.Parallel()

	good, bad := id.New(id.Delivery), id.New(id.Delivery)
	away := errors.New("database is away")
	acts := activities.New(activities.Parts{Runner: runner{
		good: ends(good, attempt.Succeeded, nil),
		bad:  func(context.Context) (attempt.Outcome, error) { return attempt.Outcome{}, away },
	}, Continuer: newContinuer()})

	_, err := acts.AttemptBatch(t.Context(), activities.AttemptBatchParams{DeliveryIDs: []id.ID{good, bad}})
	require.ErrorIs(t, err, away)
	require.ErrorContains(t, err, bad.String())
}
