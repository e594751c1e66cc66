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
)

// ensureSchedule makes a Temporal Schedule that starts a workflow again and again, but never while one is running. One
// that is there is left alone.
func (c *Client) ensureSchedule(ctx context.Context, name string, workflow any, every, longest time.Duration) error {
	_, err := c.temporal.ScheduleClient().Create(ctx, temporal_client.ScheduleOptions{
		ID:   name,
		Spec: temporal_client.ScheduleSpec{Intervals: []temporal_client.ScheduleIntervalSpec{{Every: every}}},
		Action: &temporal_client.ScheduleWorkflowAction{
			ID: name, Workflow: workflow, TaskQueue: c.taskQueue, WorkflowExecutionTimeout: longest,
		},
		Overlap: temporal_enums.SCHEDULE_OVERLAP_POLICY_SKIP,
	})

	_, exists := errors.AsType[*temporal_service.AlreadyExists](err)
	if err == nil || exists || errors.Is(err, temporal_sdk.ErrScheduleAlreadyRunning) {
		return nil
	}

	return fmt.Errorf("make schedule %s: %w", name, err)
}
