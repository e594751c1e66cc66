package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"
)

// sink is a receiver that answers at once and remembers when each event came.
type sink struct {
	*httptest.Server

	mu       sync.Mutex
	arrivals map[string][]time.Time
	last     time.Time
	changed  chan struct{}
}

func newSink() *sink {
	s := &sink{arrivals: make(map[string][]time.Time), changed: make(chan struct{}, 1)}
	s.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		at := time.Now()

		if _, err := io.Copy(io.Discard, r.Body); err != nil || r.URL.Path == "/floor" {
			return
		}

		s.add(r.Header.Get("surehook-event-id"), at)
	}))

	return s
}

func (s *sink) add(event string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.arrivals[event] = append(s.arrivals[event], at)
	s.last = at

	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// wait returns when the last of n events came, or when none has come for too long.
func (s *sink) wait(ctx context.Context, n int) time.Time {
	timeout := time.NewTimer(drainFor)
	defer timeout.Stop()

	for s.distinct() < n {
		select {
		case <-s.changed:
			timeout.Reset(drainFor)
		case <-timeout.C:
			return s.latest()
		case <-ctx.Done():
			return s.latest()
		}
	}

	return s.latest()
}

func (s *sink) latest() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()

	return s.last
}

func (s *sink) distinct() int {
	s.mu.Lock()
	defer s.mu.Unlock()

	return len(s.arrivals)
}

func (s *sink) count(event string) int {
	s.mu.Lock()
	defer s.mu.Unlock()

	return len(s.arrivals[event])
}

func (s *sink) first(event string) (time.Time, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()

	if len(s.arrivals[event]) == 0 {
		return time.Time{}, false
	}

	return s.arrivals[event][0], true
}
