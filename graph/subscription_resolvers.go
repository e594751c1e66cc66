package graph

import (
	"context"

	"github.com/surehook/surehook/graph/model"
	"github.com/surehook/surehook/internal/optional"
	"github.com/surehook/surehook/internal/webhook"
)

// What is here is about WebhookSubscription, a webhook's interest in event types. GraphQL's own subscriptions are in
// live_resolvers.go.

func (r mutationResolver) CreateWebhookSubscription(
	ctx context.Context, input webhook.CreateSubscriptionInput,
) (*model.CreateWebhookSubscriptionPayload, error) {
	created, err := r.webhooks.CreateSubscription(ctx, scope(ctx), input)
	refused, err := outcome(err)

	return &model.CreateWebhookSubscriptionPayload{Subscription: unless(refused, created), UserErrors: refused}, err
}

func (r mutationResolver) UpdateWebhookSubscription(
	ctx context.Context, input model.UpdateWebhookSubscriptionInput,
) (*model.UpdateWebhookSubscriptionPayload, error) {
	updated, err := r.webhooks.UpdateSubscription(ctx, scope(ctx), webhook.UpdateSubscriptionInput{
		ID:           input.ID,
		EventType:    input.EventType.Value(),
		Filter:       optional.From(input.Filter.ValueOK()),
		ResourceIDs:  items(input.ResourceIds),
		PayloadQuery: optional.From(input.PayloadQuery.ValueOK()),
		Enabled:      input.Enabled.Value(),
	})
	refused, err := outcome(err)

	return &model.UpdateWebhookSubscriptionPayload{Subscription: unless(refused, updated), UserErrors: refused}, err
}

func (r mutationResolver) DeleteWebhookSubscription(
	ctx context.Context, input model.DeleteWebhookSubscriptionInput,
) (*model.DeleteWebhookSubscriptionPayload, error) {
	deleted, of, err := r.webhooks.DeleteSubscription(ctx, scope(ctx), input.ID)
	refused, err := outcome(err)

	return &model.DeleteWebhookSubscriptionPayload{
		DeletedID: unless(refused, deleted.ID), Webhook: unless(refused, of), UserErrors: refused,
	}, err
}

func (r webhookSubscriptionResolver) Webhook(
	ctx context.Context, obj *webhook.Subscription,
) (*webhook.Webhook, error) {
	return load(ctx, loadersOf(ctx).webhooks, obj.WebhookID)
}
