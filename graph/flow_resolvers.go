package graph

import (
	"context"
	"time"

	"github.com/surehook/surehook/graph/model"
	"github.com/surehook/surehook/internal/flow"
	"github.com/surehook/surehook/internal/webhook"
)

func (r mutationResolver) EnableWebhook(
	ctx context.Context, input model.EnableWebhookInput,
) (*model.EnableWebhookPayload, error) {
	enabled, released, err := r.webhooks.Enable(ctx, scope(ctx), input.ID, input.MaxPerSecond.Value())
	refused, err := outcome(err)

	return &model.EnableWebhookPayload{
		Webhook: unless(refused, enabled), ReleasedDeliveryCount: released, UserErrors: refused,
	}, err
}

func (r mutationResolver) DisableWebhook(
	ctx context.Context, input model.DisableWebhookInput,
) (*model.DisableWebhookPayload, error) {
	disabled, err := r.webhooks.Disable(ctx, scope(ctx), input.ID)
	refused, err := outcome(err)

	return &model.DisableWebhookPayload{Webhook: unless(refused, disabled), UserErrors: refused}, err
}

func (r mutationResolver) PauseWebhook(
	ctx context.Context, input model.PauseWebhookInput,
) (*model.PauseWebhookPayload, error) {
	paused, err := r.webhooks.Pause(ctx, scope(ctx), input.ID)
	refused, err := outcome(err)

	return &model.PauseWebhookPayload{Webhook: unless(refused, paused), UserErrors: refused}, err
}

func (r mutationResolver) ResumeWebhook(
	ctx context.Context, input model.ResumeWebhookInput,
) (*model.ResumeWebhookPayload, error) {
	resumed, released, err := r.webhooks.Resume(ctx, scope(ctx), input.ID, input.MaxPerSecond.Value())
	refused, err := outcome(err)

	return &model.ResumeWebhookPayload{
		Webhook: unless(refused, resumed), ReleasedDeliveryCount: released, UserErrors: refused,
	}, err
}

func (r mutationResolver) DropHeldDeliveries(
	ctx context.Context, input model.DropHeldDeliveriesInput,
) (*model.DropHeldDeliveriesPayload, error) {
	of, dropped, err := r.webhooks.DropHeld(ctx, scope(ctx), input.WebhookID)
	refused, err := outcome(err)

	return &model.DropHeldDeliveriesPayload{
		Webhook: unless(refused, of), DroppedDeliveryCount: dropped, UserErrors: refused,
	}, err
}

func (r webhookResolver) Holding(ctx context.Context, obj *webhook.Webhook) (*flow.Holding, error) {
	gate, err := loadOr(ctx, loadersOf(ctx).gates, obj.ID, flow.Gate{})
	if err != nil {
		return nil, err
	}

	return flow.HoldingOf(*obj, gate), nil
}

func (r webhookResolver) HeldDeliveryCount(ctx context.Context, obj *webhook.Webhook) (int, error) {
	held, err := loadOr(ctx, loadersOf(ctx).backlogs, obj.ID, flow.Backlog{})

	return held.Count, err
}

func (r webhookResolver) OldestHeldDeliveryAt(ctx context.Context, obj *webhook.Webhook) (*time.Time, error) {
	held, err := load(ctx, loadersOf(ctx).backlogs, obj.ID)
	if err != nil || held == nil {
		return nil, err
	}

	return &held.OldestAt, nil
}
