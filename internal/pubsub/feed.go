package pubsub

import "sync"

// maxPending is how many changes a feed keeps for a subscriber that does not keep up. Later ones are dropped, and the
// subscriber is told that something was.
const maxPending = 4_096

// Feed is what one subscriber has yet to hear. A change that comes again before it was taken is kept once.
type Feed struct {
	hub    *Hub
	filter func(Change) bool
	ready  chan struct{}

	mu      sync.Mutex
	pending []Change
	known   map[Change]struct{}
	lost    bool
}

// Ready receives when there is something to take, or something was lost.
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

// Lost tells whether changes may have been missed since it was last called: dropped here, or said while nobody
// listened. Whoever wants to know how things stand has to look; what comes from now on is there to be taken.
func (f *Feed) Lost() bool {
	f.mu.Lock()
	defer f.mu.Unlock()

	out := f.lost
	f.lost = false

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
		if !f.filter(one) {
			continue
		}

		if _, known := f.known[one]; known {
			continue
		}

		if len(f.pending) >= maxPending {
			f.lost = true

			break
		}

		f.known[one] = struct{}{}
		f.pending = append(f.pending, one)
	}

	f.signal()
}

// lose notes that changes may have been missed.
func (f *Feed) lose() {
	f.mu.Lock()
	defer f.mu.Unlock()

	f.lost = true
	f.signal()
}

// signal is called with the lock held.
func (f *Feed) signal() {
	if len(f.pending) == 0 && !f.lost {
		return
	}

	select {
	case f.ready <- struct{}{}:
	default:
	}
}
