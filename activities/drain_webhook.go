package activities

import (
	"context"
	"fmt"
	"time"

	temporal_activity "go.temporal.io/sdk/activity"

	"github.com/surehook/surehook/internal/id"
)

const (
	// drainFor is how long one activity looks after a gate, so that it is not lost for long what a worker was about.
	drainFor = 30 * time.Second
	// longestTick is for how long it waits itself. Longer waits are the workflow's, which costs no worker.
	longestTick = 2 * time.Second
)

// DrainWebhookParams name the webhook.
type DrainWebhookParams struct {
	WebhookID id.ID
}

// DrainWebhookResult says how to go on.
type DrainWebhookResult struct {
	// Released is how many held deliveries were let go.
	Released int
	// Done says that the gate need not be looked after any more.
	Done bool
	// Wait is how long there is nothing to do, when not Done.
	Wait time.Duration
}

// DrainWebhook lets held deliveries of a webhook go, as fast as it takes them, until there is nothing to do for a
// while. Its state is in the database, so it is harmless to repeat.
func (a *Activities) DrainWebhook(ctx context.Context, params DrainWebhookParams) (DrainWebhookResult, error) {
	stop := heartbeat(ctx)
	defer stop()

	var out DrainWebhookResult

	end := time.After(drainFor)

	for {
		step, err := a.parts.Drainer.Step(ctx, params.WebhookID)
		if err != nil {
			return out, fmt.Errorf("drain %s: %w", params.WebhookID, err)
		}

		out.Released, out.Done, out.Wait = out.Released+step.Released, step.Done, step.Wait

		if out.Done || out.Wait > longestTick {
			return out, nil
		}

		select {
		case <-time.After(step.Wait):
		case <-end:
			return out, nil
		case <-temporal_activity.GetWorkerStopChannel(ctx):
			// Another worker goes on.
			return out, nil
		case <-ctx.Done():
			return out, context.Cause(ctx)
		}
	}
}
