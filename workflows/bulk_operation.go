package workflows

import (
	"context"
	"fmt"

	temporal_enums "go.temporal.io/api/enums/v1"
	temporal_client "go.temporal.io/sdk/client"
	temporal_sdk "go.temporal.io/sdk/temporal"
	temporal_workflow "go.temporal.io/sdk/workflow"

	"github.com/surehook/surehook/activities"
	"github.com/surehook/surehook/internal/id"
)

// roundsPerRun is after how many rounds a run hands over to the next, so that no history grows for ever.
const roundsPerRun = 200

// BulkOperationInput names an operation.
type BulkOperationInput struct {
	OperationID id.ID
}

// BulkOperation works on an operation, round after round, until it is not running any more. Its id is the operation's,
// so starting it twice is harmless. What it has to know is in the database: it may be ended and started again at any
// time.
func BulkOperation(
	ctx temporal_workflow.Context, in BulkOperationInput,
) (result activities.RunBulkOperationResult, err error) {
	var a *activities.Activities

	round := temporal_workflow.WithActivityOptions(ctx, untilRound())

	for range roundsPerRun {
		err := temporal_workflow.ExecuteActivity(round, a.RunBulkOperation, activities.RunBulkOperationParams(in)).
			Get(ctx, &result)
		if err != nil || !result.Unfinished() {
			return result, err
		}
	}

	return result, temporal_workflow.NewContinueAsNewError(ctx, BulkOperation, in)
}

// StartBulkOperation starts the workflow of an operation, unless it is running. webhook is the one that it is about, if
// it is about one.
func (c *Client) StartBulkOperation(ctx context.Context, operation, organization id.ID, webhook *id.ID) error {
	attributes := []temporal_sdk.SearchAttributeUpdate{attributeOrganizationID.ValueSet(organization.String())}
	if webhook != nil {
		attributes = append(attributes, attributeWebhookID.ValueSet([]string{webhook.String()}))
	}

	_, err := c.temporal.ExecuteWorkflow(ctx, temporal_client.StartWorkflowOptions{
		ID:                       operation.String(),
		TaskQueue:                c.taskQueue,
		TypedSearchAttributes:    temporal_sdk.NewSearchAttributes(attributes...),
		WorkflowIDConflictPolicy: temporal_enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:    temporal_enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
	}, BulkOperation, BulkOperationInput{OperationID: operation})
	if err != nil {
		return fmt.Errorf("start bulk operation %s: %w", operation, err)
	}

	return nil
}
