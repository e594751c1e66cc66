package workflows_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	temporal_testsuite "go.temporal.io/sdk/testsuite"
	temporal_workflow "go.temporal.io/sdk/workflow"

	"github.com/surehook/surehook/activities"
	"github.com/surehook/surehook/internal/bulk"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/workflows"
)

// rounds are those of one operation: each call gets the next answer, and the last one again and again.
type rounds struct {
	operation id.ID
	answers   []any
	calls     int
}

func (r *rounds) Run(_ context.Context, operation id.ID, _ <-chan struct{}) (bulk.Status, error) {
	answer := r.answers[min(r.calls, len(r.answers)-1)]
	r.calls++

	if err, failed := answer.(error); failed {
		return "", err
	}

	if operation != r.operation {
		return "", bulk.ErrNoOperation
	}

	return answer.(bulk.Status), nil
}

func (r *rounds) run(operation id.ID) *temporal_testsuite.TestWorkflowEnvironment {
	var suite temporal_testsuite.WorkflowTestSuite

	env := suite.NewTestWorkflowEnvironment()
	env.RegisterWorkflow(workflows.BulkOperation)
	env.RegisterActivity(activities.New(activities.Parts{Operations: r}))
	env.ExecuteWorkflow(workflows.BulkOperation, workflows.BulkOperationInput{OperationID: operation})

	return env
}

func TestBulkOperation_GoesOnUntilItIsNotRunningAnyMore(t *testing.T) {
	t.Parallel()

	for _, status := range []bulk.Status{bulk.Canceled, bulk.Completed, bulk.Paused} {
		r := &rounds{operation: id.New(id.BulkOperation), answers: []any{bulk.Running, bulk.Running, status}}
		env := r.run(r.operation)
		require.NoError(t, env.GetWorkflowError())

		var result activities.RunBulkOperationResult

		require.NoError(t, env.GetWorkflowResult(&result))
		require.Equal(t, status, result.Status)
		require.Equal(t, 3, r.calls)
	}
}

func TestBulkOperation_OutlivesOurOwnFailures(t *testing.T) {
	t.Parallel()

	away := errors.New("database is away")
	r := &rounds{operation: id.New(id.BulkOperation), answers: []any{away, bulk.Running, away, away, bulk.Completed}}
	require.NoError(t, r.run(r.operation).GetWorkflowError())
	require.Equal(t, 5, r.calls)
}

func TestBulkOperation_HandsOverToAnotherRunBeforeItsHistoryGrowsLong(t *testing.T) {
	t.Parallel()

	r := &rounds{operation: id.New(id.BulkOperation), answers: []any{bulk.Running}}
	_, again := errors.AsType[*temporal_workflow.ContinueAsNewError](r.run(r.operation).GetWorkflowError())
	require.True(t, again)
	require.Equal(t, 200, r.calls)
}

func TestBulkOperation_FailsWhenThereIsNone(t *testing.T) {
	t.Parallel()

	r := &rounds{operation: id.New(id.BulkOperation), answers: []any{bulk.Running}}
	require.ErrorContains(t, r.run(id.New(id.BulkOperation)).GetWorkflowError(), "no such bulk operation")
	require.Equal(t, 1, r.calls)
}
