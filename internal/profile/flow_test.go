package profile_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/profile"
	"github.com/surehook/surehook/internal/settings"
)

func TestLoad_TakesARateAndABreakerAndFillsInTheRest(t *testing.T) {
	t.Parallel()

	p, err := load(t, head+`
settings:
  maxRequestsPerSecond: 10000
  breaker: {failurePercent: 80, cooldownSeconds: 900}
recipes:
  - name: one
    title: One
    settings: {maxRequestsPerSecond: 1, breaker: {failurePercent: 0}}
  - {name: two, title: Two}
`)
	require.NoError(t, err)

	want := settings.Breaker{FailurePercent: 80, MinimumAttempts: 20, WindowSeconds: 60, CooldownSeconds: 900}
	require.Equal(t, want, p.Settings.Breaker)
	require.Equal(t, 10_000, p.Settings.MaxRequestsPerSecond)

	one, ok := p.Recipe("one")
	require.True(t, ok)

	want.FailurePercent = 0
	require.Equal(t, want, one.Settings.Breaker)
	require.Equal(t, 1, one.Settings.MaxRequestsPerSecond)

	two, ok := p.Recipe("two")
	require.True(t, ok)
	require.Equal(t, p.Settings, two.Settings)
	requireRoundTrip(t, p)
}

func TestLoad_RefusesARateOrABreakerOutOfBounds(t *testing.T) {
	t.Parallel()

	for text, field := range map[string]string{
		"{maxRequestsPerSecond: -1}":         "maxRequestsPerSecond: minimum",
		"{maxRequestsPerSecond: 10001}":      "maxRequestsPerSecond: maximum",
		"{maxRequestsPerSecond: null}":       "maxRequestsPerSecond: got null, want integer",
		"{breaker: {failurePercent: 101}}":   "breaker.failurePercent: maximum",
		"{breaker: {minimumAttempts: 0}}":    "breaker.minimumAttempts: minimum",
		"{breaker: {windowSeconds: 3601}}":   "breaker.windowSeconds: maximum",
		"{breaker: {cooldownSeconds: 901}}":  "breaker.cooldownSeconds: maximum",
		"{breaker: {cooldownSeconds: 0.5}}":  "breaker.cooldownSeconds: ",
		"{breaker: {failureRatio: 1}}":       "breaker.failureRatio: there is no such key",
		"{breaker: 5}":                       "breaker: got number, want object",
		"{breaker: {failurePercent: '100'}}": "breaker.failurePercent: got string, want integer",
	} {
		_, err := load(t, head+"settings: "+text+"\n")
		require.ErrorContains(t, err, "mine.yaml:3: settings."+field, text)
	}
}

func TestShipped_GiveReceiversARestAndLimitNone(t *testing.T) {
	t.Parallel()

	for _, p := range shipped(t).List() {
		require.Zero(t, p.Settings.MaxRequestsPerSecond, p.Name)

		// Its failures in a row take a webhook out of use, which a rest would put off.
		require.Equal(t, p.Name != "krebit", p.Settings.Breaker.FailurePercent > 0, p.Name)
	}
}

// Organizations keep the profile that they were founded with, which may be older than rates and breakers.
func TestParse_OfAnOlderProfileHasNeither(t *testing.T) {
	t.Parallel()

	standard := get(t, shipped(t), profile.Default)

	var document map[string]any

	require.NoError(t, json.NewDecoder(bytes.NewReader(standard.Document)).Decode(&document))
	delete(document["settings"].(map[string]any), "maxRequestsPerSecond")
	delete(document["settings"].(map[string]any), "breaker")

	text, err := json.Marshal(document)
	require.NoError(t, err)

	old, err := profile.Parse(text)
	require.NoError(t, err)
	require.Zero(t, old.Settings.MaxRequestsPerSecond)
	require.Zero(t, old.Settings.Breaker)
	require.Empty(t, old.Settings.Check(old.Rules))
}
