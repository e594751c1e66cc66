package workflows

import (
	"context"
	"errors"
	"fmt"

	temporal_enums "go.temporal.io/api/enums/v1"
	temporal_service "go.temporal.io/api/serviceerror"
	temporal_client "go.temporal.io/sdk/client"

	"github.com/surehook/surehook/activities"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/job"
)

// Client starts and wakes workflows. It is safe for concurrent use.
type Client struct {
	temporal  temporal_client.Client
	taskQueue string
}

// NewClient makes a client for the task queue.
func NewClient(temporal temporal_client.Client, taskQueue string) *Client {
	return &Client{temporal: temporal, taskQueue: taskQueue}
}

// StartDelivery starts the workflow of one delivery, unless it is running.
func (c *Client) StartDelivery(ctx context.Context, one job.Job) error {
	return c.startDelivery(ctx, one, "PENDING", DeliveryInput{DeliveryID: one.DeliveryID})
}

// ContinueDelivery starts the workflow of a delivery whose first attempt was made in a batch, unless it is running. An
// attempt that could not be recorded there is recorded first.
func (c *Client) ContinueDelivery(ctx context.Context, one job.Job, unrecorded *activities.Record) error {
	return c.startDelivery(ctx, one, "RETRYING", DeliveryInput{
		DeliveryID: one.DeliveryID, Continued: true, Unrecorded: unrecorded,
	})
}

// StartBatch starts one workflow for the first attempts of many deliveries of one organization.
func (c *Client) StartBatch(ctx context.Context, batch id.ID, jobs []job.Job) error {
	in := DeliveryBatchInput{DeliveryIDs: make([]id.ID, len(jobs))}
	for n, one := range jobs {
		in.DeliveryIDs[n] = one.DeliveryID
	}

	if _, err := c.temporal.ExecuteWorkflow(ctx, c.options(batch, "", jobs...), DeliveryBatch, in); err != nil {
		return fmt.Errorf("start batch %s: %w", batch, err)
	}

	return nil
}

// WakeDelivery makes the workflow of a delivery look at the database now. One that has come to its end runs again.
func (c *Client) WakeDelivery(ctx context.Context, one job.Job) error {
	_, err := c.temporal.SignalWithStartWorkflow(ctx, one.DeliveryID.String(), SignalRetryNow, nil,
		c.options(one.DeliveryID, "RETRYING", one), Delivery, DeliveryInput{DeliveryID: one.DeliveryID})
	if err != nil {
		return fmt.Errorf("wake delivery %s: %w", one.DeliveryID, err)
	}

	return nil
}

// Running tells whether a workflow exists and has not come to its end.
func (c *Client) Running(ctx context.Context, workflowID string) (bool, error) {
	found, err := c.temporal.DescribeWorkflowExecution(ctx, workflowID, "")
	if _, missing := errors.AsType[*temporal_service.NotFound](err); missing {
		return false, nil
	}

	if err != nil {
		return false, fmt.Errorf("describe workflow %s: %w", workflowID, err)
	}

	status := found.GetWorkflowExecutionInfo().GetStatus()

	return status == temporal_enums.WORKFLOW_EXECUTION_STATUS_RUNNING, nil
}

func (c *Client) startDelivery(ctx context.Context, one job.Job, status string, in DeliveryInput) error {
	if _, err := c.temporal.ExecuteWorkflow(ctx, c.options(one.DeliveryID, status, one), Delivery, in); err != nil {
		return fmt.Errorf("start delivery %s: %w", one.DeliveryID, err)
	}

	return nil
}

// options start a workflow in this very process if it can. One with the same id that is running is left alone, one that
// has come to its end may run again: whether anything is to be sent is decided by the database.
func (c *Client) options(workflow id.ID, status string, jobs ...job.Job) temporal_client.StartWorkflowOptions {
	return temporal_client.StartWorkflowOptions{
		ID:                       workflow.String(),
		TaskQueue:                c.taskQueue,
		EnableEagerStart:         true,
		TypedSearchAttributes:    attributesOf(status, jobs...),
		WorkflowIDConflictPolicy: temporal_enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:    temporal_enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
	}
}
