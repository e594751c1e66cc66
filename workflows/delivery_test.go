package workflows_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	temporal_sdk "go.temporal.io/sdk/temporal"
	temporal_testsuite "go.temporal.io/sdk/testsuite"

	"github.com/surehook/surehook/activities"
	"github.com/surehook/surehook/internal/attempt"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/workflows"
)

// attempts stands for the activities: each call gets the next answer.
type attempts struct {
	answers []answer
	at      []time.Time
	env     *temporal_testsuite.TestWorkflowEnvironment
}

type answer struct {
	result *activities.AttemptDeliveryResult
	err    error
}

func (a *attempts) next(
	context.Context, activities.AttemptDeliveryParams,
) (*activities.AttemptDeliveryResult, error) {
	n := len(a.at)
	a.at = append(a.at, a.env.Now())

	return a.answers[n].result, a.answers[n].err
}

func (a *attempts) waits() []time.Duration {
	out := make([]time.Duration, 0, len(a.at))
	for n := 1; n < len(a.at); n++ {
		out = append(out, a.at[n].Sub(a.at[n-1]).Round(time.Second))
	}

	return out
}

func succeeded() answer {
	return answer{result: &activities.AttemptDeliveryResult{State: attempt.Succeeded}}
}

func waiting(wait time.Duration) answer {
	return answer{err: temporal_sdk.NewApplicationErrorWithOptions("POST example.com answered 503", activities.TypeAttemptFailed,
		temporal_sdk.ApplicationErrorOptions{NextRetryDelay: wait})}
}

func failed(message string) answer {
	return answer{err: temporal_sdk.NewNonRetryableApplicationError(message, activities.TypeDeliveryFailed, nil)}
}

type testBundle struct {
	env      *temporal_testsuite.TestWorkflowEnvironment
	attempts *attempts
	delivery id.ID
}

func setup(t *testing.T, answers ...answer) *testBundle {
	t.Helper()

	var suite temporal_testsuite.WorkflowTestSuite

	env := suite.NewTestWorkflowEnvironment()
	env.SetTestTimeout(30 * time.Second)
	env.RegisterWorkflow(workflows.Delivery)
	env.RegisterWorkflow(workflows.DeliveryBatch)
	env.RegisterActivity(activities.New(activities.Parts{}))

	b := &testBundle{env: env, attempts: &attempts{answers: answers, env: env}, delivery: id.New(id.Delivery)}

	var a *activities.Activities

	env.OnActivity(a.AttemptDelivery, mock.Anything, activities.AttemptDeliveryParams{DeliveryID: b.delivery}).
		Return(b.attempts.next)
	env.OnUpsertTypedSearchAttributes(mock.Anything).Return(nil).Maybe()

	return b
}

func (b *testBundle) run(continued bool) {
	b.env.ExecuteWorkflow(workflows.Delivery, workflows.DeliveryInput{DeliveryID: b.delivery, Continued: continued})
}

func (b *testBundle) state(t *testing.T) string {
	t.Helper()
	require.True(t, b.env.IsWorkflowCompleted())
	require.NoError(t, b.env.GetWorkflowError())

	var result workflows.DeliveryResult

	require.NoError(t, b.env.GetWorkflowResult(&result))

	return result.State
}

func TestDelivery_EndsWithTheFirstAttemptThatSucceeds(t *testing.T) {
	t.Parallel()

	b := setup(t, succeeded())
	b.run(false)
	require.Equal(t, "SUCCEEDED", b.state(t))
	require.Len(t, b.attempts.at, 1)
}

func TestDelivery_WaitsAsLongAsTheAttemptSays(t *testing.T) {
	t.Parallel()

	// The second call is the one that takes the waiting over from the first attempt.
	b := setup(t, waiting(5*time.Second), waiting(5*time.Second), waiting(24*time.Hour), waiting(time.Second), succeeded())
	b.run(false)
	require.Equal(t, "SUCCEEDED", b.state(t))
	require.Equal(t, []time.Duration{0, 5 * time.Second, 24 * time.Hour, time.Second}, b.attempts.waits())
}

func TestDelivery_FailsWithWhatTheLastAttemptRanInto(t *testing.T) {
	t.Parallel()

	b := setup(t, waiting(time.Second), failed("POST example.com answered 500 (HTTP_STATUS) on attempt 2 of 2"))
	b.run(false)

	failure, ok := errors.AsType[*temporal_sdk.ApplicationError](b.env.GetWorkflowError())
	require.True(t, ok)
	require.Equal(t, activities.TypeDeliveryFailed, failure.Type())
	require.Contains(t, failure.Error(), "POST example.com answered 500 (HTTP_STATUS) on attempt 2 of 2")
}

func TestDelivery_OurOwnFailuresAreRetriedUntilTheyAreMended(t *testing.T) {
	t.Parallel()

	away := answer{err: errors.New("database is away")}
	b := setup(t, away, away, away, away, away, away, away, away, away, away, succeeded())
	b.run(false)
	require.Equal(t, "SUCCEEDED", b.state(t))

	for _, wait := range b.attempts.waits() {
		require.LessOrEqual(t, wait, 30*time.Second)
	}
}

func TestDelivery_ContinuedFromABatchSkipsTheFirstAttempt(t *testing.T) {
	t.Parallel()

	b := setup(t, waiting(5*time.Second), succeeded())
	b.run(true)
	require.Equal(t, "SUCCEEDED", b.state(t))
	require.Equal(t, []time.Duration{5 * time.Second}, b.attempts.waits())
}

func TestDelivery_RetryNowCutsTheWaitShort(t *testing.T) {
	t.Parallel()

	b := setup(t, waiting(24*time.Hour), waiting(24*time.Hour), succeeded())
	b.env.RegisterDelayedCallback(func() { b.env.SignalWorkflow(workflows.SignalRetryNow, nil) }, time.Minute)
	b.run(false)
	require.Equal(t, "SUCCEEDED", b.state(t))
	require.Equal(t, []time.Duration{0, time.Minute}, b.attempts.waits())
}

func TestDelivery_HeldAndCanceledEndIt(t *testing.T) {
	t.Parallel()

	for _, state := range []attempt.State{attempt.Canceled, attempt.Held} {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()

			b := setup(t, waiting(time.Second), answer{result: &activities.AttemptDeliveryResult{State: state}})
			b.run(false)
			require.Equal(t, string(state), b.state(t))
		})
	}
}

func TestDelivery_NothingIsSentBeforeWhatWasSentIsRecorded(t *testing.T) {
	t.Parallel()

	record := delivery.Record{Attempt: delivery.Attempt{ID: id.New(id.Attempt), Number: 1}, Status: delivery.Retrying}
	b := setup(t,
		answer{result: &activities.AttemptDeliveryResult{State: attempt.Unrecorded, Unrecorded: &record}}, succeeded())

	var (
		a     *activities.Activities
		tries int
	)

	b.env.OnActivity(a.RecordAttempt, mock.Anything, mock.Anything).
		Return(func(_ context.Context, params activities.RecordAttemptParams) error {
			require.Equal(t, record, params.Record)
			require.Len(t, b.attempts.at, 1, "another attempt was made before the first was recorded")

			if tries++; tries < 9 {
				return errors.New("database is away")
			}

			return nil
		})
	b.run(false)
	require.Equal(t, "SUCCEEDED", b.state(t))
	require.Equal(t, 9, tries)
}

func TestDelivery_ContinuedFromABatchRecordsWhatTheBatchCouldNot(t *testing.T) {
	t.Parallel()

	record := delivery.Record{Attempt: delivery.Attempt{ID: id.New(id.Attempt), Number: 1}, Status: delivery.Succeeded}
	b := setup(t, succeeded())

	var a *activities.Activities

	b.env.OnActivity(a.RecordAttempt, mock.Anything, activities.RecordAttemptParams{Record: record}).
		Return(func(context.Context, activities.RecordAttemptParams) error {
			require.Empty(t, b.attempts.at, "an attempt was made before the first was recorded")

			return nil
		}).Once()
	b.env.ExecuteWorkflow(workflows.Delivery, workflows.DeliveryInput{
		DeliveryID: b.delivery, Continued: true, Unrecorded: &record,
	})
	require.Equal(t, "SUCCEEDED", b.state(t))
	b.env.AssertExpectations(t)
}

func TestDeliveryBatch_IsRepeatedUntilEveryDeliveryIsDealtWith(t *testing.T) {
	t.Parallel()

	b := setup(t)
	ids := []id.ID{id.New(id.Delivery), id.New(id.Delivery)}

	var (
		a     *activities.Activities
		tries int
	)

	b.env.OnActivity(a.AttemptBatch, mock.Anything, activities.AttemptBatchParams{DeliveryIDs: ids}).
		Return(func(context.Context, activities.AttemptBatchParams) (*activities.AttemptBatchResult, error) {
			if tries++; tries < 3 {
				return nil, errors.New("temporal is away")
			}

			return &activities.AttemptBatchResult{Succeeded: 1, Continued: 1}, nil
		})
	b.env.ExecuteWorkflow(workflows.DeliveryBatch, workflows.DeliveryBatchInput{DeliveryIDs: ids})

	var result activities.AttemptBatchResult

	require.NoError(t, b.env.GetWorkflowResult(&result))
	require.Equal(t, activities.AttemptBatchResult{Succeeded: 1, Continued: 1}, result)
	require.Equal(t, 3, tries)
}
