package graph

import (
	"context"
	"slices"

	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/pubsub"
)

func (r subscriptionResolver) DeliveryUpdated(
	ctx context.Context, organizationID id.ID, webhookID, eventID *id.ID, statuses []delivery.Status,
) (<-chan *delivery.Delivery, error) {
	if _, err := r.organizations.Get(ctx, scope(ctx), organizationID); err != nil {
		return nil, err
	}

	return stream(ctx, r.resolver,
		func(c pubsub.Change) bool {
			return c.Organization == organizationID && is(webhookID, c.Webhook) && is(eventID, c.Event)
		},
		func(c pubsub.Change) id.ID { return c.Delivery },
		r.deliveries.ByIDs,
		func(d delivery.Delivery) bool { return statuses == nil || slices.Contains(statuses, d.Status) },
	), nil
}

func (r subscriptionResolver) DeliveryAttemptRecorded(
	ctx context.Context, organizationID id.ID, webhookID, deliveryID *id.ID,
) (<-chan *delivery.Attempt, error) {
	if _, err := r.organizations.Get(ctx, scope(ctx), organizationID); err != nil {
		return nil, err
	}

	return stream(ctx, r.resolver,
		func(c pubsub.Change) bool {
			return c.Organization == organizationID && is(webhookID, c.Webhook) && is(deliveryID, c.Delivery) &&
				!c.Attempt.IsZero()
		},
		func(c pubsub.Change) id.ID { return c.Attempt },
		r.deliveries.AttemptsByIDs,
		func(delivery.Attempt) bool { return true },
	), nil
}

// is tells whether a value is the one wanted, if one is.
func is(wanted *id.ID, value id.ID) bool { return wanted == nil || *wanted == value }
