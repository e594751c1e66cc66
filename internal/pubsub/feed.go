package pubsub

import "sync"

// maxPending is how many changes a feed keeps for a subscriber that does not keep up. Later ones are dropped: they are
// hints.
const maxPending = 4_096

// Feed is what one subscriber has yet to hear. A change that comes again before it was taken is kept once.
type Feed struct {
	hub    *Hub
	filter func(Change) bool
	ready  chan struct{}

	mu      sync.Mutex
	pending []Change
	known   map[Change]struct{}
}

// Ready receives when there is something to take.
func (f *Feed) Ready() <-chan struct{} { return f.ready }

// Take returns what has come since it was last called, oldest first.
func (f *Feed) Take() []Change {
	f.mu.Lock()
	defer f.mu.Unlock()

	out := f.pending
	f.pending = nil
	clear(f.known)

	return out
}

// Close ends the feed.
func (f *Feed) Close() {
	f.hub.mu.Lock()
	defer f.hub.mu.Unlock()

	delete(f.hub.feeds, f)
}

func (f *Feed) add(changes []Change) {
	f.mu.Lock()
	defer f.mu.Unlock()

	for _, one := range changes {
		if !f.filter(one) || len(f.pending) >= maxPending {
			continue
		}

		if _, known := f.known[one]; known {
			continue
		}

		f.known[one] = struct{}{}
		f.pending = append(f.pending, one)
	}

	if len(f.pending) > 0 {
		select {
		case f.ready <- struct{}{}:
		default:
		}
	}
}
