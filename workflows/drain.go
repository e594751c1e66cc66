package workflows

import (
	"context"
	"fmt"

	temporal_client "go.temporal.io/sdk/client"
	temporal_sdk "go.temporal.io/sdk/temporal"
	temporal_workflow "go.temporal.io/sdk/workflow"

	"github.com/surehook/surehook/activities"
	"github.com/surehook/surehook/internal/id"
)

// SignalLook makes a drain look at the database at once, instead of waiting for its time.
const SignalLook = "look"

// drainRounds is after how many rounds a drain goes on with a fresh history.
const drainRounds = 200

// DrainInput names a webhook.
type DrainInput struct {
	WebhookID id.ID
}

// DrainWorkflow is the id of the workflow that lets a webhook's held deliveries go.
func DrainWorkflow(webhook id.ID) string { return webhook.String() + "-drain" }

// Drain lets held deliveries of a webhook go until its gate need not be looked after any more. How fast, and what
// stands in the way, is decided by the database.
func Drain(ctx temporal_workflow.Context, in DrainInput) error {
	look := temporal_workflow.GetSignalChannel(ctx, SignalLook)

	for range drainRounds {
		for look.ReceiveAsync(nil) {
			// What several of them say is said by one look.
		}

		result, err := drain(ctx, in)
		if err != nil {
			return err
		}

		if result.Done {
			// Somebody may have closed the gate again since.
			if look.ReceiveAsync(nil) {
				continue
			}

			return nil
		}

		// An error says that the wait is over because the workflow was canceled.
		if _, err := temporal_workflow.AwaitWithTimeout(ctx, result.Wait, func() bool { return look.Len() > 0 }); err != nil {
			return err
		}
	}

	return temporal_workflow.NewContinueAsNewError(ctx, Drain, in)
}

func drain(ctx temporal_workflow.Context, in DrainInput) (out activities.DrainWebhookResult, err error) {
	var a *activities.Activities

	ctx = temporal_workflow.WithActivityOptions(ctx, lookingAfter())
	err = temporal_workflow.ExecuteActivity(ctx, a.DrainWebhook, activities.DrainWebhookParams(in)).Get(ctx, &out)

	return out, err
}

// StartDrain has a webhook's gate looked after. A drain that is running looks at once.
func (c *Client) StartDrain(ctx context.Context, webhook id.ID) error {
	_, err := c.temporal.SignalWithStartWorkflow(ctx, DrainWorkflow(webhook), SignalLook, nil,
		temporal_client.StartWorkflowOptions{
			TaskQueue: c.taskQueue,
			TypedSearchAttributes: temporal_sdk.NewSearchAttributes(
				attributeWebhookID.ValueSet([]string{webhook.String()})),
		}, Drain, DrainInput{WebhookID: webhook})
	if err != nil {
		return fmt.Errorf("start drain of %s: %w", webhook, err)
	}

	return nil
}
