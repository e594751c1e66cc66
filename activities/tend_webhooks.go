package activities

import (
	"context"
	"fmt"

	"github.com/surehook/surehook/internal/upkeep"
)

// TendWebhooksResult counts what there was to do.
type TendWebhooksResult = upkeep.Result

// TendWebhooks takes webhooks out of use that keep failing, replaces secrets that are too old, and tells the owners. It
// is harmless to repeat.
func (a *Activities) TendWebhooks(ctx context.Context) (TendWebhooksResult, error) {
	out, err := a.parts.Tender.Tend(ctx)
	if err != nil {
		return out, fmt.Errorf("tend webhooks: %w", err)
	}

	return out, nil
}
