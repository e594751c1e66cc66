package graph

import (
	"context"
	"errors"

	"github.com/99designs/gqlgen/graphql"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/auth"
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
