package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// mark is what a message of a subscription says besides what it carries, as an extension of that name.
type mark string

const (
	unmarked mark = ""
	// ready: from now on nothing is missed.
	ready mark = "ready"
	// resync: something may have been missed.
	resync mark = "resync"
)

type marksKey struct{}

// withMarks gives each subscription a way to mark its messages. gqlgen makes a message of each value of a channel, and
// has no place in it for more than the value; so the mark goes ahead of it, on a way of its own.
func withMarks(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	if graphql.GetOperationContext(ctx).Operation.Operation == ast.Subscription {
		// One message is written while the next one waits to be.
		ctx = context.WithValue(ctx, marksKey{}, make(chan mark, 2))
	}

	return next(ctx)
}

// showMarks writes the mark of a message into it.
func showMarks(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	out := next(ctx)
	if out == nil {
		return nil
	}

	select {
	case one := <-marksOf(ctx):
		if one != unmarked {
			if out.Extensions == nil {
				out.Extensions = make(map[string]any, 1)
			}

			out.Extensions[string(one)] = true
		}
	default: // It was refused before it began, or is no subscription.
	}

	return out
}

// marksOf returns nil where there is no subscription.
func marksOf(ctx context.Context) chan mark {
	out, _ := ctx.Value(marksKey{}).(chan mark)

	return out
}

// outlet is where a subscription sends its messages.
type outlet[T any] struct {
	nodes chan<- *T
	marks chan<- mark
}

// send sends a message, which has no node if it is nil, and tells whether the subscriber is still there. The mark is
// there before the node is: so whoever has the node finds it.
func (o outlet[T]) send(ctx context.Context, as mark, node *T) bool {
	select {
	case o.marks <- as:
	case <-ctx.Done():
		return false
	}

	select {
	case o.nodes <- node:
		return true
	case <-ctx.Done():
		return false
	}
}
