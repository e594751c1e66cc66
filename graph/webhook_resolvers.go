package graph

import (
	"context"
	"slices"

	"github.com/surehook/surehook/graph/model"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/optional"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/signing"
	"github.com/surehook/surehook/internal/webhook"
)

// masked stands in for a value that is a secret.
const masked = "***"

func (r queryResolver) Webhook(ctx context.Context, id id.ID) (*webhook.Webhook, error) {
	return found(r.webhooks.Get(ctx, scope(ctx), id))
}

func (r mutationResolver) CreateWebhook(
	ctx context.Context, input model.CreateWebhookInput,
) (*model.CreateWebhookPayload, error) {
	created, err := r.webhooks.Create(ctx, scope(ctx), webhook.CreateInput{
		OrganizationID: input.OrganizationID,
		Name:           input.Name,
		Description:    input.Description.Value(),
		URL:            input.URL,
		CustomHeaders:  input.CustomHeaders.Value(),
		Recipe:         input.Recipe.Value(),
		Settings:       settingsChanges(input.Settings.Value()),
		Auth:           input.Auth.Value(),
		EventTypes:     input.EventTypes.Value(),
		Subscriptions:  input.Subscriptions.Value(),
		Enabled:        input.Enabled,
		SigningSecret:  input.SigningSecret.Value(),
	})
	refused, err := outcome(err)

	return &model.CreateWebhookPayload{
		Webhook: unless(refused, created.Webhook), SigningSecret: shown(created.Secret), UserErrors: refused,
	}, err
}

// shown returns a new secret in clear, if there is one.
func shown(secret signing.Secret) *string {
	if secret.IsZero() {
		return nil
	}

	return new(secret.Reveal())
}

func (r mutationResolver) UpdateWebhook(
	ctx context.Context, input model.UpdateWebhookInput,
) (*model.UpdateWebhookPayload, error) {
	updated, err := r.webhooks.Update(ctx, scope(ctx), webhook.UpdateInput{
		ID:            input.ID,
		Name:          input.Name.Value(),
		Description:   optional.From(input.Description.ValueOK()),
		URL:           input.URL.Value(),
		CustomHeaders: items(input.CustomHeaders),
		Settings:      settingsChanges(input.Settings.Value()),
		Auth:          optional.From(input.Auth.ValueOK()),
	})
	refused, err := outcome(err)

	return &model.UpdateWebhookPayload{Webhook: unless(refused, updated), UserErrors: refused}, err
}

func (r mutationResolver) DeleteWebhook(
	ctx context.Context, input model.DeleteWebhookInput,
) (*model.DeleteWebhookPayload, error) {
	deleted, canceled, err := r.webhooks.Delete(ctx, scope(ctx), input.ID)
	refused, err := outcome(err)

	return &model.DeleteWebhookPayload{
		Webhook: unless(refused, deleted), CanceledDeliveryCount: canceled, UserErrors: refused,
	}, err
}

func (r mutationResolver) RevealWebhookSecret(
	ctx context.Context, input model.RevealWebhookSecretInput,
) (*model.RevealWebhookSecretPayload, error) {
	secret, value, err := r.webhooks.Reveal(ctx, scope(ctx), input.WebhookID, input.SecretID.Value())
	payload := model.RevealWebhookSecretPayload{}

	if payload.UserErrors, err = outcome(err); err == nil && len(payload.UserErrors) == 0 {
		payload.Secret, payload.Value = &secret, &value
	}

	return &payload, err
}

func (r mutationResolver) RotateWebhookSecret(
	ctx context.Context, input webhook.RotateInput,
) (*model.RotateWebhookSecretPayload, error) {
	rotated, err := r.webhooks.Rotate(ctx, scope(ctx), input)
	refused, err := outcome(err)

	return &model.RotateWebhookSecretPayload{
		Webhook: unless(refused, rotated.Webhook), SigningSecret: shown(rotated.Secret), UserErrors: refused,
	}, err
}

func (r webhookResolver) Organization(ctx context.Context, obj *webhook.Webhook) (*organization.Organization, error) {
	return load(ctx, loadersOf(ctx).organizations, obj.OrganizationID)
}

// CustomHeaders shows the names only.
func (r webhookResolver) CustomHeaders(_ context.Context, obj *webhook.Webhook) ([]delivery.Header, error) {
	out := make([]delivery.Header, len(obj.HeaderNames))
	for n, name := range obj.HeaderNames {
		out[n] = delivery.Header{Name: name, Value: masked}
	}

	return out, nil
}

func (r webhookResolver) Secrets(ctx context.Context, obj *webhook.Webhook) ([]webhook.Secret, error) {
	return loadOr(ctx, loadersOf(ctx).secrets, obj.ID, []webhook.Secret{})
}

func (r webhookResolver) EventTypes(ctx context.Context, obj *webhook.Webhook) ([]string, error) {
	return loadOr(ctx, loadersOf(ctx).subscribed, obj.ID, []string{})
}

func (r webhookResolver) Subscriptions(
	ctx context.Context, obj *webhook.Webhook, first *int, after *string, last *int, before *string,
) (*model.WebhookSubscriptionConnection, error) {
	args := page.Args{First: first, After: after, Last: last, Before: before}

	return connect(args, false, subscriptionID, func(q page.Query) (page.Page[webhook.Subscription], error) {
		return r.webhooks.ListSubscriptions(ctx, obj.ID, q)
	})
}

// Deliveries takes a filter on webhooks like any other list of deliveries; others than this one are not in the list.
func (r webhookResolver) Deliveries(
	ctx context.Context, obj *webhook.Webhook, first *int, after *string, last *int, before *string,
	filter *delivery.Filter, orderBy *model.DeliveryOrder,
) (*model.DeliveryConnection, error) {
	args := page.Args{First: first, After: after, Last: last, Before: before}
	ascending := or(orderBy).Direction == model.OrderDirectionAsc
	of := onlyWebhook(or(filter), obj.ID)

	return connect(args, ascending, deliveryID, func(q page.Query) (page.Page[delivery.Delivery], error) {
		return r.deliveries.List(ctx, scope(ctx), obj.OrganizationID, of, q)
	})
}

func onlyWebhook(filter delivery.Filter, webhook id.ID) delivery.Filter {
	wanted := filter.WebhookIDs
	filter.WebhookIDs = []id.ID{}

	if wanted == nil || slices.Contains(wanted, webhook) {
		filter.WebhookIDs = []id.ID{webhook}
	}

	return filter
}
