package flow

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/settings"
)

var (
	noon   = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	policy = settings.Breaker{FailurePercent: 50, MinimumAttempts: 4, WindowSeconds: 10, CooldownSeconds: 8}
)

// seen adds attempts one after the other, of which a + succeeded and a - failed, and returns which of them were too
// many.
func seen(w *window, at time.Time, policy settings.Breaker, attempts string) (out []int) {
	for n, one := range attempts {
		if w.add(at, one == '-', policy) {
			out = append(out, n)
		}
	}

	return out
}

func TestWindow_TripsAtTheShareOfFailures(t *testing.T) {
	t.Parallel()

	for attempts, want := range map[string][]int{
		"++--":       {3},
		"+++--":      nil,
		"+++---":     {5},
		"--++":       nil, // Half of four failed, but what came last did not.
		"--++-":      {4},
		"+++++-----": {9},
	} {
		require.Equal(t, want, seen(&window{}, noon, policy, attempts), attempts)
	}

	all := policy
	all.FailurePercent = 100
	require.Nil(t, seen(&window{}, noon, all, "+---------"))
	require.Equal(t, []int{3}, seen(&window{}, noon, all, "----"))

	one := policy
	one.FailurePercent = 1
	require.Equal(t, []int{99}, seen(&window{}, noon, one, string(make([]rune, 99))+"-"))
	require.Nil(t, seen(&window{}, noon, one, string(make([]rune, 100))+"-"))
}

func TestWindow_FewAttemptsSayNothing(t *testing.T) {
	t.Parallel()

	require.Nil(t, seen(&window{}, noon, policy, "---"))
	require.Equal(t, []int{3}, seen(&window{}, noon, policy, "----"))

	single := policy
	single.MinimumAttempts = 1
	require.Equal(t, []int{0}, seen(&window{}, noon, single, "-"))
}

func TestWindow_WhatItTrippedByDoesNotCountAgain(t *testing.T) {
	t.Parallel()

	require.Equal(t, []int{3, 7}, seen(&window{}, noon, policy, "--------"))
}

func TestWindow_ForgetsWhatIsOlderThanItIsLong(t *testing.T) {
	t.Parallel()

	w := &window{}
	require.Nil(t, seen(w, noon, policy, "---"))
	require.Nil(t, seen(w, noon.Add(10*time.Second), policy, "-"), "all of the others are too old")
	require.Nil(t, seen(w, noon.Add(19*time.Second), policy, "--"))
	require.Equal(t, []int{0}, seen(w, noon.Add(19*time.Second+500*time.Millisecond), policy, "-"), "none of them is")

	slides := &window{}
	for second := range 12 {
		require.Nil(t, seen(slides, noon.Add(time.Duration(second)*time.Second), policy, "+++"))
	}

	require.Equal(t, []int{17}, seen(slides, noon.Add(15*time.Second), policy, "------------------"),
		"18 of the 36 that succeeded are too old")
}

func TestWindow_OutlivesAClockThatGoesBack(t *testing.T) {
	t.Parallel()

	w := &window{}
	require.Nil(t, seen(w, noon, policy, "--"))
	require.Equal(t, []int{1}, seen(w, noon.Add(-3*time.Second), policy, "--"), "a little does not matter")

	far := &window{}
	require.Nil(t, seen(far, noon.Add(time.Hour), policy, "---"))
	require.Nil(t, seen(far, noon, policy, "-"), "what an hour to come has seen is not of the last ten seconds")
	require.Nil(t, seen(far, noon.Add(20*time.Second), policy, "---"), "and it forgets as before")
	require.Equal(t, []int{0}, seen(far, noon.Add(20*time.Second), policy, "-"))
}

func TestWindow_BeginsAnewWhenItsLengthIsChanged(t *testing.T) {
	t.Parallel()

	long := policy
	long.WindowSeconds = 3_600

	w := &window{}
	require.Nil(t, seen(w, noon, policy, "---"))
	require.Nil(t, seen(w, noon, long, "---"))
	require.Nil(t, seen(w, noon.Add(2*time.Hour), long, "---"), "it forgets at its new length")
	require.Nil(t, seen(w, noon.Add(2*time.Hour), policy, "---"))
	require.Nil(t, seen(w, noon.Add(2*time.Hour+time.Minute), policy, "---"), "and at the old one again")
}

func TestWindows_AreOneForEachWebhook(t *testing.T) {
	t.Parallel()

	all := newWindows()
	one, other := id.New(id.Webhook), id.New(id.Webhook)
	first := all.of(one)

	require.NotSame(t, first, all.of(other))
	require.Same(t, first, all.of(one))
}

func TestCooldown_DoublesWithEachProbeThatFailedUpToAQuarterOfAnHour(t *testing.T) {
	t.Parallel()

	for failed, want := range []float64{8, 16, 32, 64, 128, 256, 512, 900, 900} {
		require.InDelta(t, want, cooldown(policy, failed).Seconds(), 0, "after %d", failed)
	}

	longest := policy
	longest.CooldownSeconds = settings.MaxCooldown
	require.Equal(t, 900*time.Second, cooldown(longest, 0))
	require.Equal(t, 900*time.Second, cooldown(longest, 1_000_000))
	require.Equal(t, time.Second, cooldown(settings.Breaker{}, 0))
}
