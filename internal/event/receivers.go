package event

import (
	"context"

	"github.com/surehook/surehook/internal/id"
)

// Receivers returns the webhooks that would get an event if it were published now, each with the subscription by which
// it would.
func (s *Service) Receivers(ctx context.Context, e Event) (map[id.ID]id.ID, error) {
	known, err := s.plan(ctx, e.OrganizationID, e.Type)
	if err != nil {
		return nil, err
	}

	out := make(map[id.ID]id.ID)
	for _, one := range s.match(ctx, e, e.Facts(), known) {
		out[one.webhookID] = one.subscriptionID
	}

	return out, nil
}
