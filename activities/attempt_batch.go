package activities

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/surehook/surehook/internal/attempt"
	"github.com/surehook/surehook/internal/id"
)

// AttemptBatchParams name the deliveries.
type AttemptBatchParams struct {
	DeliveryIDs []id.ID
}

// AttemptBatchResult counts how the attempts ended.
type AttemptBatchResult struct {
	// Succeeded is how many were accepted by their receivers.
	Succeeded int
	// Continued is how many go on in workflows of their own.
	Continued int
	// Stopped is how many need nothing more: they were canceled, are held, or have failed once more.
	Stopped int
}

// AttemptBatch makes the first attempts of many deliveries, side by side. What does not finish gets a workflow of its
// own at once, without waiting for slower ones. When it fails it may be repeated: what was recorded is not sent again.
func (a *Activities) AttemptBatch(ctx context.Context, params AttemptBatchParams) (*AttemptBatchResult, error) {
	ctx = context.WithoutCancel(ctx)

	var (
		all    sync.WaitGroup
		mu     sync.Mutex
		result AttemptBatchResult
		failed []error
	)

	for _, delivery := range params.DeliveryIDs {
		all.Go(func() {
			count, err := a.firstOf(ctx, delivery)

			mu.Lock()
			defer mu.Unlock()

			if err != nil {
				failed = append(failed, fmt.Errorf("%s: %w", delivery, err))

				return
			}

			*count(&result)++
		})
	}

	all.Wait()

	return &result, errors.Join(failed...)
}

func (a *Activities) firstOf(ctx context.Context, delivery id.ID) (func(*AttemptBatchResult) *int, error) {
	outcome, err := a.parts.Runner.Run(ctx, delivery)
	if errors.Is(err, attempt.ErrNoDelivery) {
		return stopped, nil
	}

	if err != nil {
		return nil, err
	}

	switch state := outcome.State; {
	case state == attempt.Succeeded:
		return succeeded, nil
	// That it failed is for its own workflow to show, but that has shown it already.
	case state == attempt.Canceled, state == attempt.Held, state == attempt.Failed && outcome.Again:
		return stopped, nil
	default:
		return continued, a.parts.Continuer.ContinueDelivery(ctx, outcome.Job, outcome.Record)
	}
}

func succeeded(r *AttemptBatchResult) *int { return &r.Succeeded }
func continued(r *AttemptBatchResult) *int { return &r.Continued }
func stopped(r *AttemptBatchResult) *int   { return &r.Stopped }
