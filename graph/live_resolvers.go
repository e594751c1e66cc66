package graph

import (
	"context"
	"slices"

	"github.com/surehook/surehook/internal/bulk"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/pubsub"
	"github.com/surehook/surehook/internal/webhook"
)

func (r subscriptionResolver) DeliveryUpdated(
	ctx context.Context, organizationID id.ID, webhookID, eventID *id.ID, statuses []delivery.Status,
) (<-chan *delivery.Delivery, error) {
	if _, err := r.organizations.Get(ctx, scope(ctx), organizationID); err != nil {
		return nil, err
	}

	return stream(ctx, r.resolver,
		func(c pubsub.Change) bool {
			return c.Organization == organizationID && is(webhookID, c.Webhook) && is(eventID, c.Event) &&
				!c.Delivery.IsZero()
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
		everything[delivery.Attempt],
	), nil
}

// EventPublished is for all who may see events, whether they may see webhooks or not.
func (r subscriptionResolver) EventPublished(
	ctx context.Context, organizationID id.ID, eventTypes []string,
) (<-chan *event.Event, error) {
	if _, err := r.organizations.Get(ctx, scope(ctx), organizationID); err != nil {
		return nil, err
	}

	return source[event.Event]{
		filter: func(c pubsub.Change) bool { return c.Organization == organizationID && c.Published },
		about:  func(c pubsub.Change) id.ID { return c.Event },
		// Payloads are large; who wants them gets them one by one.
		load: r.events.Heads,
		wanted: func(e event.Event) bool {
			return eventTypes == nil || slices.ContainsFunc(eventtype.Patterns(e.Type), func(pattern string) bool {
				return slices.Contains(eventTypes, pattern)
			})
		},
	}.stream(ctx, r.resolver), nil
}

func (r subscriptionResolver) WebhookUpdated(
	ctx context.Context, organizationID id.ID, webhookID *id.ID,
) (<-chan *webhook.Webhook, error) {
	if _, err := r.organizations.Get(ctx, scope(ctx), organizationID); err != nil {
		return nil, err
	}

	return stream(ctx, r.resolver,
		func(c pubsub.Change) bool {
			// One that says more is about a delivery.
			itself := pubsub.Change{Organization: organizationID, Webhook: c.Webhook}

			return c == itself && !c.Webhook.IsZero() && is(webhookID, c.Webhook)
		},
		func(c pubsub.Change) id.ID { return c.Webhook },
		r.webhooks.ByIDs,
		everything[webhook.Webhook],
	), nil
}

func (r subscriptionResolver) BulkOperationUpdated(
	ctx context.Context, operation id.ID,
) (<-chan *bulk.Operation, error) {
	if _, err := r.bulk.Get(ctx, scope(ctx), operation); err != nil {
		return nil, err
	}

	return stream(ctx, r.resolver,
		func(c pubsub.Change) bool { return c.Operation == operation },
		func(c pubsub.Change) id.ID { return c.Operation },
		r.bulk.ByIDs,
		everything[bulk.Operation],
	), nil
}

// is tells whether a value is the one wanted, if one is.
func is(wanted *id.ID, value id.ID) bool { return wanted == nil || *wanted == value }
