package graph

import (
	"context"

	"github.com/surehook/surehook/graph/model"
	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/audit"
	"github.com/surehook/surehook/internal/auth"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/webhook"
)

func (r queryResolver) Viewer(ctx context.Context) (*auth.Principal, error) {
	return principal(ctx)
}

func (r queryResolver) Organization(ctx context.Context, id id.ID) (*organization.Organization, error) {
	return found(r.organizations.Get(ctx, scope(ctx), id))
}

func (r queryResolver) Organizations(
	ctx context.Context, first *int, after *string, last *int, before *string, filter *organization.Filter,
) (*model.OrganizationConnection, error) {
	args := page.Args{First: first, After: after, Last: last, Before: before}

	return connect(args, false, organizationID, func(q page.Query) (page.Page[organization.Organization], error) {
		return r.organizations.List(ctx, or(filter), q)
	})
}

func (r mutationResolver) CreateOrganization(
	ctx context.Context, input organization.CreateInput,
) (*model.CreateOrganizationPayload, error) {
	created, err := r.organizations.Create(ctx, input)
	refused, err := outcome(err)

	return &model.CreateOrganizationPayload{Organization: unless(refused, created), UserErrors: refused}, err
}

func (r mutationResolver) UpdateOrganization(
	ctx context.Context, input organization.UpdateInput,
) (*model.UpdateOrganizationPayload, error) {
	updated, err := r.organizations.Update(ctx, scope(ctx), input)
	refused, err := outcome(err)

	return &model.UpdateOrganizationPayload{Organization: unless(refused, updated), UserErrors: refused}, err
}

func (r viewerResolver) Organization(ctx context.Context, obj *auth.Principal) (*organization.Organization, error) {
	return organizationOfKey(ctx, obj.Key)
}

func (r mutationResolver) UpdateOrganizationLimits(
	ctx context.Context, input organization.LimitsInput,
) (*model.UpdateOrganizationLimitsPayload, error) {
	updated, err := r.organizations.UpdateLimits(ctx, input)
	refused, err := outcome(err)

	return &model.UpdateOrganizationLimitsPayload{Organization: unless(refused, updated), UserErrors: refused}, err
}

func (r organizationResolver) DeliveryCounts(
	ctx context.Context, obj *organization.Organization,
) (*delivery.Counts, error) {
	counts, err := r.deliveries.Counts(ctx, scope(ctx), obj.ID)

	return &counts, err
}

func (r organizationResolver) AuditLog(
	ctx context.Context, obj *organization.Organization, first *int, after *string, last *int, before *string,
) (*model.AuditEntryConnection, error) {
	args := page.Args{First: first, After: after, Last: last, Before: before}

	return connect(args, false, auditEntryID, func(q page.Query) (page.Page[audit.Entry], error) {
		return r.audit.List(ctx, scope(ctx), obj.ID, q)
	})
}

func (r organizationResolver) Webhooks(
	ctx context.Context, obj *organization.Organization, first *int, after *string, last *int, before *string,
	filter *webhook.Filter,
) (*model.WebhookConnection, error) {
	args := page.Args{First: first, After: after, Last: last, Before: before}

	return connect(args, false, webhookID, func(q page.Query) (page.Page[webhook.Webhook], error) {
		return r.webhooks.List(ctx, scope(ctx), obj.ID, or(filter), q)
	})
}

func (r organizationResolver) EventTypes(
	ctx context.Context, obj *organization.Organization, first *int, after *string, last *int, before *string,
	filter *model.EventTypeFilter,
) (*model.EventTypeConnection, error) {
	args := page.Args{First: first, After: after, Last: last, Before: before}
	wanted := eventtype.Filter{
		IncludeArchived: or(or(filter).IncludeArchived.Value()), Search: or(filter).Search.Value(),
	}

	return connect(args, false, eventTypeID, func(q page.Query) (page.Page[eventtype.EventType], error) {
		return r.types.List(ctx, scope(ctx), obj.ID, wanted, q)
	})
}

func (r organizationResolver) Events(
	ctx context.Context, obj *organization.Organization, first *int, after *string, last *int, before *string,
	filter *event.Filter, orderBy *model.EventOrder,
) (*model.EventConnection, error) {
	args := page.Args{First: first, After: after, Last: last, Before: before}
	ascending := or(orderBy).Direction == model.OrderDirectionAsc
	of := or(filter)

	// Events are for more eyes than the delivery log, which these two ask about.
	if of.WebhookIDs != nil || of.DeliveryStatuses != nil {
		if err := r.demand(ctx, model.WebhookPermissionView); err != nil {
			return nil, err
		}
	}

	return connect(args, ascending, eventID, func(q page.Query) (page.Page[event.Event], error) {
		return r.events.List(ctx, scope(ctx), obj.ID, of, q)
	})
}

func (r organizationResolver) Deliveries(
	ctx context.Context, obj *organization.Organization, first *int, after *string, last *int, before *string,
	filter *delivery.Filter, orderBy *model.DeliveryOrder,
) (*model.DeliveryConnection, error) {
	args := page.Args{First: first, After: after, Last: last, Before: before}
	ascending := or(orderBy).Direction == model.OrderDirectionAsc

	return connect(args, ascending, deliveryID, func(q page.Query) (page.Page[delivery.Delivery], error) {
		return r.deliveries.List(ctx, scope(ctx), obj.ID, or(filter), q)
	})
}

func (r organizationResolver) Attempts(
	ctx context.Context, obj *organization.Organization, first *int, after *string, last *int, before *string,
	filter *delivery.AttemptFilter, orderBy *model.DeliveryAttemptOrder,
) (*model.DeliveryAttemptConnection, error) {
	args := page.Args{First: first, After: after, Last: last, Before: before}
	ascending := or(orderBy).Direction == model.OrderDirectionAsc

	return connect(args, ascending, attemptID, func(q page.Query) (page.Page[delivery.Attempt], error) {
		return r.deliveries.ListAttempts(ctx, scope(ctx), obj.ID, or(filter), q)
	})
}

func (r organizationResolver) APIKeys(
	ctx context.Context, obj *organization.Organization, first *int, after *string, last *int, before *string,
) (*model.APIKeyConnection, error) {
	args := page.Args{First: first, After: after, Last: last, Before: before}

	return connect(args, false, apiKeyID, func(q page.Query) (page.Page[apikey.Key], error) {
		return r.keys.List(ctx, scope(ctx), obj.ID, q)
	})
}
