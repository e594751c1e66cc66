package bulk

import (
	"time"

	"github.com/surehook/surehook/internal/pace"
)

const (
	// burst is how much of its time a job may take at once.
	burst = 100 * time.Millisecond
	// mostAtOnce is how many items one step deals with at most.
	mostAtOnce = 500
)

// room tells how many items may be dealt with now, and how long to wait when none may.
func room(perSecond *int, takenUntil, now time.Time) (int, time.Duration) {
	if perSecond == nil {
		return mostAtOnce, 0
	}

	rate := pace.Of(*perSecond, burst)
	if wait := rate.Wait(now, takenUntil); wait > 0 {
		return 0, wait
	}

	return min(rate.Room(now, takenUntil), mostAtOnce), 0
}

// take returns until when the time is taken once n items more were dealt with.
func take(perSecond *int, takenUntil, now time.Time, n int) time.Time {
	if perSecond == nil || n == 0 {
		return takenUntil
	}

	return pace.Of(*perSecond, burst).Take(now, takenUntil, n)
}
