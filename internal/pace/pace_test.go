package pace_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/pace"
)

// smooth is the burst that pacing is tried with.
const smooth = 50 * time.Millisecond

// rates are those that pacing is tried at, with how many may come in any one second.
var rates = map[int]int{
	1: 1, 2: 2, 7: 7, 9: 9, 10: 11, 19: 20, 100: 105, 333: 350, 3_000: 3_150, 9_999: 10_499, 10_000: 10_500,
}

// paced lets go as fast as a pace allows for a while, waiting as it says and somewhat longer, and returns when it did.
// What the database keeps has microseconds.
func paced(p pace.Pace, late, during time.Duration) []time.Time {
	var (
		out   []time.Time
		taken time.Time
	)

	start := time.Date(2026, 8, 1, 12, 0, 0, 123_456_000, time.UTC)

	for now := start; now.Before(start.Add(during)); now = now.Add(max(p.Wait(now, taken), time.Millisecond) + late) {
		n := max(p.Room(now, taken), 0)
		for range n {
			out = append(out, now)
		}

		taken = p.Take(now, taken, n).Truncate(time.Microsecond)
	}

	return out
}

// most returns how many of the times are within a second of each other.
func most(times []time.Time) (out int) {
	for first, last := 0, 0; last < len(times); last++ {
		for times[last].Sub(times[first]) >= time.Second {
			first++
		}

		out = max(out, last-first+1)
	}

	return out
}

func TestPace_NeverHasMoreInASecondThanItsRateAndASmallBunch(t *testing.T) {
	t.Parallel()

	for perSecond, want := range rates {
		for _, late := range []time.Duration{0, 3 * time.Millisecond, 26 * time.Millisecond} {
			got := most(paced(pace.Of(perSecond, smooth), late, 5*time.Second))
			require.LessOrEqual(t, got, want, "%d a second, %s late", perSecond, late)
			require.LessOrEqual(t, got*10, perSecond*11, "%d a second, %s late", perSecond, late)
		}
	}
}

func TestPace_KeepsItsRateOverTime(t *testing.T) {
	t.Parallel()

	const seconds = 10

	for perSecond := range rates {
		for _, late := range []time.Duration{0, 20 * time.Millisecond} {
			// Where one more in a second would be too many, being late is never made up for.
			if late > 0 && perSecond < 10 {
				continue
			}

			got := len(paced(pace.Of(perSecond, smooth), late, seconds*time.Second))
			require.InDelta(t, seconds*perSecond, got, 0.1*float64(perSecond)+1, "%d a second, %s late", perSecond, late)
		}
	}
}

func TestPace_TakesNothingForTimeInWhichNothingWasMade(t *testing.T) {
	t.Parallel()

	p := pace.Of(100, smooth)
	now := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

	require.Equal(t, 6, p.Room(now, time.Time{}), "never used")
	require.Equal(t, 6, p.Room(now, now.Add(-time.Hour)), "an hour of rest is no hour's worth of requests")
	require.Equal(t, 6, p.Room(now, now))
	require.Equal(t, 4, p.Room(now, now.Add(20*time.Millisecond)))
	require.Equal(t, 0, p.Room(now, now.Add(60*time.Millisecond)))
	require.LessOrEqual(t, p.Room(now, now.Add(time.Minute)), 0)

	require.Equal(t, now.Add(30*time.Millisecond), p.Take(now, now.Add(-time.Hour), 3))
	require.Equal(t, now.Add(40*time.Millisecond), p.Take(now, now.Add(20*time.Millisecond), 2))
}

func TestPace_WaitsUntilThereIsRoomAgain(t *testing.T) {
	t.Parallel()

	now := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

	for perSecond := range rates {
		p := pace.Of(perSecond, smooth)
		taken := p.Take(now, now, max(p.Room(now, now), 1))
		later := now.Add(max(p.Wait(now, taken), time.Millisecond))
		require.Positive(t, p.Room(later, taken), "%d a second", perSecond)
	}

	require.Zero(t, pace.Of(100, smooth).Wait(now, now.Add(-time.Hour)))
}
