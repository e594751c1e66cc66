// Package group turns many concurrent requests into few batches, the way a database groups commits: a worker that
// becomes free takes whatever is waiting, up to a limit. Nothing ever waits for a batch to fill, so at low load a batch
// is one request and costs no extra time; under load batches grow by themselves and the cost of each is shared.
package group

import (
	"context"
	"errors"
	"sync"
)

// ErrClosed is returned for requests that come after Close.
var ErrClosed = errors.New("group is closed")

// Result is what came of one request of a batch.
type Result[Res any] struct {
	Value Res
	Err   error
}

// RunFunc does a batch and returns one result a request, in the same order. Its context is not that of any request: a
// batch is shared, so one caller that gives up must not fail the others.
type RunFunc[Req, Res any] func(ctx context.Context, batch []Req) []Result[Res]

// Group collects requests and runs them in batches. It is safe for concurrent use.
type Group[Req, Res any] struct {
	run     RunFunc[Req, Res]
	max     int
	waiting chan call[Req, Res]
	workers sync.WaitGroup

	// mu keeps Close from closing the channel while a request is put into it.
	mu     sync.RWMutex
	closed bool
}

type call[Req, Res any] struct {
	req   Req
	reply chan Result[Res]
}

// New starts a group with that many workers, each of which runs batches of at most size requests.
func New[Req, Res any](workers, size int, run RunFunc[Req, Res]) *Group[Req, Res] {
	g := &Group[Req, Res]{run: run, max: size, waiting: make(chan call[Req, Res], size)}

	for range workers {
		g.workers.Go(g.work)
	}

	return g
}

// Do runs the request with whatever else is waiting and returns what came of it. When the context ends first, Do
// returns its error; the request may still be run.
func (g *Group[Req, Res]) Do(ctx context.Context, req Req) (Res, error) {
	var none Res

	one := call[Req, Res]{req: req, reply: make(chan Result[Res], 1)}
	if err := g.enqueue(ctx, one); err != nil {
		return none, err
	}

	select {
	case result := <-one.reply:
		return result.Value, result.Err
	case <-ctx.Done():
		return none, context.Cause(ctx)
	}
}

// Close runs what is waiting and returns when all batches are done.
func (g *Group[Req, Res]) Close() {
	g.mu.Lock()

	if !g.closed {
		g.closed = true
		close(g.waiting)
	}

	g.mu.Unlock()
	g.workers.Wait()
}

func (g *Group[Req, Res]) enqueue(ctx context.Context, one call[Req, Res]) error {
	g.mu.RLock()
	defer g.mu.RUnlock()

	if g.closed {
		return ErrClosed
	}

	select {
	case g.waiting <- one:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (g *Group[Req, Res]) work() {
	for one := range g.waiting {
		g.batch(one)
	}
}

func (g *Group[Req, Res]) batch(first call[Req, Res]) {
	calls := []call[Req, Res]{first}

collect:
	for len(calls) < g.max {
		select {
		case one, open := <-g.waiting:
			if !open {
				break collect
			}

			calls = append(calls, one)
		default:
			break collect
		}
	}

	reqs := make([]Req, len(calls))
	for n, one := range calls {
		reqs[n] = one.req
	}

	for n, result := range g.run(context.Background(), reqs) {
		calls[n].reply <- result
	}
}
