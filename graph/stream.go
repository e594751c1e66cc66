package graph

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/surehook/surehook/graph/model"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/pubsub"
)

const (
	// batchEvery is how often a subscriber hears of changes at most.
	batchEvery = 250 * time.Millisecond
	// loadRetryEvery is how long to wait before what could not be loaded is tried again.
	loadRetryEvery = time.Second
	// streamCapacity is how many things are in memory for one subscriber at most.
	streamCapacity = 100
)

// source is what a subscription shows.
type source[T any] struct {
	// filter lets the changes through that are about it.
	filter func(pubsub.Change) bool
	// about is what a change is about.
	about func(pubsub.Change) id.ID
	load  func(context.Context, []id.ID) (map[id.ID]T, error)
	// wanted keeps what is loaded, or not.
	wanted func(T) bool
}

// stream sends the things that changes are about, as they are when they are sent, to those who may see webhooks, until
// the context ends.
func stream[T any](
	ctx context.Context, r *resolver, filter func(pubsub.Change) bool, about func(pubsub.Change) id.ID,
	load func(context.Context, []id.ID) (map[id.ID]T, error), wanted func(T) bool,
) <-chan *T {
	// Who was let in may have lost the permission since.
	loadAllowed := func(ctx context.Context, ids []id.ID) (map[id.ID]T, error) {
		if allowed, err := r.allows(ctx, model.WebhookPermissionView); !allowed {
			return nil, err
		}

		return load(ctx, ids)
	}

	return source[T]{filter: filter, about: about, load: loadAllowed, wanted: wanted}.stream(ctx, r)
}

// stream is the same for all who were let in.
func (s source[T]) stream(ctx context.Context, r *resolver) <-chan *T {
	return push(ctx, r, s.filter, func(feed *pubsub.Feed, out outlet[T]) { s.run(ctx, r, feed, out) })
}

// push runs a subscription in the background. The feed is there when push returns, so nothing that happens from then on
// is missed.
func push[T any](
	ctx context.Context, r *resolver, filter func(pubsub.Change) bool, run func(*pubsub.Feed, outlet[T]),
) <-chan *T {
	feed := r.hub.Subscribe(filter)
	nodes := make(chan *T)

	go func() {
		defer close(nodes)
		defer feed.Close()
		defer func() {
			// gqlgen recovers in its own goroutines only; here a panic would take the process along.
			if panicked := recover(); panicked != nil {
				r.log.ErrorContext(ctx, "subscription panicked",
					"request", requestOf(ctx).id, "panic", fmt.Sprint(panicked), "stack", string(debug.Stack()))
			}
		}()

		run(feed, outlet[T]{nodes: nodes, marks: marksOf(ctx)})
	}()

	return nodes
}

// run loads things after it has heard of their changes, and one batch after the other. So what is sent of a thing is
// never older than what was sent of it before, and the last that is sent is what came of the last change.
func (s source[T]) run(ctx context.Context, r *resolver, feed *pubsub.Feed, out outlet[T]) {
	if !out.send(ctx, ready, nil) {
		return
	}

	for {
		select {
		case <-feed.Ready():
		case <-ctx.Done():
			return
		}

		next := time.After(batchEvery)

		if feed.Lost() && !out.send(ctx, resync, nil) {
			return
		}

		for batch := range slices.Chunk(distinct(feed.Take(), s.about), streamCapacity) {
			if !s.send(ctx, r, batch, out) {
				return
			}
		}

		select {
		case <-next:
		case <-ctx.Done():
			return
		}
	}
}

// send tells whether the subscriber is still there.
func (s source[T]) send(ctx context.Context, r *resolver, batch []id.ID, out outlet[T]) bool {
	found, ok := patiently(ctx, r, func(ctx context.Context) (map[id.ID]T, error) { return s.load(ctx, batch) })
	if !ok {
		return false
	}

	for _, key := range batch {
		one, ok := found[key]
		if ok && s.wanted(one) && !out.send(ctx, unmarked, &one) {
			return false
		}
	}

	return true
}

// distinct returns what the changes are about, once each.
func distinct(changes []pubsub.Change, about func(pubsub.Change) id.ID) []id.ID {
	known := make(map[id.ID]struct{}, len(changes))

	var out []id.ID

	for _, change := range changes {
		key := about(change)
		if _, again := known[key]; !again {
			known[key] = struct{}{}
			out = append(out, key)
		}
	}

	return out
}

// patiently tries to load until it succeeds, or the context ends and it returns false: a subscriber is better off late
// than left out.
func patiently[V any](ctx context.Context, r *resolver, load func(context.Context) (V, error)) (V, bool) {
	for {
		out, err := load(ctx)
		if ctx.Err() != nil {
			return out, false
		}

		if err == nil {
			return out, true
		}

		r.log.WarnContext(ctx, "changes not loaded, trying again", "request", requestOf(ctx).id, "error", err)

		select {
		case <-time.After(loadRetryEvery):
		case <-ctx.Done():
			return out, false
		}
	}
}

// everything is for sources that show all that is loaded.
func everything[T any](T) bool { return true }
