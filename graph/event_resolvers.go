package graph

import (
	"context"
	"encoding/json"

	"github.com/surehook/surehook/graph/model"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/page"
)

func (r queryResolver) Event(ctx context.Context, id id.ID) (*event.Event, error) {
	return visible(ctx, scope(ctx), id, r.events.ByIDs, ownerOfEvent)
}

func (r mutationResolver) PublishEvent(
	ctx context.Context, input model.PublishEventInput,
) (*model.PublishEventPayload, error) {
	published, err := r.events.Publish(ctx, scope(ctx), input.OrganizationID, event.Input{
		EventType:      input.EventType,
		Payload:        input.Payload,
		OccurredAt:     input.OccurredAt.Value(),
		IdempotencyKey: input.IdempotencyKey.Value(),
		ResourceIDs:    input.ResourceIds.Value(),
		WebhookIDs:     input.WebhookIds.Value(),
	})
	refused, err := outcome(err)

	return &model.PublishEventPayload{
		Event:               unless(refused, published.Event),
		DerivedEvents:       published.Derived,
		Duplicate:           published.Duplicate,
		MatchedWebhookCount: published.MatchedWebhookCount,
		UserErrors:          refused,
	}, err
}

func (r mutationResolver) PublishEvents(
	ctx context.Context, input model.PublishEventsInput,
) (*model.PublishEventsPayload, error) {
	results, err := r.events.PublishMany(ctx, scope(ctx), input.OrganizationID, input.Events)

	refused, err := outcome(err)
	if err != nil {
		return nil, err
	}

	payload := model.PublishEventsPayload{Results: make([]model.PublishEventsResult, len(results)), UserErrors: refused}

	for n, one := range results {
		if payload.Results[n], err = publishEventsResult(one); err != nil {
			return nil, err
		}
	}

	return &payload, nil
}

func publishEventsResult(one event.Result) (model.PublishEventsResult, error) {
	refused, err := outcome(one.Err)

	return model.PublishEventsResult{
		Event:               unless(refused, one.Event),
		DerivedEvents:       one.Derived,
		Duplicate:           one.Duplicate,
		MatchedWebhookCount: one.MatchedWebhookCount,
		UserErrors:          refused,
	}, err
}

func (r mutationResolver) ReleaseQuarantinedEvent(
	ctx context.Context, input model.ReleaseQuarantinedEventInput,
) (*model.ReleaseQuarantinedEventPayload, error) {
	released, err := r.events.Release(ctx, scope(ctx), input.EventID, input.SkipValidation)
	refused, err := outcome(err)

	return &model.ReleaseQuarantinedEventPayload{
		Event:               unless(refused, released.Event),
		DerivedEvents:       released.Derived,
		MatchedWebhookCount: released.MatchedWebhookCount,
		UserErrors:          refused,
	}, err
}

func (r eventResolver) Organization(ctx context.Context, obj *event.Event) (*organization.Organization, error) {
	return load(ctx, loadersOf(ctx).organizations, obj.OrganizationID)
}

func (r eventResolver) Payload(ctx context.Context, obj *event.Event) (json.RawMessage, error) {
	if obj.Payload != nil {
		return obj.Payload, nil
	}

	whole, err := load(ctx, loadersOf(ctx).events, obj.ID)
	if err != nil || whole == nil {
		return nil, err
	}

	return whole.Payload, nil
}

func (r eventResolver) SourceEvent(ctx context.Context, obj *event.Event) (*event.Event, error) {
	if obj.SourceEventID == nil {
		return nil, nil
	}

	return load(ctx, loadersOf(ctx).events, *obj.SourceEventID)
}

func (r eventResolver) DerivedEvents(ctx context.Context, obj *event.Event) ([]event.Event, error) {
	return loadOr(ctx, loadersOf(ctx).derived, obj.ID, []event.Event{})
}

func (r eventResolver) Deliveries(
	ctx context.Context, obj *event.Event, first *int, after *string, last *int, before *string,
) (*model.DeliveryConnection, error) {
	args := page.Args{First: first, After: after, Last: last, Before: before}
	of := delivery.Filter{EventIDs: []id.ID{obj.ID}}

	return connect(args, false, deliveryID, func(q page.Query) (page.Page[delivery.Delivery], error) {
		return r.deliveries.List(ctx, scope(ctx), obj.OrganizationID, of, q)
	})
}

func ownerOfEvent(e event.Event) id.ID { return e.OrganizationID }
