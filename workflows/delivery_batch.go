package workflows

import (
	temporal_workflow "go.temporal.io/sdk/workflow"

	"github.com/surehook/surehook/activities"
	"github.com/surehook/surehook/internal/id"
)

// DeliveryBatchInput names the deliveries of a batch, all of one organization.
type DeliveryBatchInput struct {
	DeliveryIDs []id.ID
}

// DeliveryBatch makes the first attempts of many deliveries. It is how a queue that has formed is worked off at a cost
// that is shared; what does not succeed at once goes on alone.
func DeliveryBatch(
	ctx temporal_workflow.Context, in DeliveryBatchInput,
) (result *activities.AttemptBatchResult, err error) {
	var a *activities.Activities

	ctx = temporal_workflow.WithLocalActivityOptions(ctx, batchOfFirstAttempts())
	err = temporal_workflow.ExecuteLocalActivity(ctx, a.AttemptBatch, activities.AttemptBatchParams(in)).Get(ctx, &result)

	return result, err
}
