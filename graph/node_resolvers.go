package graph

import (
	"context"
	"slices"

	"github.com/surehook/surehook/graph/model"
	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/webhook"
)

// Node finds anything by its id. There is a case for every type that implements Node; a test walks the schema for it.
func (r queryResolver) Node(ctx context.Context, key id.ID) (model.Node, error) {
	// The schema guards the fields that lead to webhooks; node is open to more roles.
	if slices.Contains([]id.Kind{id.Attempt, id.BulkOperation, id.Delivery, id.Subscription, id.Webhook}, key.Kind()) {
		if allowed, err := r.allows(ctx, model.WebhookPermissionView); !allowed {
			return nil, err
		}
	}

	switch key.Kind() {
	case id.APIKey:
		return node(r.apiKey(ctx, key))
	case id.Attempt:
		return node(visible(ctx, scope(ctx), key, r.deliveries.AttemptsByIDs, ownerOfAttempt))
	case id.BulkOperation:
		return node(r.BulkOperation(ctx, key))
	case id.Delivery:
		return node(r.Delivery(ctx, key))
	case id.Event:
		return node(r.Event(ctx, key))
	case id.EventType:
		return node(found(r.types.Get(ctx, scope(ctx), key)))
	case id.Organization:
		return node(r.Organization(ctx, key))
	case id.Subscription:
		return node(visible(ctx, scope(ctx), key, r.webhooks.SubscriptionsByID, ownerOfSubscription))
	case id.Webhook:
		return node(r.Webhook(ctx, key))
	default:
		return nil, nil
	}
}

// apiKey finds a key for those who may see keys. The schema guards the list of keys, but node is open to more roles.
func (r queryResolver) apiKey(ctx context.Context, key id.ID) (*apikey.Key, error) {
	if who, err := principal(ctx); err != nil || !who.Is(apikey.Operator, apikey.Admin) {
		return nil, err
	}

	return found(r.keys.Get(ctx, scope(ctx), key))
}

// node keeps a nil pointer from becoming something.
func node[T any](one *T, err error) (model.Node, error) {
	if one == nil {
		return nil, err
	}

	return one, err
}

func ownerOfSubscription(s webhook.Subscription) id.ID { return s.OrganizationID }
