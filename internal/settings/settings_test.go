package settings_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/settings"
	"github.com/surehook/surehook/internal/signing"
)

// standard are settings with which nothing is wrong.
func standard() settings.Settings {
	return settings.Settings{
		Method:         settings.Post,
		TimeoutSeconds: 15,
		Envelope:       `{"type": event.type, "data": event.data}`,
		Query:          []settings.Parameter{{Name: "source", Value: `"surehook"`}},
		Sections: []settings.Section{
			{Name: "body", Paths: []string{"request.body"}, Included: true},
			{Name: "headers", Paths: []string{"request.headers", "response.headers"}},
		},
		Signatures: []signing.Profile{{Scheme: signing.StandardWebhooksV1}},
		RetryPolicy: settings.RetryPolicy{
			Enabled: true, DelaysSeconds: []int{5, 300}, JitterPercent: 10,
			RetryOn: []settings.RetryClass{settings.OnTimeout, settings.On5xx}, HonorRetryAfter: true,
		},
		AutoDisable:    settings.AutoDisable{ConsecutiveFailures: 20, FailingForHours: 120, OnGone: true},
		SecretRotation: settings.Rotation{EveryDays: 30, OverlapSeconds: 86_400},
		Breaker: settings.Breaker{
			FailurePercent: 50, MinimumAttempts: 20, WindowSeconds: 60, CooldownSeconds: 30,
		},
	}
}

// rules are those of a profile that allows everything.
func rules() settings.Rules {
	return settings.Rules{MinTimeoutSeconds: 1, MaxTimeoutSeconds: 60, MaxRetries: 20, SecretSource: settings.AnySource}
}

func TestSettings_ExcludedAreThePathsOfSectionsThatAreOff(t *testing.T) {
	t.Parallel()

	s := standard()
	require.Equal(t, []string{"request.headers", "response.headers"}, s.Excluded())

	s.Sections[0].Included = false
	require.Equal(t, []string{"request.body", "request.headers", "response.headers"}, s.Excluded())

	s.Sections = nil
	require.Empty(t, s.Excluded())
}

func TestSettings_UsesTellsTheSchemesOfItsSignatures(t *testing.T) {
	t.Parallel()

	s := standard()
	require.True(t, s.Uses(signing.StandardWebhooksV1))
	require.True(t, s.Uses(signing.HMACBody, signing.StandardWebhooksV1))
	require.False(t, s.Uses(signing.HMACBody))
	require.False(t, s.Uses())

	s.Signatures = nil
	require.False(t, s.Uses(signing.StandardWebhooksV1))
}

func TestRules_AllowAllMethodsUnlessTold(t *testing.T) {
	t.Parallel()

	require.Equal(t, []settings.Method{settings.Post, settings.Put, settings.Patch, settings.Get},
		settings.Rules{}.AllowedMethods())
	require.Equal(t, []settings.Method{settings.Get},
		settings.Rules{Methods: []settings.Method{settings.Get}}.AllowedMethods())
}
