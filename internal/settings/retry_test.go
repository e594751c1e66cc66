package settings_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/retry"
	"github.com/surehook/surehook/internal/settings"
)

func TestBackoff_DelaysAreEachANumberOfTimesTheOneBefore(t *testing.T) {
	t.Parallel()

	const week = 604_800

	for name, test := range map[string]struct {
		backoff settings.Backoff
		want    []int
	}{
		"KX8 doubling":      {settings.Backoff{BaseSeconds: 1, Factor: 2, Retries: 5}, []int{1, 2, 4, 8, 16}},
		"the same always":   {settings.Backoff{BaseSeconds: 30, Factor: 1, Retries: 3}, []int{30, 30, 30}},
		"no retries":        {settings.Backoff{BaseSeconds: 1, Factor: 2}, []int{}},
		"rounded":           {settings.Backoff{BaseSeconds: 1, Factor: 1.5, Retries: 5}, []int{1, 2, 2, 3, 5}},
		"not over a week":   {settings.Backoff{BaseSeconds: 100_000, Factor: 10, Retries: 3}, []int{100_000, week, week}},
		"never overflows":   {settings.Backoff{BaseSeconds: week, Factor: 10, Retries: 20}, slices.Repeat([]int{week}, 20)},
		"never too many":    {settings.Backoff{BaseSeconds: 1, Factor: 1, Retries: 1 << 40}, slices.Repeat([]int{1}, 20)},
		"never less than 0": {settings.Backoff{BaseSeconds: 1, Factor: 1, Retries: -1}, []int{}},
		"infinite":          {settings.Backoff{BaseSeconds: 1, Factor: math.Inf(1), Retries: 2}, []int{1, week}},
	} {
		require.Equal(t, test.want, test.backoff.Delays(), name)
	}
}

func TestRetryPolicy_ScheduleHasItsDelays(t *testing.T) {
	t.Parallel()

	p := standard().RetryPolicy
	require.Equal(t, retry.Policy{
		Delays: []time.Duration{5 * time.Second, 5 * time.Minute}, JitterPercent: 10,
	}, p.Schedule())
	require.Equal(t, 3, p.MaxAttempts())
}

func TestRetryPolicy_ScheduleIsEmptyWhenRetriesAreOffAndTheDelaysAreKept(t *testing.T) {
	t.Parallel()

	p := standard().RetryPolicy
	p.Enabled = false

	require.Empty(t, p.Schedule().Delays)
	require.Equal(t, 1, p.MaxAttempts())
	require.Equal(t, []int{5, 300}, p.DelaysSeconds)
}

func TestRetryPolicy_CoversTheClassesItHas(t *testing.T) {
	t.Parallel()

	p := standard().RetryPolicy

	for _, class := range settings.RetryClasses() {
		require.Equal(t, class == settings.OnTimeout || class == settings.On5xx, p.Covers(class), class)
	}

	require.False(t, settings.RetryPolicy{}.Covers(settings.On5xx))
}
