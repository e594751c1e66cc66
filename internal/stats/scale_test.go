package stats_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/stats"
)

func TestStep_IsTheOneThatHoldsTheDuration(t *testing.T) {
	t.Parallel()

	for d, want := range map[time.Duration]int{
		-time.Second: 0, 0: 0, time.Millisecond - 1: 0, time.Millisecond: 1, 1250*time.Microsecond - 1: 1,
		1250 * time.Microsecond: 2, 56 * time.Second: stats.Steps - 2, 57 * time.Second: stats.Steps - 1,
		time.Hour: stats.Steps - 1,
	} {
		require.Equal(t, want, stats.Step(d), d)
	}

	for range 10_000 {
		d := rand.N(time.Minute)
		from, to := stats.Bounds(stats.Step(d))
		require.LessOrEqual(t, from, stats.Milliseconds(d))

		if stats.Step(d) < stats.Steps-1 {
			require.Greater(t, to, stats.Milliseconds(d))
		}
	}
}

func TestBounds_FollowEachOther(t *testing.T) {
	t.Parallel()

	end := 0.0

	for step := range stats.Steps {
		from, to := stats.Bounds(step)
		require.InDelta(t, end, from, 0)
		require.Greater(t, to, from)

		end = to
	}

	require.Greater(t, end, 60_000.0)
}

func TestPercentile_IsInTheStepOfTheAttemptItself(t *testing.T) {
	t.Parallel()

	for range 200 {
		var (
			attempts stats.Histogram
			all      []time.Duration
		)

		for range 1 + rand.N(500) {
			d := rand.N(time.Duration(1) << (10 + rand.N(26)))
			all = append(all, d)
			attempts[stats.Step(d)]++
		}

		slices.Sort(all)

		for _, share := range []float64{0.5, 0.95, 0.99} {
			exact := all[nearestRank(share, len(all))]
			from, to := stats.Bounds(stats.Step(exact))
			got := stats.Percentile(&attempts, share)
			require.GreaterOrEqual(t, got, from)
			require.LessOrEqual(t, got, to)
		}
	}
}

// nearestRank is the place of a percentile among so many that are sorted.
func nearestRank(share float64, count int) int {
	n := int(share * float64(count))
	if float64(n) == share*float64(count) {
		n--
	}

	return max(n, 0)
}

func TestPercentile_IsSpreadOverTheStep(t *testing.T) {
	t.Parallel()

	var attempts stats.Histogram

	attempts[stats.Step(time.Millisecond)] = 100

	require.InDelta(t, 1.125, stats.Percentile(&attempts, 0.5), 1e-9)
	require.InDelta(t, 1.2475, stats.Percentile(&attempts, 0.99), 1e-9)
}
