package bulk

import (
	"context"
	"time"

	"github.com/surehook/surehook/internal/id"
)

// Run does steps of a job for about as long as it is told, or until the job is not running any more, and returns how
// the job stands then.
func (s *Service) Run(ctx context.Context, operation id.ID, about time.Duration) (Status, error) {
	enough := time.NewTimer(about)
	defer enough.Stop()

	for {
		now, wait, err := s.Step(ctx, operation)
		if err != nil || now.Status != Running {
			return now.Status, err
		}

		pause := time.NewTimer(wait)

		select {
		case <-enough.C:
			pause.Stop()

			return now.Status, nil
		case <-ctx.Done():
			pause.Stop()

			return now.Status, context.Cause(ctx)
		case <-pause.C:
		}
	}
}
