package activities_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	temporal_sdk "go.temporal.io/sdk/temporal"
	temporal_testsuite "go.temporal.io/sdk/testsuite"

	"github.com/surehook/surehook/activities"
	"github.com/surehook/surehook/internal/bulk"
	"github.com/surehook/surehook/internal/id"
)

// operations run as they are told to.
type operations func(ctx context.Context, operation id.ID, enough <-chan struct{}) (bulk.Status, error)

func (o operations) Run(ctx context.Context, operation id.ID, enough <-chan struct{}) (bulk.Status, error) {
	return o(ctx, operation, enough)
}

// round runs an operation once, in a worker that is stopping or not.
func round(of operations, operation id.ID, stopping chan struct{}) (activities.RunBulkOperationResult, error) {
	var (
		suite temporal_testsuite.WorkflowTestSuite
		out   activities.RunBulkOperationResult
	)

	acts := activities.New(activities.Parts{Operations: of})
	env := suite.NewTestActivityEnvironment()
	env.SetWorkerStopChannel(stopping)
	env.RegisterActivity(acts)

	result, err := env.ExecuteActivity(acts.RunBulkOperation, activities.RunBulkOperationParams{OperationID: operation})
	if err != nil {
		return out, err
	}

	return out, result.Get(&out)
}

func TestRunBulkOperation_SaysHowTheOperationStands(t *testing.T) {
	t.Parallel()

	one := id.New(id.BulkOperation)

	for status, unfinished := range map[bulk.Status]bool{
		bulk.Canceled: false, bulk.Completed: false, bulk.Paused: false, bulk.Running: true,
	} {
		out, err := round(func(_ context.Context, operation id.ID, _ <-chan struct{}) (bulk.Status, error) {
			require.Equal(t, one, operation)

			return status, nil
		}, one, nil)
		require.NoError(t, err)
		require.Equal(t, status, out.Status)
		require.Equal(t, unfinished, out.Unfinished())
	}
}

func TestRunBulkOperation_IsEnoughWhenTheWorkerStops(t *testing.T) {
	t.Parallel()

	stopping := make(chan struct{})

	out, err := round(func(ctx context.Context, _ id.ID, enough <-chan struct{}) (bulk.Status, error) {
		select {
		case <-enough:
			require.Fail(t, "it is not enough yet")
		default:
		}

		close(stopping)
		<-enough

		return bulk.Running, ctx.Err()
	}, id.New(id.BulkOperation), stopping)
	require.NoError(t, err, "what is under way may be finished")
	require.True(t, out.Unfinished())
}

func TestRunBulkOperation_IsTriedAgainUnlessThereIsNoSuchOperation(t *testing.T) {
	t.Parallel()

	for failure, final := range map[error]bool{
		errors.New("database is away"):              false,
		fmt.Errorf("%w: op_1", bulk.ErrNoOperation): true,
	} {
		_, err := round(func(context.Context, id.ID, <-chan struct{}) (bulk.Status, error) {
			return "", failure
		}, id.New(id.BulkOperation), nil)

		problem, ok := errors.AsType[*temporal_sdk.ApplicationError](err)
		require.True(t, ok)
		require.Contains(t, problem.Error(), failure.Error())
		require.Equal(t, final, problem.NonRetryable())
	}
}
