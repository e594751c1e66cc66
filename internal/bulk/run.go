package bulk

import (
	"context"
	"time"

	"github.com/surehook/surehook/internal/id"
)

// Run does steps of a job until the job is not running any more, or enough is closed, and returns how the job stands
// then. A step that is under way is finished. A nil channel is never enough.
func (s *Service) Run(ctx context.Context, operation id.ID, enough <-chan struct{}) (Status, error) {
	for {
		now, wait, err := s.Step(ctx, operation)
		if err != nil || now.Status != Running {
			return now.Status, err
		}

		pause := time.NewTimer(wait)

		select {
		case <-enough:
			pause.Stop()

			return now.Status, nil
		case <-ctx.Done():
			pause.Stop()

			return now.Status, context.Cause(ctx)
		case <-pause.C:
		}
	}
}
