package graph

import (
	"context"

	"github.com/surehook/surehook/graph/model"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/explain"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/webhook"
)

func (r eventResolver) Decisions(
	ctx context.Context, obj *event.Event, first *int, after *string, last *int, before *string,
) (*model.MatchDecisionConnection, error) {
	args := page.Args{First: first, After: after, Last: last, Before: before}

	return connect(args, false, idOfDecision, func(q page.Query) (page.Page[explain.Decision], error) {
		return r.explanations.Decisions(ctx, scope(ctx), obj.ID, q)
	})
}

func (r matchDecisionResolver) Subscription(
	ctx context.Context, obj *explain.Decision,
) (*webhook.Subscription, error) {
	if obj.SubscriptionID == nil {
		return nil, nil
	}

	return load(ctx, loadersOf(ctx).subscriptions, *obj.SubscriptionID)
}

func (r matchDecisionResolver) Delivery(ctx context.Context, obj *explain.Decision) (*delivery.Delivery, error) {
	if obj.DeliveryID == nil {
		return nil, nil
	}

	return load(ctx, loadersOf(ctx).deliveries, *obj.DeliveryID)
}

func idOfDecision(d explain.Decision) id.ID { return d.Webhook.ID }
