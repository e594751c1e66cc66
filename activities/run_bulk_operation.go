package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	temporal_activity "go.temporal.io/sdk/activity"
	temporal_sdk "go.temporal.io/sdk/temporal"

	"github.com/surehook/surehook/internal/bulk"
	"github.com/surehook/surehook/internal/id"
)

// runBulkOperationFor is about how long one round takes: long enough that a workflow's history stays short.
const runBulkOperationFor = 30 * time.Second

// RunBulkOperationParams name the operation.
type RunBulkOperationParams struct {
	OperationID id.ID
}

// RunBulkOperationResult says how the operation stands after a round.
type RunBulkOperationResult struct {
	Status bulk.Status
}

// Unfinished tells whether another round is due.
func (r RunBulkOperationResult) Unfinished() bool { return r.Status == bulk.Running }

// RunBulkOperation works on an operation for a while. It is harmless to repeat, also while it is under way elsewhere.
func (a *Activities) RunBulkOperation(
	ctx context.Context, params RunBulkOperationParams,
) (RunBulkOperationResult, error) {
	stop := heartbeat(ctx)
	defer stop()

	enough, cancel := context.WithTimeout(ctx, runBulkOperationFor)
	defer cancel()

	// A worker that is stopping leaves the rest to others.
	stopping := temporal_activity.GetWorkerStopChannel(ctx)

	go func() {
		select {
		case <-stopping:
			cancel()
		case <-enough.Done():
		}
	}()

	status, err := a.parts.Operations.Run(ctx, params.OperationID, enough.Done())
	if errors.Is(err, bulk.ErrNoOperation) {
		return RunBulkOperationResult{}, temporal_sdk.NewNonRetryableApplicationError(err.Error(), TypeNoOperation, nil)
	}

	if err != nil {
		return RunBulkOperationResult{}, fmt.Errorf("run bulk operation: %w", err)
	}

	return RunBulkOperationResult{Status: status}, nil
}
