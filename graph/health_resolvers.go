package graph

import (
	"context"
	"time"

	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/webhook"
)

// What is here says how a webhook fares. One that was never attempted has no activity.

func (r webhookResolver) LastAttemptAt(ctx context.Context, obj *webhook.Webhook) (*time.Time, error) {
	activity, err := load(ctx, loadersOf(ctx).activities, obj.ID)
	if activity == nil {
		return nil, err
	}

	return &activity.LastAttemptAt, nil
}

func (r webhookResolver) LastAttemptStatus(
	ctx context.Context, obj *webhook.Webhook,
) (*delivery.AttemptStatus, error) {
	activity, err := load(ctx, loadersOf(ctx).activities, obj.ID)
	if activity == nil {
		return nil, err
	}

	return new(delivery.AttemptStatus(activity.LastAttemptStatus)), nil
}

func (r webhookResolver) SuccessRate(ctx context.Context, obj *webhook.Webhook) (*float64, error) {
	activity, err := loadOr(ctx, loadersOf(ctx).activities, obj.ID, webhook.Activity{})

	return activity.SuccessRate(), err
}

func (r webhookResolver) ConsecutiveFailures(ctx context.Context, obj *webhook.Webhook) (int, error) {
	activity, err := loadOr(ctx, loadersOf(ctx).activities, obj.ID, webhook.Activity{})

	return activity.ConsecutiveFailures, err
}

func (r webhookResolver) FailingSince(ctx context.Context, obj *webhook.Webhook) (*time.Time, error) {
	activity, err := loadOr(ctx, loadersOf(ctx).activities, obj.ID, webhook.Activity{})

	return activity.FailingSince, err
}
