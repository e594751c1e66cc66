package attempt_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/attempt"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/egress"
	"github.com/surehook/surehook/internal/settings"
)

// results are all that can go wrong with a request.
func results() map[string]*egress.Result {
	return map[string]*egress.Result{
		"301":              answered(301),
		"404":              answered(404),
		"408":              answered(408),
		"410":              answered(410),
		"429":              answered(429),
		"500":              answered(500),
		"599":              answered(599),
		"AUTH_UNAVAILABLE": broken(egress.CodeAuthUnavailable),
		"CONNECT":          broken(egress.CodeConnect),
		"DNS":              broken(egress.CodeDNS),
		"TIMEOUT":          broken(egress.CodeTimeout),
		"TLS":              broken(egress.CodeTLS),
	}
}

func answered(code int) *egress.Result {
	return &egress.Result{StartedAt: time.Now(), Response: &egress.Response{StatusCode: code}}
}

func broken(code egress.ErrorCode) *egress.Result {
	return &egress.Result{StartedAt: time.Now(), Err: &egress.Error{Code: code, Message: "did not work"}}
}

// retried makes a first attempt with each of the results, and returns those that are tried again.
func (b *testBundle) retried(t *testing.T) []string {
	t.Helper()

	var out []string

	for name, result := range results() {
		b.sender.result = result
		b.publish(t, "{}")

		switch outcome := b.run(t); outcome.State {
		case attempt.Waiting:
			out = append(out, name)
		default:
			require.Equal(t, attempt.Failed, outcome.State, name)
			require.Equal(t, delivery.Failed, b.state(t).Status, name)
		}
	}

	return out
}

func TestSeeds_RetryClassesAreThoseOfTheProfile(t *testing.T) {
	t.Parallel()

	network := []string{"AUTH_UNAVAILABLE", "CONNECT", "DNS", "TLS"}
	transient := append([]string{"500", "599", "TIMEOUT"}, network...)

	for name, test := range map[string]struct {
		profile string
		want    []string
	}{
		"KI5 a callback is not called again":   {"kianda", nil},
		"KR6 what is transient is retried":     {"krebit", append([]string{"408", "429"}, transient...)},
		"KU10 4xx and 3xx are not retried":     {"kuviq", transient},
		"KX7 4xx is never retried":             {"knoxcall", transient},
		"KZ8 nothing is retried":               {"kazinex", nil},
		"standard retries all but 410":         {"standard", append([]string{"301", "404", "408", "429"}, transient...)},
		"standard without retries has one try": {"", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := setup(t, nil)
			b.edit(t, func(s *settings.Settings) {
				if test.profile == "" {
					s.RetryPolicy.Enabled = false
				} else {
					*s = shipped(t, test.profile).Settings
				}
			})

			require.ElementsMatch(t, test.want, b.retried(t))
		})
	}
}

func TestRun_RetriesTheClassesOfThePolicyAndNoOthers(t *testing.T) {
	t.Parallel()

	for class, want := range map[settings.RetryClass][]string{
		settings.On3xx:      {"301"},
		settings.On408Or429: {"408", "429"},
		settings.On4xx:      {"404"},
		settings.On5xx:      {"500", "599"},
		settings.OnNetwork:  {"AUTH_UNAVAILABLE", "CONNECT", "DNS", "TLS"},
		settings.OnTimeout:  {"TIMEOUT"},
	} {
		t.Run(string(class), func(t *testing.T) {
			t.Parallel()

			b := setup(t, nil)
			b.edit(t, func(s *settings.Settings) { s.RetryPolicy.RetryOn = []settings.RetryClass{class} })

			require.ElementsMatch(t, want, b.retried(t))
		})
	}
}

func TestRun_RetryAfterIsHonouredOnlyWhereThePolicySaysSo(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		honour bool
		want   time.Duration
	}{"on": {true, time.Hour}, "off": {false, 10 * time.Second}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := setup(t, status(503, "Retry-After", "3600"))
			b.edit(t, func(s *settings.Settings) { s.RetryPolicy.HonorRetryAfter = test.honour })

			require.InDelta(t, test.want.Seconds(), b.run(t).Wait.Seconds(), 1)
		})
	}
}

func TestRun_RetryAfterDoesNotMakeARetryOfWhatHasNone(t *testing.T) {
	t.Parallel()

	b := setup(t, status(429, "Retry-After", "1"))
	b.edit(t, func(s *settings.Settings) { s.RetryPolicy.RetryOn = []settings.RetryClass{settings.On5xx} })

	require.Equal(t, attempt.Failed, b.run(t).State)
}

func TestRun_OneAttemptWhenRetriesAreOff(t *testing.T) {
	t.Parallel()

	b := setup(t, status(500))
	b.edit(t, func(s *settings.Settings) { s.RetryPolicy.Enabled = false })

	outcome := b.run(t)
	require.Equal(t, attempt.Failed, outcome.State)
	require.Contains(t, outcome.Failure, "on attempt 1 of 1")
	require.Equal(t, 1, b.state(t).MaxAttempts)
	require.Equal(t, attempt.Failed, b.run(t).State)
	require.Equal(t, 1, b.sent())
}

func TestRun_FollowsThePolicyAsItIsNow(t *testing.T) {
	t.Parallel()

	b := setup(t, status(500))
	require.InDelta(t, 10, b.run(t).Wait.Seconds(), 1)

	b.edit(t, func(s *settings.Settings) { s.RetryPolicy.DelaysSeconds = []int{10, 40, 80} })
	b.later(t)
	require.InDelta(t, 40, b.run(t).Wait.Seconds(), 1)
	require.Equal(t, 4, b.state(t).MaxAttempts)
}
