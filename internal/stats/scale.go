package stats

import (
	"math"
	"slices"
	"time"
)

// Durations are kept on a logarithmic scale: a step is what is below a millisecond, and each further one reaches to a
// quarter more than the one before. The last begins at 56 seconds and has no end, as no request may take much longer.
const (
	steps = 51
	ratio = 1.25
)

// floors are where the steps begin.
var floors = func() (out [steps]time.Duration) {
	for n := 1; n < steps; n++ {
		ms := math.Pow(ratio, float64(n-1))
		out[n] = time.Duration(ms * float64(time.Millisecond)).Truncate(time.Microsecond)
	}

	return out
}()

// Step returns the step of the scale that a duration belongs to.
func Step(d time.Duration) int {
	n, found := slices.BinarySearch(floors[:], max(d, 0))
	if found {
		return n
	}

	return n - 1
}

// bounds returns where a step begins and ends, in milliseconds.
func bounds(step int) (from, to float64) {
	from = milliseconds(floors[step])
	if step == steps-1 {
		return from, from * ratio
	}

	return from, milliseconds(floors[step+1])
}

// percentile returns below which duration a share of the attempts is, in milliseconds, as if those of a step were
// spread evenly over it. There has to be an attempt.
func percentile(attempts *[steps]int64, share float64) float64 {
	total := int64(0)
	for _, count := range attempts {
		total += count
	}

	wanted, before := share*float64(total), int64(0)

	for step, count := range attempts {
		if count > 0 && float64(before+count) >= wanted {
			from, to := bounds(step)

			return from + (to-from)*(wanted-float64(before))/float64(count)
		}

		before += count
	}

	return 0
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
