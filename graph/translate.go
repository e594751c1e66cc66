package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"github.com/surehook/surehook/graph/model"
	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/audit"
	"github.com/surehook/surehook/internal/bulk"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
	"github.com/surehook/surehook/internal/webhook"
)

// connect lists one page as a connection, from the arguments that the client gave.
func connect[T any](
	args page.Args, ascending bool, idOf func(T) id.ID, list func(page.Query) (page.Page[T], error),
) (*model.Connection[T], error) {
	query, err := args.Query(ascending)
	if err != nil {
		return nil, err
	}

	found, err := list(query)
	if err != nil {
		return nil, err
	}

	return model.NewConnection(found, idOf), nil
}

// found turns the problem of a thing that is not there, or is somebody else's, into null.
func found[T any](one T, err error) (*T, error) {
	if _, refused := problem.Of(err); refused {
		return nil, nil
	}

	if err != nil {
		return nil, err
	}

	return &one, nil
}

// visible looks one thing up with what looks up many, and checks whose it is.
func visible[T any](
	ctx context.Context, scope tenant.Scope, key id.ID, load func(context.Context, []id.ID) (map[id.ID]T, error),
	owner func(T) id.ID,
) (*T, error) {
	all, err := load(ctx, []id.ID{key})
	if err != nil {
		return nil, err
	}

	one, ok := all[key]
	if !ok || !scope.Allows(owner(one)) {
		return nil, nil
	}

	return &one, nil
}

// outcome splits what a mutation came to: the reasons for a refusal, which are none when it was carried out, and an
// error that is nobody's business but ours.
func outcome(err error) ([]problem.Problem, error) {
	if refused, ok := problem.Of(err); ok {
		return refused, nil
	}

	return []problem.Problem{}, err
}

// unless returns a part of a mutation's payload, which is null when the mutation was refused.
func unless[T any](refused []problem.Problem, part T) *T {
	if len(refused) > 0 {
		return nil
	}

	return &part
}

// items returns a list that was given. Nil means that it was left out, or null.
func items[T any](list graphql.Omittable[[]T]) *[]T {
	value := list.Value()
	if value == nil {
		return nil
	}

	return &value
}

// or returns what a pointer points at, or the zero value, which for a filter means that nothing is filtered.
func or[T any](value *T) T {
	if value == nil {
		var zero T

		return zero
	}

	return *value
}

func apiKeyID(k apikey.Key) id.ID                      { return k.ID }
func auditEntryID(a audit.Entry) id.ID                 { return a.ID }
func bulkOperationID(o bulk.Operation) id.ID           { return o.ID }
func attemptID(a delivery.Attempt) id.ID               { return a.ID }
func deliveryID(d delivery.Delivery) id.ID             { return d.ID }
func eventID(e event.Event) id.ID                      { return e.ID }
func eventTypeID(t eventtype.EventType) id.ID          { return t.ID }
func organizationID(o organization.Organization) id.ID { return o.ID }
func subscriptionID(s webhook.Subscription) id.ID      { return s.ID }
func webhookID(w webhook.Webhook) id.ID                { return w.ID }
