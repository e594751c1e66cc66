package flow

import "time"

const (
	// smooth is how far ahead of their rate requests may be, so that being late now and then does not make them fewer: at
	// a rate of 100 a second, by 5.
	smooth = 50 * time.Millisecond
	// exactBelow is the rate below which even one more in a second would be a tenth too many.
	exactBelow = 10
)

// pace is a rate as time: what one request takes of it, and how far ahead of it requests may be.
type pace struct {
	step, burst time.Duration
}

// paceOf rounds what a request takes up to microseconds, which is what the database keeps, so that there are never too
// many.
func paceOf(perSecond int) pace {
	inSecond, each := int64(time.Second/time.Microsecond), int64(perSecond)
	step := time.Duration((inSecond+each-1)/each) * time.Microsecond

	if perSecond < exactBelow {
		return pace{step: step, burst: step}
	}

	return pace{step: step, burst: step + smooth}
}

// room is how many requests may be made now, when those before take until then.
func (p pace) room(now, takenUntil time.Time) int {
	return int((p.burst - max(takenUntil.Sub(now), 0)) / p.step)
}

// take returns until when requests take, n more included.
func (p pace) take(now, takenUntil time.Time, n int) time.Time {
	if takenUntil.Before(now) {
		takenUntil = now
	}

	return takenUntil.Add(time.Duration(n) * p.step)
}

// next is how long to wait until a few more may be made.
func (p pace) next(now, takenUntil time.Time) time.Duration {
	return max(takenUntil.Sub(now)-p.burst+max(p.step, smooth/2), time.Millisecond)
}
