package workflows

import (
	"context"
	"errors"
	"fmt"
	"time"

	temporal_enums "go.temporal.io/api/enums/v1"
	temporal_service "go.temporal.io/api/serviceerror"
	temporal_client "go.temporal.io/sdk/client"
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
	name := UpkeepSchedule(c.taskQueue)

	_, err := c.temporal.ScheduleClient().Create(ctx, temporal_client.ScheduleOptions{
		ID:   name,
		Spec: temporal_client.ScheduleSpec{Intervals: []temporal_client.ScheduleIntervalSpec{{Every: upkeepEvery}}},
		Action: &temporal_client.ScheduleWorkflowAction{
			ID: name, Workflow: Upkeep, TaskQueue: c.taskQueue, WorkflowExecutionTimeout: 2 * longestUpkeep,
		},
		Overlap: temporal_enums.SCHEDULE_OVERLAP_POLICY_SKIP,
	})

	_, exists := errors.AsType[*temporal_service.AlreadyExists](err)
	if err == nil || exists || errors.Is(err, temporal_sdk.ErrScheduleAlreadyRunning) {
		return nil
	}

	return fmt.Errorf("make schedule %s: %w", name, err)
}
