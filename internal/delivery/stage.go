package delivery

import "time"

// Stage is how far a delivery has come, in the terms of which a profile has words of its own: its status, with the time
// in which an attempt is due or being made told apart.
type Stage string

// Sending is the stage in which an attempt is due or being made. All others are named as the statuses.
const Sending Stage = "SENDING"

// Stages returns all there are.
func Stages() []Stage {
	out := []Stage{Sending}
	for _, one := range []Status{Canceled, Failed, Held, Pending, Retrying, Succeeded} {
		out = append(out, Stage(one))
	}

	return out
}

// Stage returns how far the delivery has come.
func (d Delivery) Stage(now time.Time) Stage {
	if d.Status == Pending && d.Claimed || d.Status == Retrying && d.NextAttemptAt(now) == nil {
		return Sending
	}

	return Stage(d.Status)
}
