package bulk

import "time"

const (
	// burst is how much of its time a job may take at once.
	burst = 100 * time.Millisecond
	// mostAtOnce is how many items one step deals with at most.
	mostAtOnce = 500
)

// pace tells how many items may be dealt with now, and how long to wait when none may. It is the generic cell rate
// algorithm: each item takes its share of a second, and the time that is taken lies at most a burst ahead.
func pace(perSecond *int, takenUntil, now time.Time) (room int, wait time.Duration) {
	if perSecond == nil {
		return mostAtOnce, 0
	}

	share := time.Second / time.Duration(*perSecond)
	ahead := max(takenUntil.Sub(now), 0)

	// An item that takes longer than a burst goes alone. Where many fit, a step for each would cost more than it does, so
	// half a burst is waited for.
	most, least := max(burst, share), max(burst/2, share)

	if wait := ahead + least - most; wait > 0 {
		return 0, wait
	}

	return min(int((most-ahead)/share), mostAtOnce), 0
}

// take returns until when the time is taken once n items more were dealt with.
func take(perSecond *int, takenUntil, now time.Time, n int) time.Time {
	if perSecond == nil || n == 0 {
		return takenUntil
	}

	if takenUntil.Before(now) {
		takenUntil = now
	}

	return takenUntil.Add(time.Duration(n) * (time.Second / time.Duration(*perSecond)))
}
