package activities_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	temporal_sdk "go.temporal.io/sdk/temporal"

	"github.com/surehook/surehook/activities"
	"github.com/surehook/surehook/internal/attempt"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/upkeep"
)

func run(outcome attempt.Outcome, err error) (*activities.AttemptDeliveryResult, error) {
	one := id.New(id.Delivery)
	attempts := runner{one: func(context.Context) (attempt.Outcome, error) { return outcome, err }}
	acts := activities.New(activities.Parts{Runner: attempts})

	return acts.AttemptDelivery(context.Background(), activities.AttemptDeliveryParams{DeliveryID: one})
}

func TestAttemptDelivery_EndsWithTheStateWhenThereIsNothingToWaitFor(t *testing.T) {
	t.Parallel()

	for _, state := range []attempt.State{attempt.Canceled, attempt.Held, attempt.Succeeded} {
		result, err := run(attempt.Outcome{State: state}, nil)
		require.NoError(t, err)
		require.Equal(t, activities.AttemptDeliveryResult{State: state}, *result)
	}

	record := &delivery.Record{Attempt: delivery.Attempt{Number: 7}}
	result, err := run(attempt.Outcome{State: attempt.Unrecorded, Record: record}, nil)
	require.NoError(t, err)
	require.Same(t, record, result.Unrecorded)
}

func TestAttemptDelivery_FailsWithTheTimeToWaitOrForGood(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		outcome attempt.Outcome
		err     error
		kind    string
		final   bool
		wait    time.Duration
	}{
		"another is due":     {attempt.Outcome{State: attempt.Waiting, Wait: time.Hour, Failure: "500"}, nil, activities.TypeAttemptFailed, false, time.Hour},
		"another is overdue": {attempt.Outcome{State: attempt.Waiting, Wait: -1, Failure: "500"}, nil, activities.TypeAttemptFailed, false, time.Millisecond},
		"none is left":       {attempt.Outcome{State: attempt.Failed, Failure: "500"}, nil, activities.TypeDeliveryFailed, true, 0},
		"no such delivery":   {attempt.Outcome{}, attempt.ErrNoDelivery, activities.TypeNoDelivery, true, 0},
	} {
		_, err := run(test.outcome, test.err)
		failure, ok := errors.AsType[*temporal_sdk.ApplicationError](err)
		require.True(t, ok, name)
		require.Equal(t, test.kind, failure.Type(), name)
		require.Equal(t, test.final, failure.NonRetryable(), name)
		require.Equal(t, test.wait, failure.NextRetryDelay(), name)
		require.Contains(t, failure.Message(), test.outcome.Failure, name)
	}

	away := errors.New("database is away")
	_, err := run(attempt.Outcome{}, away)
	require.ErrorIs(t, err, away)

	_, ok := errors.AsType[*temporal_sdk.ApplicationError](err)
	require.False(t, ok, "a failure of ours follows Temporal's own intervals")
}

// tender says what there was to do, and what went wrong with it.
type tender struct {
	result upkeep.Result
	err    error
}

func (t tender) Tend(context.Context) (upkeep.Result, error) { return t.result, t.err }

func TestTendWebhooks_SaysWhatThereWasToDo(t *testing.T) {
	t.Parallel()

	want := upkeep.Result{Disabled: 1, Rotated: 2, Notified: 3}

	result, err := activities.New(activities.Parts{Tender: tender{result: want}}).TendWebhooks(t.Context())
	require.NoError(t, err)
	require.Equal(t, want, result)

	away := errors.New("database is away")
	_, err = activities.New(activities.Parts{Tender: tender{err: away}}).TendWebhooks(t.Context())
	require.ErrorIs(t, err, away)
}
