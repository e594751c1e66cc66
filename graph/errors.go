package graph

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/problem"
)

// What extensions.code of an error can be, besides what gqlgen says about a malformed document, one that is too complex
// and a persisted query that is not there.
const (
	codeBadRequest      = "BAD_REQUEST"
	codeDepthLimit      = "DEPTH_LIMIT_EXCEEDED"
	codeForbidden       = "FORBIDDEN"
	codeInternal        = "INTERNAL"
	codeNotFound        = "NOT_FOUND"
	codeRateLimited     = "RATE_LIMITED"
	codeUnauthenticated = "UNAUTHENTICATED"
)

// internalMessage is all that a caller gets to know about what went wrong on our side.
const internalMessage = "internal error; its details are in the server's log under the request id"

// requestError is what a request did wrong.
type requestError struct{ code, message string }

func (e requestError) Error() string { return e.message }

// graphQL returns the error as it is shown, for the places that no presenter gets to see.
func (e requestError) graphQL(ctx context.Context) *gqlerror.Error {
	return &gqlerror.Error{
		Message: e.message, Extensions: map[string]any{"code": e.code, "requestId": requestOf(ctx).id},
	}
}

// presenter decides what callers see of an error. What it does not know is written to the log and not shown.
type presenter struct{ log *slog.Logger }

// present changes the error in place where it is GraphQL's already, because the websocket transport shows some of those
// that it handed in rather than those that it got back.
func (p presenter) present(ctx context.Context, err error) *gqlerror.Error {
	shown, ok := errors.AsType[*gqlerror.Error](err)
	if !ok {
		shown = gqlerror.WrapPath(graphql.GetPath(ctx), err)
	}

	if shown.Extensions == nil {
		shown.Extensions = make(map[string]any, 2)
	}

	if shown.Extensions["code"] == nil {
		why := p.classify(ctx, err, shown)
		shown.Message, shown.Extensions["code"] = why.message, why.code
	}

	shown.Extensions["requestId"] = requestOf(ctx).id

	return shown
}

func (p presenter) classify(ctx context.Context, err error, shown *gqlerror.Error) requestError {
	if why, ok := errors.AsType[requestError](err); ok {
		return why
	}

	cause := shown.Message
	if shown.Err != nil {
		cause = shown.Err.Error()
	}

	if problems, ok := problem.Of(err); ok {
		if problems[0].Code == problem.NotFound {
			return requestError{codeNotFound, problems.Error()}
		}

		return requestError{codeBadRequest, problems.Error()}
	}

	switch {
	case errors.Is(err, page.ErrBothEnds), errors.Is(err, page.ErrCursor), errors.Is(err, page.ErrSize):
		return requestError{codeBadRequest, cause}
	case outsideFields(ctx) && shown.Err == nil, badArguments(ctx):
		return requestError{codeBadRequest, cause}
	}

	level := slog.LevelError
	if errors.Is(err, context.Canceled) {
		// The caller has gone, so nobody sees the answer either.
		level = slog.LevelDebug
	}

	p.log.Log(ctx, level, "request failed",
		"request", requestOf(ctx).id, "path", shown.Path.String(), "error", cause)

	return requestError{codeInternal, internalMessage}
}

// outsideFields tells whether an error is about the request as a whole. gqlgen makes those itself, without a cause.
func outsideFields(ctx context.Context) bool { return graphql.GetFieldContext(ctx) == nil }

// badArguments tells whether an error is about the arguments of a field: they are only set once they have been read.
func badArguments(ctx context.Context) bool {
	field := graphql.GetFieldContext(ctx)

	return field != nil && field.Args == nil && field.Field.Field != nil && field.Field.Definition != nil &&
		len(field.Field.Definition.Arguments) > 0
}

// recovered turns a panic into an error that can be shown as it is.
func (p presenter) recovered(ctx context.Context, panicked any) error {
	p.log.ErrorContext(ctx, "request panicked",
		"request", requestOf(ctx).id, "panic", fmt.Sprint(panicked), "stack", string(debug.Stack()))

	return requestError{codeInternal, internalMessage}.graphQL(ctx)
}
