package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	temporal_activity "go.temporal.io/sdk/activity"
	temporal_sdk "go.temporal.io/sdk/temporal"

	"github.com/surehook/surehook/internal/attempt"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
)

// heartbeatEvery is well within the heartbeat timeout, by which Temporal notices that a worker is gone.
const heartbeatEvery = 3 * time.Second

// AttemptDeliveryParams name the delivery.
type AttemptDeliveryParams struct {
	DeliveryID id.ID
}

// AttemptDeliveryResult says how the delivery came to a good or a chosen end.
type AttemptDeliveryResult struct {
	State attempt.State
	// Unrecorded is an attempt that was made while the log could not be reached. It has to be recorded before anything
	// else is sent.
	Unrecorded *delivery.Record `json:",omitempty"`
}

// Delivered tells whether the receiver has accepted it, after which nothing can change any more.
func (r *AttemptDeliveryResult) Delivered() bool { return r.State == attempt.Succeeded }

// AttemptDelivery makes an attempt if one is due. When another is due later it fails with an error that carries the
// time to wait, so that Temporal's retry policy does the waiting; when none is left it fails for good, with an error
// that says what the last attempt ran into.
func (a *Activities) AttemptDelivery(
	ctx context.Context, params AttemptDeliveryParams,
) (*AttemptDeliveryResult, error) {
	stop := heartbeat(ctx)
	defer stop()

	// A request that is under way is finished whatever becomes of the workflow, because the receiver has it already. It
	// ends by itself: the webhook's timeout bounds it.
	outcome, err := a.parts.Runner.Run(context.WithoutCancel(ctx), params.DeliveryID)
	if errors.Is(err, attempt.ErrNoDelivery) {
		return nil, temporal_sdk.NewNonRetryableApplicationError(err.Error(), TypeNoDelivery, nil)
	}

	if err != nil {
		return nil, fmt.Errorf("attempt delivery: %w", err)
	}

	switch outcome.State {
	case attempt.Waiting:
		return nil, failure(outcome, TypeAttemptFailed, temporal_sdk.ApplicationErrorOptions{
			NextRetryDelay: max(outcome.Wait, time.Millisecond),
		})
	case attempt.Failed:
		return nil, failure(outcome, TypeDeliveryFailed, temporal_sdk.ApplicationErrorOptions{NonRetryable: true})
	default:
		return &AttemptDeliveryResult{State: outcome.State, Unrecorded: outcome.Record}, nil
	}
}

// failure says what an attempt ran into. It is a receiver's failure and not one of ours: Temporal's client need not log
// it, since the attempt's own line says more.
func failure(outcome attempt.Outcome, kind string, options temporal_sdk.ApplicationErrorOptions) error {
	options.Category = temporal_sdk.ApplicationErrorCategoryBenign

	return temporal_sdk.NewApplicationErrorWithOptions(outcome.Failure, kind, options)
}

// heartbeat tells Temporal that the activity is alive, until it is stopped. In a local activity it does nothing.
func heartbeat(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})

	go func() {
		defer close(done)

		tick := time.NewTicker(heartbeatEvery)
		defer tick.Stop()

		for {
			select {
			case <-tick.C:
				temporal_activity.RecordHeartbeat(ctx)
			case <-ctx.Done():
				return
			}
		}
	}()

	return func() {
		cancel()
		<-done
	}
}
