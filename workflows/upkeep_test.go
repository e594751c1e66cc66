package workflows_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	temporal_testsuite "go.temporal.io/sdk/testsuite"

	"github.com/surehook/surehook/activities"
	"github.com/surehook/surehook/internal/upkeep"
	"github.com/surehook/surehook/workflows"
)

// tender fails as often as it is told, and then says what there was to do.
type tender struct {
	failures, calls int
}

func (t *tender) Tend(context.Context) (upkeep.Result, error) {
	if t.calls++; t.calls <= t.failures {
		return upkeep.Result{}, errors.New("database is away")
	}

	return upkeep.Result{Disabled: 1, Rotated: 2, Notified: 3}, nil
}

func tend(tender *tender) *temporal_testsuite.TestWorkflowEnvironment {
	var suite temporal_testsuite.WorkflowTestSuite

	env := suite.NewTestWorkflowEnvironment()
	env.RegisterWorkflow(workflows.Upkeep)
	env.RegisterActivity(activities.New(activities.Parts{Tender: tender}))
	env.ExecuteWorkflow(workflows.Upkeep)

	return env
}

func TestUpkeep_LooksAfterWebhooksOnce(t *testing.T) {
	t.Parallel()

	one := &tender{}
	env := tend(one)
	require.True(t, env.IsWorkflowCompleted())

	var result activities.TendWebhooksResult

	require.NoError(t, env.GetWorkflowResult(&result))
	require.Equal(t, activities.TendWebhooksResult{Disabled: 1, Rotated: 2, Notified: 3}, result)
	require.Equal(t, 1, one.calls)
}

func TestUpkeep_TriesAgainAfterAFailure(t *testing.T) {
	t.Parallel()

	one := &tender{failures: 2}
	env := tend(one)
	require.NoError(t, env.GetWorkflowError())
	require.Equal(t, 3, one.calls)
}

func TestUpkeep_LeavesItToTheNextRoundWhenItKeepsFailing(t *testing.T) {
	t.Parallel()

	one := &tender{failures: 100}
	env := tend(one)
	require.True(t, env.IsWorkflowCompleted())
	require.ErrorContains(t, env.GetWorkflowError(), "tend webhooks: database is away")
	require.Equal(t, 3, one.calls)
}
