package activities

import (
	"context"
	"fmt"

	"github.com/surehook/surehook/internal/retention"
)

// KeepRetentionResult counts what there was to do.
type KeepRetentionResult = retention.Result

// KeepRetention makes the parts of the log for the days to come, and drops those that are older than it is kept. It is
// harmless to repeat.
func (a *Activities) KeepRetention(ctx context.Context) (KeepRetentionResult, error) {
	stop := heartbeat(ctx)
	defer stop()

	out, err := a.parts.Retainer.Keep(ctx)
	if err != nil {
		return out, fmt.Errorf("keep retention: %w", err)
	}

	return out, nil
}
