package graph

import (
	"context"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/surehook/surehook/graph/model"
	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/bulk"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/webhook"
)

func (r queryResolver) BulkOperation(ctx context.Context, id id.ID) (*bulk.Operation, error) {
	return found(r.bulk.Get(ctx, scope(ctx), id))
}

func (r organizationResolver) BulkOperations(
	ctx context.Context, obj *organization.Organization, first *int, after *string, last *int, before *string,
) (*model.BulkOperationConnection, error) {
	args := page.Args{First: first, After: after, Last: last, Before: before}

	return connect(args, false, bulkOperationID, func(q page.Query) (page.Page[bulk.Operation], error) {
		return r.bulk.List(ctx, scope(ctx), obj.ID, q)
	})
}

func (r mutationResolver) RetryDeliveries(
	ctx context.Context, input model.RetryDeliveriesInput,
) (*model.RetryDeliveriesPayload, error) {
	started, err := r.bulk.Retry(ctx, scope(ctx), bulk.RetryInput{
		OrganizationID: input.OrganizationID, Filter: or(input.Filter), Options: options(input.DryRun, input.MaxPerSecond),
	})
	refused, err := outcome(err)

	return &model.RetryDeliveriesPayload{
		BulkOperation: started.Operation, DryRun: started.DryRun, UserErrors: refused,
	}, err
}

func (r mutationResolver) RecoverWebhook(
	ctx context.Context, input model.RecoverWebhookInput,
) (*model.RecoverWebhookPayload, error) {
	started, err := r.bulk.Recover(ctx, scope(ctx), bulk.SpanInput{
		WebhookID: input.WebhookID, Since: input.Since, Until: input.Until.Value(),
		Options: options(input.DryRun, input.MaxPerSecond),
	})
	refused, err := outcome(err)

	return &model.RecoverWebhookPayload{
		BulkOperation: started.Operation, DryRun: started.DryRun, UserErrors: refused,
	}, err
}

func (r mutationResolver) ReplayMissing(
	ctx context.Context, input model.ReplayMissingInput,
) (*model.ReplayMissingPayload, error) {
	started, err := r.bulk.Missing(ctx, scope(ctx), bulk.SpanInput{
		WebhookID: input.WebhookID, Since: input.Since, Until: input.Until.Value(),
		Options: options(input.DryRun, input.MaxPerSecond),
	})
	refused, err := outcome(err)

	return &model.ReplayMissingPayload{
		BulkOperation: started.Operation, DryRun: started.DryRun, UserErrors: refused,
	}, err
}

func (r mutationResolver) ReplayEvent(
	ctx context.Context, input model.ReplayEventInput,
) (*model.ReplayEventPayload, error) {
	started, err := r.bulk.Replay(ctx, scope(ctx), bulk.ReplayInput{
		EventID: input.EventID, WebhookIDs: input.WebhookIds.Value(), Options: options(input.DryRun, input.MaxPerSecond),
	})
	refused, err := outcome(err)

	return &model.ReplayEventPayload{
		BulkOperation: started.Operation, DryRun: started.DryRun, UserErrors: refused,
	}, err
}

// options are what any bulk operation may be told.
func options(dryRun bool, maxPerSecond graphql.Omittable[*int]) bulk.Options {
	return bulk.Options{DryRun: dryRun, MaxPerSecond: maxPerSecond.Value()}
}

func (r mutationResolver) PauseBulkOperation(
	ctx context.Context, input model.PauseBulkOperationInput,
) (*model.PauseBulkOperationPayload, error) {
	paused, err := r.bulk.Pause(ctx, scope(ctx), input.ID)
	refused, err := outcome(err)

	return &model.PauseBulkOperationPayload{BulkOperation: unless(refused, paused), UserErrors: refused}, err
}

func (r mutationResolver) ResumeBulkOperation(
	ctx context.Context, input model.ResumeBulkOperationInput,
) (*model.ResumeBulkOperationPayload, error) {
	resumed, err := r.bulk.Resume(ctx, scope(ctx), input.ID)
	refused, err := outcome(err)

	return &model.ResumeBulkOperationPayload{BulkOperation: unless(refused, resumed), UserErrors: refused}, err
}

func (r mutationResolver) CancelBulkOperation(
	ctx context.Context, input model.CancelBulkOperationInput,
) (*model.CancelBulkOperationPayload, error) {
	canceled, err := r.bulk.Cancel(ctx, scope(ctx), input.ID)
	refused, err := outcome(err)

	return &model.CancelBulkOperationPayload{BulkOperation: unless(refused, canceled), UserErrors: refused}, err
}

func (r bulkOperationResolver) EstimatedCompletionAt(_ context.Context, obj *bulk.Operation) (*time.Time, error) {
	return obj.EstimatedCompletionAt(r.now()), nil
}

func (r bulkOperationResolver) Webhook(ctx context.Context, obj *bulk.Operation) (*webhook.Webhook, error) {
	if obj.WebhookID == nil {
		return nil, nil
	}

	return load(ctx, loadersOf(ctx).webhooks, *obj.WebhookID)
}

func (r bulkOperationResolver) Event(ctx context.Context, obj *bulk.Operation) (*event.Event, error) {
	if obj.EventID == nil {
		return nil, nil
	}

	return load(ctx, loadersOf(ctx).events, *obj.EventID)
}

// RequestedBy hides keys from those who may not list them, and an operator's from tenants.
func (r bulkOperationResolver) RequestedBy(ctx context.Context, obj *bulk.Operation) (*apikey.Key, error) {
	who, err := principal(ctx)
	if err != nil || obj.APIKeyID == nil || !who.Is(apikey.Operator, apikey.Admin) {
		return nil, err
	}

	key, err := load(ctx, loadersOf(ctx).keys, *obj.APIKeyID)
	if err != nil || key == nil || key.OrganizationID == nil && !who.Is(apikey.Operator) {
		return nil, err
	}

	return key, nil
}

func (r deliveryResolver) ReplayOf(ctx context.Context, obj *delivery.Delivery) (*delivery.Delivery, error) {
	if obj.ReplayOfID == nil {
		return nil, nil
	}

	return load(ctx, loadersOf(ctx).deliveries, *obj.ReplayOfID)
}

func (r deliveryResolver) BulkOperation(ctx context.Context, obj *delivery.Delivery) (*bulk.Operation, error) {
	if obj.OperationID == nil {
		return nil, nil
	}

	return load(ctx, loadersOf(ctx).operations, *obj.OperationID)
}
