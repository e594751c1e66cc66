package settings_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/optional"
	"github.com/surehook/surehook/internal/settings"
	"github.com/surehook/surehook/internal/signing"
)

// others are settings that differ from the standard ones in every field.
func others() settings.Settings {
	return settings.Settings{
		Method: settings.Get, TimeoutSeconds: 30, Envelope: "event.data",
		Query:    []settings.Parameter{{Name: "a", Value: "event.id"}, {Name: "b", Value: "event.type"}},
		Sections: []settings.Section{{Name: "status", Paths: []string{"status"}, Included: true}},
		RetryPolicy: settings.RetryPolicy{
			DelaysSeconds: []int{1, 2}, Backoff: &settings.Backoff{BaseSeconds: 1, Factor: 2, Retries: 2},
		},
		MaxRequestsPerSecond: 7,
		Breaker: settings.Breaker{
			FailurePercent: 90, MinimumAttempts: 5, WindowSeconds: 10, CooldownSeconds: 60,
		},
	}
}

func TestSettings_WithNoChangesStaysAsItIs(t *testing.T) {
	t.Parallel()

	require.Equal(t, standard(), standard().With(others(), settings.Changes{}))
}

func TestSettings_WithNullHasTheDefaults(t *testing.T) {
	t.Parallel()

	require.Equal(t, others(), standard().With(others(), settings.Changes{
		Method:         optional.Null[settings.Method](),
		TimeoutSeconds: optional.Null[int](),
		Envelope:       optional.Null[string](),
		Query:          optional.Null[[]settings.Parameter](),
		Sections:       optional.Null[[]settings.SectionChange](),
		Signatures:     optional.Null[[]signing.Profile](),
		RetryPolicy:    optional.Null[settings.RetryChanges](),
		AutoDisable:    optional.Null[settings.AutoDisableChanges](),
		SecretRotation: optional.Null[settings.RotationChanges](),

		MaxRequestsPerSecond: optional.Null[int](),
		Breaker:              optional.Null[settings.BreakerChanges](),
	}))
}

// Each change, as given and as null, changes its own field and nothing else.
func TestSettings_WithAChangeChangesNothingElse(t *testing.T) {
	t.Parallel()

	query := []settings.Parameter{{Name: "q", Value: "event.id"}}
	signatures := []signing.Profile{{Scheme: signing.StandardWebhooksV1A}}

	for name, test := range map[string]struct {
		given, null settings.Changes
		want        func(s *settings.Settings)
		standard    func(s *settings.Settings)
	}{
		"method": {
			settings.Changes{Method: optional.Of(settings.Put)},
			settings.Changes{Method: optional.Null[settings.Method]()},
			func(s *settings.Settings) { s.Method = settings.Put },
			func(s *settings.Settings) { s.Method = others().Method },
		},
		"timeout": {
			settings.Changes{TimeoutSeconds: optional.Of(7)},
			settings.Changes{TimeoutSeconds: optional.Null[int]()},
			func(s *settings.Settings) { s.TimeoutSeconds = 7 },
			func(s *settings.Settings) { s.TimeoutSeconds = others().TimeoutSeconds },
		},
		"envelope": {
			settings.Changes{Envelope: optional.Of("event.id")},
			settings.Changes{Envelope: optional.Null[string]()},
			func(s *settings.Settings) { s.Envelope = "event.id" },
			func(s *settings.Settings) { s.Envelope = others().Envelope },
		},
		"query": {
			settings.Changes{Query: optional.Of(query)},
			settings.Changes{Query: optional.Null[[]settings.Parameter]()},
			func(s *settings.Settings) { s.Query = query },
			func(s *settings.Settings) { s.Query = others().Query },
		},
		"sections": {
			settings.Changes{Sections: optional.Of([]settings.SectionChange{{Name: "headers", Included: true}})},
			settings.Changes{Sections: optional.Null[[]settings.SectionChange]()},
			func(s *settings.Settings) { s.Sections[1].Included = true },
			func(s *settings.Settings) { s.Sections = others().Sections },
		},
		"signatures": {
			settings.Changes{Signatures: optional.Of(signatures)},
			settings.Changes{Signatures: optional.Null[[]signing.Profile]()},
			func(s *settings.Settings) { s.Signatures = signatures },
			func(s *settings.Settings) { s.Signatures = nil },
		},
		"retry policy": {
			settings.Changes{RetryPolicy: optional.Of(settings.RetryChanges{JitterPercent: new(0)})},
			settings.Changes{RetryPolicy: optional.Null[settings.RetryChanges]()},
			func(s *settings.Settings) { s.RetryPolicy.JitterPercent = 0 },
			func(s *settings.Settings) { s.RetryPolicy = others().RetryPolicy },
		},
		"auto-disable": {
			settings.Changes{AutoDisable: optional.Of(settings.AutoDisableChanges{FailingForHours: new(0)})},
			settings.Changes{AutoDisable: optional.Null[settings.AutoDisableChanges]()},
			func(s *settings.Settings) { s.AutoDisable.FailingForHours = 0 },
			func(s *settings.Settings) { s.AutoDisable = settings.AutoDisable{} },
		},
		"rotation": {
			settings.Changes{SecretRotation: optional.Of(settings.RotationChanges{EveryDays: new(0)})},
			settings.Changes{SecretRotation: optional.Null[settings.RotationChanges]()},
			func(s *settings.Settings) { s.SecretRotation.EveryDays = 0 },
			func(s *settings.Settings) { s.SecretRotation = settings.Rotation{} },
		},
		"rate": {
			settings.Changes{MaxRequestsPerSecond: optional.Of(100)},
			settings.Changes{MaxRequestsPerSecond: optional.Null[int]()},
			func(s *settings.Settings) { s.MaxRequestsPerSecond = 100 },
			func(s *settings.Settings) { s.MaxRequestsPerSecond = others().MaxRequestsPerSecond },
		},
		"breaker": {
			settings.Changes{Breaker: optional.Of(settings.BreakerChanges{FailurePercent: new(0)})},
			settings.Changes{Breaker: optional.Null[settings.BreakerChanges]()},
			func(s *settings.Settings) { s.Breaker.FailurePercent = 0 },
			func(s *settings.Settings) { s.Breaker = others().Breaker },
		},
	} {
		want := standard()
		test.want(&want)
		require.Equal(t, want, standard().With(others(), test.given), name)

		want = standard()
		test.standard(&want)
		require.Equal(t, want, standard().With(others(), test.null), name)
	}
}

func TestSettings_WithListsTakesThePlaceOfThoseThereWere(t *testing.T) {
	t.Parallel()

	got := standard().With(others(), settings.Changes{
		Query: optional.Of([]settings.Parameter{}), Signatures: optional.Of([]signing.Profile{}),
	})
	require.Empty(t, got.Query)
	require.Empty(t, got.Signatures)
}

func TestSettings_WithSectionsChangesThemByName(t *testing.T) {
	t.Parallel()

	before := standard()

	got := before.With(others(), settings.Changes{Sections: optional.Of([]settings.SectionChange{
		{Name: "headers", Included: true},
		{Name: "body", Paths: []string{"body"}},
		{Name: "more", Paths: []string{"a.b"}, Included: true},
		{Name: "more", Included: false},
	})})
	require.Equal(t, []settings.Section{
		{Name: "body", Paths: []string{"body"}},
		{Name: "headers", Paths: []string{"request.headers", "response.headers"}, Included: true},
		{Name: "more", Paths: []string{"a.b"}},
	}, got.Sections)
	require.Equal(t, standard(), before, "the settings that were changed are others")

	got = before.With(others(), settings.Changes{Sections: optional.Of([]settings.SectionChange{})})
	require.Equal(t, standard().Sections, got.Sections, "those that are not named stay")
}

func TestSettings_WithARetryPolicyChangesWhatItHas(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		changes settings.RetryChanges
		want    func(p *settings.RetryPolicy)
	}{
		"nothing":     {settings.RetryChanges{}, func(*settings.RetryPolicy) {}},
		"off":         {settings.RetryChanges{Enabled: new(false)}, func(p *settings.RetryPolicy) { p.Enabled = false }},
		"delays":      {settings.RetryChanges{DelaysSeconds: &[]int{9}}, func(p *settings.RetryPolicy) { p.DelaysSeconds = []int{9} }},
		"no delays":   {settings.RetryChanges{DelaysSeconds: &[]int{}}, func(p *settings.RetryPolicy) { p.DelaysSeconds = []int{} }},
		"jitter":      {settings.RetryChanges{JitterPercent: new(0)}, func(p *settings.RetryPolicy) { p.JitterPercent = 0 }},
		"Retry-After": {settings.RetryChanges{HonorRetryAfter: new(false)}, func(p *settings.RetryPolicy) { p.HonorRetryAfter = false }},
		"classes": {
			settings.RetryChanges{RetryOn: &[]settings.RetryClass{settings.On3xx}},
			func(p *settings.RetryPolicy) { p.RetryOn = []settings.RetryClass{settings.On3xx} },
		},
	} {
		want := standard()
		test.want(&want.RetryPolicy)
		require.Equal(t, want, standard().With(others(), settings.Changes{RetryPolicy: optional.Of(test.changes)}), name)
	}
}

func TestSettings_WithABackoffHasItsDelaysAndTheOtherWayRound(t *testing.T) {
	t.Parallel()

	change := func(from settings.Settings, changes settings.RetryChanges) settings.Settings {
		return from.With(others(), settings.Changes{RetryPolicy: optional.Of(changes)})
	}

	first := change(standard(), settings.RetryChanges{Backoff: &settings.BackoffChanges{}})
	require.Equal(t, &settings.Backoff{BaseSeconds: 1, Factor: 2, Retries: 3}, first.RetryPolicy.Backoff, "as documented")
	require.Equal(t, []int{1, 2, 4}, first.RetryPolicy.DelaysSeconds)

	second := change(first, settings.RetryChanges{Backoff: &settings.BackoffChanges{Retries: new(5)}})
	require.Equal(t, []int{1, 2, 4, 8, 16}, second.RetryPolicy.DelaysSeconds)
	require.Equal(t, 3, first.RetryPolicy.Backoff.Retries, "what it was changed from stays as it is")

	third := change(second, settings.RetryChanges{
		Backoff: &settings.BackoffChanges{BaseSeconds: new(10), Factor: new(3.0)},
	})
	require.Equal(t, &settings.Backoff{BaseSeconds: 10, Factor: 3, Retries: 5}, third.RetryPolicy.Backoff)
	require.Equal(t, []int{10, 30, 90, 270, 810}, third.RetryPolicy.DelaysSeconds)

	fourth := change(third, settings.RetryChanges{Enabled: new(false)})
	require.NotNil(t, fourth.RetryPolicy.Backoff)
	require.Equal(t, third.RetryPolicy.DelaysSeconds, fourth.RetryPolicy.DelaysSeconds)

	fifth := change(fourth, settings.RetryChanges{DelaysSeconds: &[]int{7}})
	require.Nil(t, fifth.RetryPolicy.Backoff)
	require.Equal(t, []int{7}, fifth.RetryPolicy.DelaysSeconds)
}

func TestSettings_WithAutoDisableAndRotationChangesWhatTheyHave(t *testing.T) {
	t.Parallel()

	got := standard().With(others(), settings.Changes{
		AutoDisable:    optional.Of(settings.AutoDisableChanges{ConsecutiveFailures: new(5), OnGone: new(false)}),
		SecretRotation: optional.Of(settings.RotationChanges{OverlapSeconds: new(60)}),
	})
	require.Equal(t, settings.AutoDisable{ConsecutiveFailures: 5, FailingForHours: 120}, got.AutoDisable)
	require.Equal(t, settings.Rotation{EveryDays: 30, OverlapSeconds: 60}, got.SecretRotation)
}

func TestSettings_WithABreakerChangesWhatItHas(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		changes settings.BreakerChanges
		want    func(b *settings.Breaker)
	}{
		"nothing":  {settings.BreakerChanges{}, func(*settings.Breaker) {}},
		"share":    {settings.BreakerChanges{FailurePercent: new(1)}, func(b *settings.Breaker) { b.FailurePercent = 1 }},
		"minimum":  {settings.BreakerChanges{MinimumAttempts: new(2)}, func(b *settings.Breaker) { b.MinimumAttempts = 2 }},
		"window":   {settings.BreakerChanges{WindowSeconds: new(3)}, func(b *settings.Breaker) { b.WindowSeconds = 3 }},
		"cooldown": {settings.BreakerChanges{CooldownSeconds: new(4)}, func(b *settings.Breaker) { b.CooldownSeconds = 4 }},
	} {
		want := standard()
		test.want(&want.Breaker)
		require.Equal(t, want, standard().With(others(), settings.Changes{Breaker: optional.Of(test.changes)}), name)
	}
}

func TestSettings_ABreakerThatNeverWasIsSwitchedOnWithTheDefaults(t *testing.T) {
	t.Parallel()

	old := standard()
	old.Breaker = settings.Breaker{} // of a webhook that is older than breakers

	on := settings.Changes{Breaker: optional.Of(settings.BreakerChanges{FailurePercent: new(40)})}
	next := old.With(others(), on)
	require.Equal(t, settings.Breaker{FailurePercent: 40, MinimumAttempts: 5, WindowSeconds: 10, CooldownSeconds: 60},
		next.Breaker)
	require.Empty(t, on.Check(next, rules()))

	still := settings.Changes{Breaker: optional.Of(settings.BreakerChanges{CooldownSeconds: new(9)})}
	require.Zero(t, old.With(others(), still).Breaker.FailurePercent, "it is switched on by nothing else")
	require.Equal(t, old, old.With(others(), settings.Changes{}))
}
