package endpointauth

import (
	"context"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/surehook/surehook/internal/egress"
)

// token is one answer of a token endpoint. Two of them differ even if their values do not.
type token struct {
	until time.Time // when to ask for another one
	value string
}

// flight is a token request that everybody waits for who needs the token. One of token and err is set before
// done is closed.
type flight struct {
	cancel context.CancelFunc
	done   chan struct{}
	err    *egress.Error
	token  *token
}

type fetchFunc func(ctx context.Context, settings OAuth2) (*token, *egress.Error)

// tokens keeps the tokens that were used last, and the requests for those that are missing. Both are under one
// lock, so that nobody who finds neither can be late for either.
type tokens struct {
	fetch fetchFunc
	now   func() time.Time

	mu      sync.Mutex
	closed  bool
	flights map[string]*flight
	kept    *simplelru.LRU[string, *token]
	running sync.WaitGroup
}

func newTokens(size int, fetch fetchFunc, now func() time.Time) *tokens {
	kept, err := simplelru.NewLRU[string, *token](size, nil)
	if err != nil {
		panic(err) // the size is not positive, which is a defect of this package
	}
	return &tokens{fetch: fetch, flights: map[string]*flight{}, kept: kept, now: now}
}

// get returns the token of a key if there is one that is still good and not the used one, which it drops.
// Otherwise it returns the request for it. The request has a time limit of its own and goes on when ctx ends,
// because others may wait for it, too, and the next attempt will want the token.
func (t *tokens) get(ctx context.Context, key string, settings OAuth2, used *token) (*token, *flight) {
	t.mu.Lock()
	defer t.mu.Unlock()

	if known, ok := t.kept.Get(key); ok {
		if known != used && t.now().Before(known.until) {
			return known, nil
		}
		t.kept.Remove(key)
	}
	if underWay, ok := t.flights[key]; ok {
		return nil, underWay
	}

	started := &flight{done: make(chan struct{})}
	if t.closed {
		started.err = canceled()
		close(started.done)
		return nil, started
	}
	ctx, started.cancel = context.WithCancel(context.WithoutCancel(ctx))
	t.flights[key] = started
	t.running.Go(func() {
		defer started.cancel()
		fetched, err := t.fetch(ctx, settings)
		t.land(key, started, fetched, err)
	})
	return nil, started
}

// land ends a flight. A failure is forgotten with it.
func (t *tokens) land(key string, ended *flight, fetched *token, err *egress.Error) {
	t.mu.Lock()
	defer t.mu.Unlock()

	ended.token, ended.err = fetched, err
	delete(t.flights, key)
	if fetched != nil {
		t.kept.Add(key, fetched)
	}
	close(ended.done)
}

func (t *tokens) close() {
	t.mu.Lock()
	t.closed = true
	for _, underWay := range t.flights {
		underWay.cancel()
	}
	t.mu.Unlock()
	t.running.Wait()
}
