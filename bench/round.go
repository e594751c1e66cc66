package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/surehook/surehook/e2e/stack"
)

const (
	eventType = "bench.event"
	// drainFor is how long to wait for the last event before it counts as lost.
	drainFor = 2 * time.Minute
	// publishPerMinute is more than any machine manages.
	publishPerMinute = 100_000_000
)

// bench is what a round works with.
type bench struct {
	load

	stack    *stack.Stack
	surehook *stack.Surehook
}

// round measures everything once, in an organization of its own.
func (b *bench) round(ctx context.Context, n int) (result, error) {
	tenant, err := b.surehook.NewTenant(ctx, fmt.Sprintf("Round %d", n), eventType)
	if err != nil {
		return result{}, err
	}

	// Publishing is what is measured, not the limit of it.
	limits := map[string]any{"maxPublishPerMinute": publishPerMinute}
	if err := b.surehook.ChangeLimits(ctx, tenant.OrganizationID, limits); err != nil {
		return result{}, err
	}

	tenant.HTTP = &http.Client{Transport: &http.Transport{
		MaxIdleConnsPerHost: b.connections, MaxConnsPerHost: b.connections,
	}}

	to := newSink()
	defer to.Close()

	if _, err := tenant.CreateWebhook(ctx, to.URL, nil); err != nil {
		return result{}, err
	}

	var out result

	if out.floor, err = b.floor(ctx, tenant.HTTP, to); err != nil {
		return out, err
	}

	if err := b.flood(ctx, tenant, to, &out); err != nil {
		return out, err
	}

	return out, b.trickle(ctx, tenant, to, &out)
}

// floor posts the same load straight to the receiver.
func (b *bench) floor(ctx context.Context, client *http.Client, to *sink) (float64, error) {
	took, err := b.parallel(func(n int) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, to.URL+"/floor", bytes.NewReader(b.payload(n)))
		if err != nil {
			return err
		}

		response, err := client.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()

		_, err = io.Copy(io.Discard, response.Body)

		return err
	})

	return float64(b.events) / took.Seconds(), err
}

// flood publishes as fast as events are accepted.
func (b *bench) flood(ctx context.Context, tenant *stack.Tenant, to *sink, out *result) error {
	cpuBefore, err := b.cpu()
	if err != nil {
		return err
	}

	started := time.Now()

	var accepted sync.Map

	took, err := b.parallel(func(n int) error {
		event, err := tenant.Publish(ctx, eventType, json.RawMessage(b.payload(n)))
		accepted.Store(event, struct{}{})

		return err
	})
	if err != nil {
		return err
	}

	last := to.wait(ctx, b.events)

	cpuAfter, err := b.cpu()
	if err != nil {
		return err
	}

	out.accept = float64(b.events) / took.Seconds()
	out.deliver = float64(to.distinct()) / last.Sub(started).Seconds()
	out.cpuPerThousand = (cpuAfter - cpuBefore) * 1_000 / float64(b.events)

	accepted.Range(func(event, _ any) bool {
		switch to.count(event.(string)) {
		case 0:
			out.lost++
		case 1:
		default:
			out.duplicates++
		}

		return true
	})

	return nil
}

// trickle publishes slowly and measures how long each event takes to arrive, from the start of its publish request.
func (b *bench) trickle(ctx context.Context, tenant *stack.Tenant, to *sink, out *result) error {
	total := int(b.latencyFor.Seconds()) * b.perSecond
	before := to.distinct()
	starts := make(map[string]time.Time, total)

	var (
		all    sync.WaitGroup
		mu     sync.Mutex
		failed error
	)

	tick := time.NewTicker(time.Second / time.Duration(b.perSecond))
	defer tick.Stop()

	for n := range total {
		<-tick.C
		all.Go(func() {
			at := time.Now()
			event, err := tenant.Publish(ctx, eventType, json.RawMessage(b.payload(n)))

			mu.Lock()
			defer mu.Unlock()

			if starts[event] = at; err != nil {
				failed = err
			}
		})
	}

	all.Wait()

	if failed != nil {
		return failed
	}

	to.wait(ctx, before+total)

	var took []time.Duration

	for event, at := range starts {
		if arrived, ok := to.first(event); ok {
			took = append(took, arrived.Sub(at))
		}
	}

	out.p50, out.p99 = percentile(took, 50), percentile(took, 99)

	return nil
}

// parallel does something once for every event, over all connections, and returns how long that took.
func (b *bench) parallel(do func(n int) error) (time.Duration, error) {
	var (
		all    sync.WaitGroup
		next   atomic.Int64
		failed atomic.Pointer[error]
	)

	started := time.Now()

	for range b.connections {
		all.Go(func() {
			for failed.Load() == nil {
				n := int(next.Add(1)) - 1
				if n >= b.events {
					return
				}

				if err := do(n); err != nil {
					failed.Store(&err)
				}
			}
		})
	}

	all.Wait()

	if err := failed.Load(); err != nil {
		return 0, *err
	}

	return time.Since(started), nil
}

// payload is an object of the wanted size that does not compress away.
func (b *bench) payload(n int) []byte {
	frame := fmt.Sprintf(`{"n":%d,"filler":""}`, n)
	filler := make([]byte, max(0, b.bytes-len(frame))/2)
	// Reading from crypto/rand never fails.
	_, _ = rand.Read(filler)

	return fmt.Appendf(nil, `{"n":%d,"filler":"%s"}`, n, hex.EncodeToString(filler))
}
