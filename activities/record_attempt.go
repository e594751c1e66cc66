package activities

import (
	"context"
	"fmt"

	"github.com/surehook/surehook/internal/delivery"
)

// RecordAttemptParams hold the attempt, without what must not be seen in Temporal: headers and bodies.
type RecordAttemptParams struct {
	Record delivery.Record
}

// RecordAttempt records an attempt that was made while the log could not be reached. Recording it again is harmless.
func (a *Activities) RecordAttempt(ctx context.Context, params RecordAttemptParams) error {
	if err := a.parts.Recorder.Record(ctx, params.Record); err != nil {
		return fmt.Errorf("record attempt: %w", err)
	}

	return nil
}
