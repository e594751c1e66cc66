package workflows

import (
	"context"
	"time"

	temporal_sdk "go.temporal.io/sdk/temporal"
	temporal_workflow "go.temporal.io/sdk/workflow"

	"github.com/surehook/surehook/activities"
)

const (
	// retentionEvery is how often [Retention] is started.
	retentionEvery = time.Hour
	// longestRetention is how long one round may take. Most of it may be waiting for long transactions to end.
	longestRetention = 30 * time.Minute
)

// RetentionSchedule is the id of the Temporal Schedule that starts [Retention] on a task queue.
func RetentionSchedule(taskQueue string) string { return taskQueue + "-retention" }

// Retention makes room in the log and drops what is old, once: see [activities.Activities.KeepRetention].
func Retention(ctx temporal_workflow.Context) (activities.KeepRetentionResult, error) {
	ctx = temporal_workflow.WithActivityOptions(ctx, temporal_workflow.ActivityOptions{
		StartToCloseTimeout: longestRetention,
		HeartbeatTimeout:    silence,
		// What is left over is for the next round.
		RetryPolicy: &temporal_sdk.RetryPolicy{MaximumAttempts: 3, InitialInterval: time.Second},
	})

	var (
		acts *activities.Activities
		out  activities.KeepRetentionResult
	)

	err := temporal_workflow.ExecuteActivity(ctx, acts.KeepRetention).Get(ctx, &out)

	return out, err
}

// EnsureRetention makes the schedule, unless it is there. An operator may pause it or change how often it runs.
func (c *Client) EnsureRetention(ctx context.Context) error {
	return c.ensureSchedule(ctx, RetentionSchedule(c.taskQueue), Retention, retentionEvery, 2*longestRetention)
}
