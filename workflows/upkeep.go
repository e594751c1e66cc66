package workflows

import (
	"context"
	"time"

	temporal_sdk "go.temporal.io/sdk/temporal"
	temporal_workflow "go.temporal.io/sdk/workflow"

	"github.com/surehook/surehook/activities"
)

const (
	// upkeepEvery is how often [Upkeep] is started.
	upkeepEvery = time.Minute
	// longestUpkeep is how long one round may take.
	longestUpkeep = 10 * time.Minute
)

// UpkeepSchedule is the id of the Temporal Schedule that starts [Upkeep] on a task queue. Several installations may
// share a namespace.
func UpkeepSchedule(taskQueue string) string { return taskQueue + "-upkeep" }

// Upkeep looks after webhooks once: see [activities.Activities.TendWebhooks].
func Upkeep(ctx temporal_workflow.Context) (activities.TendWebhooksResult, error) {
	ctx = temporal_workflow.WithActivityOptions(ctx, temporal_workflow.ActivityOptions{
		StartToCloseTimeout: longestUpkeep,
		// What is left over is for the next round.
		RetryPolicy: &temporal_sdk.RetryPolicy{MaximumAttempts: 3, InitialInterval: time.Second},
	})

	var (
		acts *activities.Activities
		out  activities.TendWebhooksResult
	)

	err := temporal_workflow.ExecuteActivity(ctx, acts.TendWebhooks).Get(ctx, &out)

	return out, err
}

// EnsureUpkeep makes the schedule, unless it is there. An operator may pause it or change how often it runs.
func (c *Client) EnsureUpkeep(ctx context.Context) error {
	return c.ensureSchedule(ctx, UpkeepSchedule(c.taskQueue), Upkeep, upkeepEvery, 2*longestUpkeep)
}
