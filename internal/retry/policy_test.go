package retry_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/retry"
)

func TestDefault(t *testing.T) {
	t.Parallel()

	t.Run("is the schedule of the standard", func(t *testing.T) {
		t.Parallel()

		policy := retry.Default()
		require.NoError(t, policy.Validate())
		require.Equal(t, 10, policy.MaxAttempts())
		require.Equal(t, 10, policy.JitterPercent)

		var total time.Duration
		for _, delay := range policy.Delays {
			total += delay
		}
		require.Equal(t, 75*time.Hour+35*time.Minute+5*time.Second, total)
	})

	t.Run("gives each caller its own delays", func(t *testing.T) {
		t.Parallel()

		changed := retry.Default()
		changed.Delays[0] = time.Hour
		require.Equal(t, 5*time.Second, retry.Default().Delays[0])
	})
}

func TestPolicy_Validate(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name   string
		policy retry.Policy
		want   []string
	}{
		{"accepts every limit", retry.Policy{
			Delays: slices.Repeat([]time.Duration{retry.MinDelay, retry.MaxDelay}, 10), JitterPercent: 50,
		}, nil},
		{"accepts no retry at all", retry.Policy{}, nil},
		{"names each problem", retry.Policy{
			Delays: []time.Duration{time.Minute, 999 * time.Millisecond, retry.MaxDelay + 1}, JitterPercent: 51,
		}, []string{"delay 2 is 999ms", "delay 3 is 168h0m0.000000001s", "jitter is 51%"}},
		{
			"refuses 21 delays",
			retry.Policy{Delays: slices.Repeat([]time.Duration{time.Hour}, 21)},
			[]string{"21 delays, at most 20"},
		},
		{"refuses a negative delay", retry.Policy{Delays: []time.Duration{-time.Hour}}, []string{"delay 1 is -1h0m0s"}},
		{"refuses a negative jitter", retry.Policy{JitterPercent: -1}, []string{"jitter is -1%"}},
		{"refuses a zero delay", retry.Policy{Delays: []time.Duration{0}}, []string{"delay 1 is 0s"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			err := tt.policy.Validate()
			if tt.want == nil {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, retry.ErrInvalidPolicy)
			for _, problem := range tt.want {
				require.ErrorContains(t, err, problem)
			}
		})
	}
}

func TestPolicy_Delay(t *testing.T) {
	t.Parallel()

	t.Run("ends with the schedule", func(t *testing.T) {
		t.Parallel()

		policy := retry.Policy{Delays: []time.Duration{time.Second, time.Minute}}
		for attempt, want := range map[int]time.Duration{1: time.Second, 2: time.Minute} {
			delay, ok := policy.Delay(attempt, "seed")
			require.True(t, ok)
			require.Equal(t, want, delay)
		}
		for _, attempt := range []int{-1, 0, 3, 1 << 40} {
			delay, ok := policy.Delay(attempt, "seed")
			require.False(t, ok)
			require.Zero(t, delay)
		}
	})

	t.Run("never changes for the same input", func(t *testing.T) {
		t.Parallel()

		// Written down from the first version: a replayed workflow must see these for ever.
		want := map[int]time.Duration{1: 4_570_984_947, 5: 19_171_131_193_504, 9: 82_582_175_824_905}
		for attempt, wait := range want {
			delay, ok := retry.Default().Delay(attempt, "dlv_01JDX2V5Z8")
			require.True(t, ok)
			require.Equal(t, wait, delay)
		}
	})

	t.Run("differs between deliveries and between attempts", func(t *testing.T) {
		t.Parallel()

		policy := retry.Policy{Delays: slices.Repeat([]time.Duration{time.Hour}, 20), JitterPercent: 10}
		seen := map[time.Duration]bool{}
		for attempt := 1; attempt <= 20; attempt++ {
			for delivery := range 50 {
				delay, _ := policy.Delay(attempt, strconv.Itoa(delivery))
				seen[delay] = true
			}
		}
		require.Len(t, seen, 1000)
	})

	t.Run("survives a policy nobody validated", func(t *testing.T) {
		t.Parallel()

		for _, jitter := range []int{-1 << 62, -1, 101, 1 << 62} {
			for _, delay := range []time.Duration{-1 << 63, -1, 0, 1, 1<<63 - 1} {
				policy := retry.Policy{Delays: []time.Duration{delay}, JitterPercent: jitter}
				require.NotPanics(t, func() { policy.Delay(1, "seed") })
			}
		}
	})
}

func TestPolicy_Delay_SpreadsEvenlyWithinJitter(t *testing.T) {
	t.Parallel()

	for _, percent := range []int{1, 10, 50} {
		for _, base := range []time.Duration{retry.MinDelay, time.Hour, retry.MaxDelay} {
			t.Run(fmt.Sprintf("%d%% of %s", percent, base), func(t *testing.T) {
				t.Parallel()

				const draws = 10_000
				policy := retry.Policy{Delays: []time.Duration{base}, JitterPercent: percent}
				spread := base * time.Duration(percent) / 100
				var tenths [10]int
				for i := range draws {
					delay, ok := policy.Delay(1, strconv.Itoa(i))
					require.True(t, ok)
					require.GreaterOrEqual(t, delay, base-spread)
					require.LessOrEqual(t, delay, base+spread)
					tenths[min(9, int((delay-base+spread)*10/(2*spread)))]++
				}
				for _, n := range tenths {
					require.InDelta(t, draws/10, n, draws/10*0.15, "each tenth of the range gets its share")
				}
			})
		}
	}
}
