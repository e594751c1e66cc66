package graph

import (
	"context"
	"time"

	"github.com/surehook/surehook/graph/model"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/pubsub"
)

// maxWait is how long sendTestEvent waits for the first attempt at most, in seconds: for as long as one can take, and a
// little for it to be recorded.
const maxWait = 65

func (r mutationResolver) SendTestEvent(
	ctx context.Context, input model.SendTestEventInput,
) (*model.SendTestEventPayload, error) {
	if input.WaitSeconds < 0 || input.WaitSeconds > maxWait {
		return &model.SendTestEventPayload{UserErrors: []problem.Problem{{
			Code: problem.Invalid, Message: "must be 0 to 65 seconds", Field: []string{"waitSeconds"},
		}}}, nil
	}

	// It has to be there before the attempt, which may be over in no time.
	feed := r.hub.Subscribe(func(c pubsub.Change) bool { return c.Webhook == input.WebhookID && !c.Attempt.IsZero() })
	defer feed.Close()

	sent, err := r.events.SendTest(ctx, scope(ctx), event.TestInput{
		WebhookID:  input.WebhookID,
		EventType:  input.EventType.Value(),
		SampleName: input.SampleName.Value(),
		Payload:    input.Payload.Value(),
	})

	refused, err := outcome(err)
	if err != nil || len(refused) > 0 {
		return &model.SendTestEventPayload{UserErrors: refused}, err
	}

	attempt, err := r.firstAttempt(ctx, feed, sent, time.Duration(input.WaitSeconds)*time.Second)
	if err != nil {
		return nil, err
	}

	underWay, err := load(ctx, loadersOf(ctx).deliveries, sent)

	return &model.SendTestEventPayload{Delivery: underWay, Attempt: attempt, UserErrors: refused}, err
}

// firstAttempt waits until an attempt of the delivery is recorded, and returns nil when that takes too long.
func (r mutationResolver) firstAttempt(
	ctx context.Context, feed *pubsub.Feed, of id.ID, wait time.Duration,
) (*delivery.Attempt, error) {
	if wait == 0 {
		return nil, nil
	}

	timeout := time.NewTimer(wait)
	defer timeout.Stop()

	for {
		select {
		case <-feed.Ready():
			feed.Take()
		case <-timeout.C:
			// A hint may have been lost, so there is one more look.
			wait = 0
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}

		found, err := r.deliveries.LastAttempts(ctx, []id.ID{of})
		if err != nil {
			return nil, err
		}

		if one, ok := found[of]; ok {
			return &one, nil
		}

		if wait == 0 {
			return nil, nil
		}
	}
}
