package event

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/surehook/surehook/internal/id"
)

// operationalKeys are the idempotency keys of Surehook's own events. No organization can have one that begins so.
const operationalKeys = "surehook:"

// PublishOperational publishes an event of Surehook's own to an organization. The key makes it harmless to do it again.
func (s *Service) PublishOperational(
	ctx context.Context, organization id.ID, eventType, key string, data any,
) error {
	payload, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("write operational event: %w", err)
	}

	known, err := s.plan(ctx, organization, eventType)
	if err != nil {
		return err
	}

	key = operationalKeys + key
	event := id.New(id.Event)
	draft := &draftEvent{
		event: Event{
			ID: event, OrganizationID: organization, Type: eventType, Payload: payload, IdempotencyKey: &key,
			OccurredAt: event.Time(), CreatedAt: event.Time(),
		},
		fingerprint: fingerprint(Input{EventType: eventType}, nil),
		keyed:       true,
	}
	draft.deliveries = s.match(ctx, draft.event, draft.event.Facts(), known)

	_, err = s.commit(ctx, organization, []*draftEvent{draft})

	return err
}
