package graph

import (
	"context"
	"errors"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vikstrous/dataloadgen"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/bulk"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/flow"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/profile"
	"github.com/surehook/surehook/internal/stats"
	"github.com/surehook/surehook/internal/webhook"
)

// loaderCapacity is how many things one statement loads at most.
const loaderCapacity = 250

// loader gathers the ids that resolvers ask for at about the same time and loads them with one statement.
type loader[T any] = dataloadgen.Loader[id.ID, T]

// loaders hold what one response has loaded. They do not check whose it is: ids come from things that were checked, and
// nothing refers to another organization's.
type loaders struct {
	activities    *loader[webhook.Activity]
	backlogs      *loader[flow.Backlog]
	contents      *loader[delivery.Content]
	deliveries    *loader[delivery.Delivery]
	derived       *loader[[]event.Event]
	events        *loader[event.Event]
	gates         *loader[flow.Gate]
	keys          *loader[apikey.Key]
	lastAttempts  *loader[delivery.Attempt]
	open          *loader[stats.Open]
	operations    *loader[bulk.Operation]
	organizations *loader[organization.Organization]
	profiles      *loader[profile.Profile]
	schemas       *loader[[]eventtype.Schema]
	secrets       *loader[[]webhook.Secret]
	stats         *statsLoader
	subscribed    *loader[[]string]
	subscriptions *loader[webhook.Subscription]
	webhooks      *loader[webhook.Webhook]
}

type loadersKey struct{}

func (r *resolver) newLoaders(wait time.Duration) *loaders {
	return &loaders{
		activities:    newLoader(wait, r.webhooks.Activities),
		backlogs:      newLoader(wait, r.flow.Backlogs),
		contents:      newLoader(wait, r.deliveries.Contents),
		deliveries:    newLoader(wait, r.deliveries.ByIDs),
		derived:       newLoader(wait, r.events.Derived),
		events:        newLoader(wait, r.events.ByIDs),
		gates:         newLoader(wait, r.flow.Gates),
		keys:          newLoader(wait, r.keys.ByIDs),
		lastAttempts:  newLoader(wait, r.deliveries.LastAttempts),
		open:          newLoader(wait, r.stats.Open),
		operations:    newLoader(wait, r.bulk.ByIDs),
		organizations: newLoader(wait, r.organizations.ByIDs),
		profiles:      newLoader(wait, r.organizations.ProfilesOf),
		schemas:       newLoader(wait, r.types.Schemas),
		secrets:       newLoader(wait, r.webhooks.Secrets),
		stats:         newLoader(wait, r.loadStats),
		subscribed:    newLoader(wait, r.webhooks.SubscribedEventTypes),
		subscriptions: newLoader(wait, r.webhooks.SubscriptionsByID),
		webhooks:      newLoader(wait, r.webhooks.ByIDs),
	}
}

func newLoader[K comparable, T any](
	wait time.Duration, load func(context.Context, []K) (map[K]T, error),
) *dataloadgen.Loader[K, T] {
	return dataloadgen.NewMappedLoader(load, dataloadgen.WithWait(wait), dataloadgen.WithBatchCapacity(loaderCapacity))
}

// freshLoaders gives every response loaders of its own, and so every message of a subscription: loaders that lived as
// long as a websocket would show what was true when it was opened.
func (r *resolver) freshLoaders(wait time.Duration) graphql.ResponseMiddleware {
	return func(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
		return next(context.WithValue(ctx, loadersKey{}, r.newLoaders(wait)))
	}
}

// freshLoadersPerMutation gives every mutation of an operation loaders of its own, because what the one before it has
// loaded may be what it changes.
func (r *resolver) freshLoadersPerMutation(wait time.Duration) graphql.RootFieldMiddleware {
	return func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
		if graphql.GetOperationContext(ctx).Operation.Operation == ast.Mutation {
			ctx = context.WithValue(ctx, loadersKey{}, r.newLoaders(wait))
		}

		return next(ctx)
	}
}

// loadersOf panics in the root resolver of a subscription, which runs before there is a response to load anything for.
func loadersOf(ctx context.Context) *loaders {
	out, ok := ctx.Value(loadersKey{}).(*loaders)
	if !ok {
		panic("loaders are needed where there are none")
	}

	return out
}

// load returns what has the id, or nil.
func load[T any](ctx context.Context, from *loader[T], key id.ID) (*T, error) {
	one, err := from.Load(ctx, key)
	if errors.Is(err, dataloadgen.ErrNotFound) {
		return nil, nil
	}

	if err != nil {
		return nil, err
	}

	return &one, nil
}

// loadOr returns what has the id, or otherwise.
func loadOr[T any](ctx context.Context, from *loader[T], key id.ID, otherwise T) (T, error) {
	one, err := from.Load(ctx, key)
	if errors.Is(err, dataloadgen.ErrNotFound) {
		return otherwise, nil
	}

	return one, err
}
