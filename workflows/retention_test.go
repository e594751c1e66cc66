package workflows_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	temporal_testsuite "go.temporal.io/sdk/testsuite"

	"github.com/surehook/surehook/activities"
	"github.com/surehook/surehook/internal/retention"
	"github.com/surehook/surehook/workflows"
)

// retainer fails as often as it is told, and then says what there was to do.
type retainer struct {
	failures, calls int
}

func (r *retainer) Keep(context.Context) (retention.Result, error) {
	if r.calls++; r.calls <= r.failures {
		return retention.Result{}, errors.New("database is away")
	}

	return retention.Result{Made: 5, Dropped: 4, Kept: 3, Waiting: 2, Keys: 1, History: 6}, nil
}

func retain(one *retainer) *temporal_testsuite.TestWorkflowEnvironment {
	var suite temporal_testsuite.WorkflowTestSuite

	env := suite.NewTestWorkflowEnvironment()
	env.RegisterWorkflow(workflows.Retention)
	env.RegisterActivity(activities.New(activities.Parts{Retainer: one}))
	env.ExecuteWorkflow(workflows.Retention)

	return env
}

func TestRetention_KeepsTheLogOnce(t *testing.T) {
	t.Parallel()

	one := &retainer{failures: 2}
	env := retain(one)

	var result activities.KeepRetentionResult

	require.NoError(t, env.GetWorkflowResult(&result))
	require.Equal(t, activities.KeepRetentionResult{Made: 5, Dropped: 4, Kept: 3, Waiting: 2, Keys: 1, History: 6}, result)
	require.Equal(t, 3, one.calls)
}

func TestRetention_LeavesItToTheNextRoundWhenItKeepsFailing(t *testing.T) {
	t.Parallel()

	one := &retainer{failures: 100}
	env := retain(one)
	require.True(t, env.IsWorkflowCompleted())
	require.ErrorContains(t, env.GetWorkflowError(), "keep retention: database is away")
	require.Equal(t, 3, one.calls)
}
