package graph

import (
	"context"
	"errors"

	"github.com/99designs/gqlgen/graphql"

	"github.com/surehook/surehook/graph/model"
	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/auth"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/tenant"
)

// hasRole is the directive of that name: it lets callers with one of the roles pass.
func hasRole(ctx context.Context, _ any, next graphql.Resolver, anyOf []apikey.Role) (any, error) {
	who, err := principal(ctx)
	if err != nil {
		return nil, err
	}

	if !who.Is(anyOf...) {
		return nil, requestError{codeForbidden, "the role " + string(who.Role()) + " may not use this"}
	}

	return next(ctx)
}

// webhookRole is the directive of that name: it lets callers pass whose role is one that their organization names. They
// have to pass hasRole as well, which holds for all organizations.
func (r *resolver) webhookRole(
	ctx context.Context, _ any, next graphql.Resolver, to model.WebhookPermission,
) (any, error) {
	if err := r.demand(ctx, to); err != nil {
		return nil, err
	}

	return next(ctx)
}

// demand refuses callers who may not do something with webhooks.
func (r *resolver) demand(ctx context.Context, to model.WebhookPermission) error {
	allowed, err := r.allows(ctx, to)
	if err == nil && !allowed {
		err = requestError{codeForbidden, "the organization lets only some roles do this, and this key has another"}
	}

	return err
}

// allows tells whether the caller may do something with webhooks.
func (r *resolver) allows(ctx context.Context, to model.WebhookPermission) (bool, error) {
	who, err := principal(ctx)
	if err != nil || who.Key.OrganizationID == nil {
		return err == nil && who.Is(apikey.Operator), err
	}

	of, err := r.settingsOf(ctx, *who.Key.OrganizationID)
	if err != nil {
		return false, err
	}

	// Who manages webhooks sees them, too.
	return who.Is(of.ManageRoles...) || to == model.WebhookPermissionView && who.Is(of.ViewRoles...), nil
}

// settingsOf returns an organization. The root of a subscription has no loaders.
func (r *resolver) settingsOf(ctx context.Context, of id.ID) (organization.Organization, error) {
	if known, ok := ctx.Value(loadersKey{}).(*loaders); ok {
		return known.organizations.Load(ctx, of)
	}

	return r.organizations.Get(ctx, tenant.Of(of), of)
}

// anyRole is the directive of that name: it lets every caller pass that is known.
func anyRole(ctx context.Context, _ any, next graphql.Resolver) (any, error) {
	if _, err := principal(ctx); err != nil {
		return nil, err
	}

	return next(ctx)
}

// principal returns who is asking.
func principal(ctx context.Context) (*auth.Principal, error) {
	if who, ok := auth.From(ctx); ok {
		return &who, nil
	}

	switch problem := auth.Problem(ctx); {
	case problem == nil:
		return nil, requestError{codeUnauthenticated, "an API key is needed: Authorization: Bearer <token>"}
	case errors.Is(problem, apikey.ErrUnauthenticated):
		return nil, requestError{codeUnauthenticated, problem.Error()}
	default:
		return nil, problem
	}
}

// scope returns whose things the caller may touch: nobody's when the caller is not known.
func scope(ctx context.Context) tenant.Scope {
	who, _ := auth.From(ctx)

	return who.Scope()
}
