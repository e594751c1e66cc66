package graph

import (
	"context"
	"encoding/base64"
	"net/url"
	"time"
	"unicode/utf8"

	"github.com/surehook/surehook/graph/model"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/webhook"
)

func (r queryResolver) Delivery(ctx context.Context, id id.ID) (*delivery.Delivery, error) {
	return found(r.deliveries.Get(ctx, scope(ctx), id))
}

func (r mutationResolver) RetryDelivery(
	ctx context.Context, input model.RetryDeliveryInput,
) (*model.RetryDeliveryPayload, error) {
	underWay, err := r.deliveries.Retry(ctx, scope(ctx), input.DeliveryID)
	refused, err := outcome(err)

	return &model.RetryDeliveryPayload{Delivery: unless(refused, underWay), UserErrors: refused}, err
}

func (r mutationResolver) CancelDelivery(
	ctx context.Context, input model.CancelDeliveryInput,
) (*model.CancelDeliveryPayload, error) {
	canceled, err := r.deliveries.Cancel(ctx, scope(ctx), input.DeliveryID)
	refused, err := outcome(err)

	return &model.CancelDeliveryPayload{Delivery: unless(refused, canceled), UserErrors: refused}, err
}

func (r mutationResolver) PostponeDelivery(
	ctx context.Context, input model.PostponeDeliveryInput,
) (*model.PostponeDeliveryPayload, error) {
	postponed, err := r.deliveries.Postpone(ctx, scope(ctx), input.DeliveryID, input.Until)
	refused, err := outcome(err)

	return &model.PostponeDeliveryPayload{Delivery: unless(refused, postponed), UserErrors: refused}, err
}

func (r deliveryResolver) Event(ctx context.Context, obj *delivery.Delivery) (*event.Event, error) {
	return load(ctx, loadersOf(ctx).events, obj.EventID)
}

func (r deliveryResolver) Webhook(ctx context.Context, obj *delivery.Delivery) (*webhook.Webhook, error) {
	return load(ctx, loadersOf(ctx).webhooks, obj.WebhookID)
}

func (r deliveryResolver) Subscription(
	ctx context.Context, obj *delivery.Delivery,
) (*webhook.Subscription, error) {
	if obj.SubscriptionID == nil {
		return nil, nil
	}

	return load(ctx, loadersOf(ctx).subscriptions, *obj.SubscriptionID)
}

func (r deliveryResolver) NextAttemptAt(_ context.Context, obj *delivery.Delivery) (*time.Time, error) {
	return obj.NextAttemptAt(r.now()), nil
}

func (r deliveryResolver) LastAttempt(ctx context.Context, obj *delivery.Delivery) (*delivery.Attempt, error) {
	return load(ctx, loadersOf(ctx).lastAttempts, obj.ID)
}

func (r deliveryResolver) TemporalURL(_ context.Context, obj *delivery.Delivery) (*string, error) {
	if r.workflows == "" {
		return nil, nil
	}

	return new(r.workflows + url.PathEscape(obj.WorkflowID)), nil
}

func (r deliveryResolver) Attempts(
	ctx context.Context, obj *delivery.Delivery, first *int, after *string, last *int, before *string,
) (*model.DeliveryAttemptConnection, error) {
	args := page.Args{First: first, After: after, Last: last, Before: before}
	of := delivery.AttemptFilter{DeliveryIDs: []id.ID{obj.ID}}

	return connect(args, false, attemptID, func(q page.Query) (page.Page[delivery.Attempt], error) {
		return r.deliveries.ListAttempts(ctx, scope(ctx), obj.OrganizationID, of, q)
	})
}

func (r deliveryAttemptResolver) Delivery(
	ctx context.Context, obj *delivery.Attempt,
) (*delivery.Delivery, error) {
	return load(ctx, loadersOf(ctx).deliveries, obj.DeliveryID)
}

func (r deliveryResolver) Stage(_ context.Context, obj *delivery.Delivery) (delivery.Stage, error) {
	return obj.Stage(r.now()), nil
}

func (r deliveryResolver) StageName(ctx context.Context, obj *delivery.Delivery) (string, error) {
	of, err := load(ctx, loadersOf(ctx).profiles, obj.OrganizationID)
	if err != nil {
		return "", err
	}

	return of.Statuses[string(obj.Stage(r.now()))], nil
}

// Request returns the attempt itself: its request is part of it.
func (r deliveryAttemptResolver) Request(_ context.Context, obj *delivery.Attempt) (*delivery.Attempt, error) {
	return obj, nil
}

func (r httpRequestRecordResolver) Body(ctx context.Context, obj *delivery.Attempt) (string, error) {
	// It was never made for this attempt, and perhaps for a later one.
	if obj.Error != nil && obj.Error.Code == delivery.ErrorRender {
		return "", nil
	}

	content, err := loadOr(ctx, loadersOf(ctx).contents, obj.DeliveryID, delivery.Content{})

	return string(content.Body), err
}

func (r httpResponseRecordResolver) Body(_ context.Context, obj *delivery.Response) (string, error) {
	if text := whole(obj); utf8.Valid(text) {
		return string(text), nil
	}

	return base64.StdEncoding.EncodeToString(obj.Body), nil
}

func (r httpResponseRecordResolver) BodyEncoding(
	_ context.Context, obj *delivery.Response,
) (model.BodyEncoding, error) {
	if utf8.Valid(whole(obj)) {
		return model.BodyEncodingUTF8, nil
	}

	return model.BodyEncodingBase64, nil
}

// whole returns the body without the piece of a character that cutting it off may have left at its end.
func whole(response *delivery.Response) []byte {
	body := response.Body
	if !response.Truncated {
		return body
	}

	for n := len(body) - 1; n >= 0 && n > len(body)-utf8.UTFMax; n-- {
		if !utf8.RuneStart(body[n]) {
			continue
		}

		if !utf8.FullRune(body[n:]) {
			return body[:n]
		}

		break
	}

	return body
}

func ownerOfAttempt(a delivery.Attempt) id.ID { return a.OrganizationID }
