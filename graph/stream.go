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

// stream sends the things that changes are about, as they are when they are sent, until the context ends. The feed is
// there when stream returns, so nothing that happens from then on is missed.
func stream[T any](
	ctx context.Context, r *resolver, filter func(pubsub.Change) bool, about func(pubsub.Change) id.ID,
	load func(context.Context, []id.ID) (map[id.ID]T, error), wanted func(T) bool,
) <-chan *T {
	feed := r.hub.Subscribe(filter)
	out := make(chan *T)

	// Who was let in may have lost the permission since.
	loadAllowed := func(ctx context.Context, ids []id.ID) (map[id.ID]T, error) {
		if allowed, err := r.allows(ctx, model.WebhookPermissionView); !allowed {
			return nil, err
		}

		return load(ctx, ids)
	}

	go func() {
		defer close(out)
		defer feed.Close()
		defer func() {
			// gqlgen recovers in its own goroutines only; here a panic would take the process along.
			if panicked := recover(); panicked != nil {
				r.log.ErrorContext(ctx, "subscription panicked",
					"request", requestOf(ctx).id, "panic", fmt.Sprint(panicked), "stack", string(debug.Stack()))
			}
		}()

		for {
			select {
			case <-feed.Ready():
			case <-ctx.Done():
				return
			}

			next := time.After(batchEvery)

			changed := distinct(feed.Take(), about)
			if len(changed) == 0 {
				continue
			}

			for batch := range slices.Chunk(changed, streamCapacity) {
				if !send(ctx, out, batch, loadPatiently(ctx, r, loadAllowed, batch), wanted) {
					return
				}
			}

			select {
			case <-next:
			case <-ctx.Done():
				return
			}
		}
	}()

	return out
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

// loadPatiently tries until it succeeds or the context ends: a subscriber is better off late than left out.
func loadPatiently[T any](
	ctx context.Context, r *resolver, load func(context.Context, []id.ID) (map[id.ID]T, error), batch []id.ID,
) map[id.ID]T {
	for {
		found, err := load(ctx, batch)
		if err == nil || ctx.Err() != nil {
			return found
		}

		r.log.WarnContext(ctx, "changes not loaded, trying again", "request", requestOf(ctx).id, "error", err)

		select {
		case <-time.After(loadRetryEvery):
		case <-ctx.Done():
			return nil
		}
	}
}

// send tells whether the subscriber is still there.
func send[T any](ctx context.Context, out chan<- *T, batch []id.ID, found map[id.ID]T, wanted func(T) bool) bool {
	for _, key := range batch {
		one, ok := found[key]
		if !ok || !wanted(one) {
			continue
		}

		select {
		case out <- &one:
		case <-ctx.Done():
			return false
		}
	}

	return ctx.Err() == nil
}
