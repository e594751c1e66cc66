package bulk

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// spend takes all there is to take for a while, in steps of a length, and returns when each item was taken.
func spend(perSecond int, during, step time.Duration) []time.Duration {
	var (
		out   []time.Duration
		start = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
		taken = start
	)

	for at := time.Duration(0); at < during; {
		n, wait := room(&perSecond, taken, start.Add(at))
		taken = take(&perSecond, taken, start.Add(at), n)

		for range n {
			out = append(out, at)
		}

		at += max(wait, step)
	}

	return out
}

func TestRoom_KeepsToTheRateWithABurstOfATenthOfASecond(t *testing.T) {
	t.Parallel()

	for _, rate := range []int{1, 2, 7, 10, 11, 30, 100, 999, 10_000} {
		for _, step := range []time.Duration{100 * time.Microsecond, 3 * time.Millisecond, 40 * time.Millisecond} {
			taken := spend(rate, 10*time.Second, step)

			// All of it is used, but for what the last moment had no room for.
			require.InDelta(t, 10*rate, len(taken), float64(rate)/5+1, "%d a second, in steps of %s", rate, step)

			for from := range taken {
				within := from
				for within < len(taken) && taken[within] < taken[from]+time.Second {
					within++
				}

				require.LessOrEqual(t, within-from, rate+rate/10+1, "%d a second, in steps of %s", rate, step)

				if within == len(taken) {
					break
				}
			}
		}
	}
}

func TestRoom_StepsStayBounded(t *testing.T) {
	t.Parallel()

	now := time.Now()

	n, wait := room(nil, now.Add(time.Hour), now)
	require.Equal(t, mostAtOnce, n)
	require.Zero(t, wait)

	n, _ = room(new(MostPerSecond), now, now)
	require.Equal(t, mostAtOnce, n)

	// What was not acted on takes no time.
	require.Equal(t, now, take(new(5), now, now.Add(time.Second), 0))
	require.Equal(t, now, take(nil, now, now.Add(time.Second), 7))
}
