// Package pace spreads what may be done so many times a second, whoever does it: the generic cell rate algorithm, whose
// only state is the moment until which the time is taken. Who keeps that moment in the database keeps the rate across
// processes.
package pace

import "time"

// exactBelow is the rate below which even one more in a second would be a tenth too many.
const exactBelow = 10

// Pace is a rate as time.
type Pace struct {
	step, burst time.Duration
}

// Of returns the pace of so many a second, at least 1. Being late by up to burst now and then does not make them fewer,
// so in any one second there are at most as many more as fit into burst, and one; below 10 a second there is none more.
//
// What one takes is rounded up to microseconds, which is what the database keeps, so that there are never too many.
func Of(perSecond int, burst time.Duration) Pace {
	inSecond, each := int64(time.Second/time.Microsecond), int64(perSecond)
	step := time.Duration((inSecond+each-1)/each) * time.Microsecond

	if perSecond < exactBelow {
		return Pace{step: step}
	}

	return Pace{step: step, burst: burst}
}

// Step is how much time one takes.
func (p Pace) Step() time.Duration { return p.step }

// Burst is how far ahead of now the time may be taken before one more is taken.
func (p Pace) Burst() time.Duration { return p.burst }

// Room is how many there may be now, when the time is taken until then; not positive when there may be none.
func (p Pace) Room(now, takenUntil time.Time) int {
	return int((p.step + p.burst - max(takenUntil.Sub(now), 0)) / p.step)
}

// Take returns until when the time is taken with n more.
func (p Pace) Take(now, takenUntil time.Time, n int) time.Time {
	if takenUntil.Before(now) {
		takenUntil = now
	}

	return takenUntil.Add(time.Duration(n) * p.step)
}

// Wait is how long until there is room for one, and for half of what fits into the burst, since looking for each alone
// would cost more than it does. It is 0 when there is.
func (p Pace) Wait(now, takenUntil time.Time) time.Duration {
	return max(takenUntil.Sub(now)-p.step-p.burst+max(p.step, p.burst/2), 0)
}
