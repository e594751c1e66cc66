package flow

import (
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/settings"
)

const (
	// windowSlots is into how many parts a window is divided, of which the oldest is forgotten at a time.
	windowSlots = 10
	// windowsKept is for how many webhooks a process remembers how attempts ended.
	windowsKept = 10_000
)

// windows remember how the last attempts of webhooks ended, as this process saw it. Each process judges by what it sees
// itself: a receiver that is down fails for all of them.
type windows struct {
	known *lru.Cache[id.ID, *window]
}

// window counts attempts of the last while.
type window struct {
	mu    sync.Mutex
	slots [windowSlots]struct{ failed, all int }
	// last is the number of the slot that was counted in last, since 1970.
	last int64
	// trippedAt is when the receiver was last given a rest.
	trippedAt time.Time
}

func newWindows() *windows {
	known, err := lru.New[id.ID, *window](windowsKept)
	if err != nil {
		panic(err) // The size is not positive, which is a defect of this file.
	}

	return &windows{known: known}
}

func (w *windows) of(webhook id.ID) *window {
	fresh := &window{}

	if known, ok, _ := w.known.PeekOrAdd(webhook, fresh); ok {
		return known
	}

	return fresh
}

// add counts an attempt, and tells whether the failures have become too many with it.
func (w *window) add(now time.Time, failed bool, policy settings.Breaker) bool {
	w.mu.Lock()
	defer w.mu.Unlock()

	slot := now.UnixMilli() * windowSlots / (int64(policy.WindowSeconds) * time.Second.Milliseconds())

	// What a clock saw that was far ahead, or was counted in shorter slots, which have higher numbers, would never be
	// forgotten.
	if slot <= w.last-windowSlots {
		w.slots, w.last = [windowSlots]struct{ failed, all int }{}, slot
	}

	for n := range min(max(slot-w.last, 0), windowSlots) {
		w.slots[(slot-n)%windowSlots] = struct{ failed, all int }{}
	}

	w.last = max(slot, w.last)
	here := &w.slots[w.last%windowSlots]
	here.all++

	if !failed {
		return false
	}

	here.failed++

	var failures, all int
	for _, one := range w.slots {
		failures, all = failures+one.failed, all+one.all
	}

	if all < policy.MinimumAttempts || failures*100 < all*policy.FailurePercent {
		return false
	}

	// What it was judged by does not count again.
	w.slots = [windowSlots]struct{ failed, all int }{}

	return true
}

// trip notes that the receiver has been given a rest.
func (w *window) trip(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()

	w.trippedAt = now
}

// tripped tells when the receiver was last given a rest.
func (w *window) tripped() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()

	return w.trippedAt
}
