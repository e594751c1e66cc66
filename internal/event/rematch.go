package event

import (
	"context"
	"fmt"
	"slices"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/id"
)

// Interest is a subscription, as far as it decides about events.
type Interest struct {
	SubscriptionID id.ID
	// EventType is a name or a pattern.
	EventType string

	filter, resourceIDs string
}

// Interests returns what a webhook wants to hear of now.
func (s *Service) Interests(ctx context.Context, webhook id.ID) ([]Interest, error) {
	rows, err := dbsqlc.New(s.pool).WebhookInterests(ctx, webhook.UUID())
	if err != nil {
		return nil, fmt.Errorf("load interests: %w", err)
	}

	out := make([]Interest, len(rows))
	for n, row := range rows {
		out[n] = Interest{
			SubscriptionID: id.Subscription.From(row.ID), EventType: row.EventType, filter: row.Filter,
			resourceIDs: row.ResourceIds,
		}
	}

	return out, nil
}

// Wants returns the subscription by which a webhook with these interests gets an event, and whether there is one: an
// exact type goes before a pattern, then the older.
func (s *Service) Wants(ctx context.Context, e Event, interests []Interest) (id.ID, bool) {
	facts := e.Facts()
	decides := func(one Interest) bool {
		return Listed(one.resourceIDs, e.ResourceIDs) && s.passes(ctx, one.SubscriptionID, one.filter, e, facts)
	}

	for _, one := range interests {
		if one.EventType == e.Type && decides(one) {
			return one.SubscriptionID, true
		}
	}

	patterns := eventtype.Patterns(e.Type)[1:]

	for _, one := range interests {
		if slices.Contains(patterns, one.EventType) && decides(one) {
			return one.SubscriptionID, true
		}
	}

	return id.ID{}, false
}

// Receivers returns the webhooks that would get an event if it were published now, with the subscriptions by which they
// would.
func (s *Service) Receivers(ctx context.Context, e Event) (map[id.ID]id.ID, error) {
	known, err := s.plan(ctx, e.OrganizationID, e.Type)
	if err != nil {
		return nil, err
	}

	out := make(map[id.ID]id.ID)

	for _, one := range s.match(ctx, e, e.Facts(), known) {
		if e.TargetWebhookIDs == nil || slices.Contains(e.TargetWebhookIDs, one.webhookID) {
			out[one.webhookID] = one.subscriptionID
		}
	}

	return out, nil
}
