package settings_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/optional"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/settings"
	"github.com/surehook/surehook/internal/signing"
)

// found is where a problem is, and of what kind.
type found struct {
	code  problem.Code
	field string
}

func of(problems problem.List) []found {
	var out []found

	for _, one := range problems {
		out = append(out, found{one.Code, strings.Join(one.Field, ".")})
	}

	return out
}

func TestSettings_CheckFindsNothingWrongUpToTheLimits(t *testing.T) {
	t.Parallel()

	for name, change := range map[string]func(s *settings.Settings){
		"standard":            func(*settings.Settings) {},
		"GET":                 func(s *settings.Settings) { s.Method = settings.Get },
		"timeout 1":           func(s *settings.Settings) { s.TimeoutSeconds = 1 },
		"timeout 60":          func(s *settings.Settings) { s.TimeoutSeconds = 60 },
		"no query":            func(s *settings.Settings) { s.Query = nil },
		"20 parameters":       func(s *settings.Settings) { s.Query = slices.Repeat(s.Query, 20) },
		"parameter of 64":     func(s *settings.Settings) { s.Query[0].Name = strings.Repeat("ä", 64) },
		"no sections":         func(s *settings.Settings) { s.Sections = nil },
		"20 sections":         func(s *settings.Settings) { s.Sections = slices.Repeat(s.Sections[:1], 20) },
		"section of 64":       func(s *settings.Settings) { s.Sections[0].Name = strings.Repeat("s", 64) },
		"20 paths":            func(s *settings.Settings) { s.Sections[0].Paths = slices.Repeat([]string{"a"}, 20) },
		"path of 256":         func(s *settings.Settings) { s.Sections[0].Paths[0] = strings.Repeat("p", 256) },
		"no signatures":       func(s *settings.Settings) { s.Signatures = nil },
		"no delays":           func(s *settings.Settings) { s.RetryPolicy.DelaysSeconds = nil },
		"20 delays":           func(s *settings.Settings) { s.RetryPolicy.DelaysSeconds = slices.Repeat([]int{1}, 20) },
		"delay of a week":     func(s *settings.Settings) { s.RetryPolicy.DelaysSeconds = []int{1, 604_800} },
		"jitter 0":            func(s *settings.Settings) { s.RetryPolicy.JitterPercent = 0 },
		"jitter 50":           func(s *settings.Settings) { s.RetryPolicy.JitterPercent = 50 },
		"all classes":         func(s *settings.Settings) { s.RetryPolicy.RetryOn = settings.RetryClasses() },
		"no classes":          func(s *settings.Settings) { s.RetryPolicy.RetryOn = nil },
		"never disabled":      func(s *settings.Settings) { s.AutoDisable = settings.AutoDisable{} },
		"10000 failures":      func(s *settings.Settings) { s.AutoDisable.ConsecutiveFailures = 10_000 },
		"720 hours":           func(s *settings.Settings) { s.AutoDisable.FailingForHours = 720 },
		"never rotated":       func(s *settings.Settings) { s.SecretRotation = settings.Rotation{} },
		"rotated in 10 years": func(s *settings.Settings) { s.SecretRotation.EveryDays = 3650 },
		"overlap of a week":   func(s *settings.Settings) { s.SecretRotation.OverlapSeconds = 604_800 },
		"no rate":             func(s *settings.Settings) { s.MaxRequestsPerSecond = 0 },
		"rate 1":              func(s *settings.Settings) { s.MaxRequestsPerSecond = 1 },
		"rate 10000":          func(s *settings.Settings) { s.MaxRequestsPerSecond = 10_000 },
		"no breaker":          func(s *settings.Settings) { s.Breaker = settings.Breaker{} },
		"breaker off, whatever else": func(s *settings.Settings) {
			s.Breaker = settings.Breaker{MinimumAttempts: -1, WindowSeconds: -1, CooldownSeconds: 1_000_000}
		},
		"smallest breaker": func(s *settings.Settings) {
			s.Breaker = settings.Breaker{FailurePercent: 1, MinimumAttempts: 1, WindowSeconds: 1, CooldownSeconds: 1}
		},
		"largest breaker": func(s *settings.Settings) {
			s.Breaker = settings.Breaker{
				FailurePercent: 100, MinimumAttempts: 10_000, WindowSeconds: 3_600, CooldownSeconds: 900,
			}
		},
		"smallest backoff": func(s *settings.Settings) {
			s.RetryPolicy.Backoff = &settings.Backoff{BaseSeconds: 1, Factor: 1}
		},
		"largest backoff": func(s *settings.Settings) {
			s.RetryPolicy.Backoff = &settings.Backoff{BaseSeconds: 604_800, Factor: 10, Retries: 20}
		},
	} {
		s := standard()
		change(&s)
		require.Empty(t, s.Check(rules()), name)
	}
}

func TestSettings_CheckNamesWhatIsWrong(t *testing.T) {
	t.Parallel()

	backoff := func(base int, factor float64, retries int) func(s *settings.Settings) {
		return func(s *settings.Settings) {
			one := settings.Backoff{BaseSeconds: base, Factor: factor, Retries: retries}
			s.RetryPolicy.Backoff, s.RetryPolicy.DelaysSeconds = &one, one.Delays()
		}
	}

	for name, test := range map[string]struct {
		change func(s *settings.Settings)
		code   problem.Code
		field  string
	}{
		"method of none":    {func(s *settings.Settings) { s.Method = "" }, problem.Invalid, "method"},
		"method unknown":    {func(s *settings.Settings) { s.Method = "DELETE" }, problem.Invalid, "method"},
		"method with NUL":   {func(s *settings.Settings) { s.Method = "POST\x00" }, problem.Invalid, "method"},
		"timeout 0":         {func(s *settings.Settings) { s.TimeoutSeconds = 0 }, problem.Invalid, "timeoutSeconds"},
		"timeout 61":        {func(s *settings.Settings) { s.TimeoutSeconds = 61 }, problem.Invalid, "timeoutSeconds"},
		"timeout negative":  {func(s *settings.Settings) { s.TimeoutSeconds = math.MinInt }, problem.Invalid, "timeoutSeconds"},
		"envelope empty":    {func(s *settings.Settings) { s.Envelope = "" }, problem.InvalidExpression, "envelope"},
		"envelope with NUL": {func(s *settings.Settings) { s.Envelope = "\"\x00\"" }, problem.InvalidExpression, "envelope"},
		"envelope no UTF-8": {func(s *settings.Settings) { s.Envelope = "\"\xff\"" }, problem.InvalidExpression, "envelope"},

		"21 parameters": {
			func(s *settings.Settings) { s.Query = slices.Repeat(s.Query, 21) }, problem.LimitExceeded, "query",
		},
		"parameter empty": {func(s *settings.Settings) { s.Query[0].Name = "" }, problem.Required, "query.0.name"},
		"parameter of 65": {
			func(s *settings.Settings) { s.Query[0].Name = strings.Repeat("ä", 65) }, problem.TooLong, "query.0.name",
		},
		"parameter with a space":  {func(s *settings.Settings) { s.Query[0].Name = "a b" }, problem.Invalid, "query.0.name"},
		"parameter with NUL":      {func(s *settings.Settings) { s.Query[0].Name = "a\x00" }, problem.Invalid, "query.0.name"},
		"parameter with a tab":    {func(s *settings.Settings) { s.Query[0].Name = "\t" }, problem.Invalid, "query.0.name"},
		"parameter no UTF-8":      {func(s *settings.Settings) { s.Query[0].Name = "\xff" }, problem.Invalid, "query.0.name"},
		"parameter value empty":   {func(s *settings.Settings) { s.Query[0].Value = "" }, problem.InvalidExpression, "query.0.value"},
		"parameter value unknown": {func(s *settings.Settings) { s.Query[0].Value = "nope" }, problem.InvalidExpression, "query.0.value"},
		"parameter value NUL":     {func(s *settings.Settings) { s.Query[0].Value = "'\x00'" }, problem.InvalidExpression, "query.0.value"},

		"21 sections": {
			func(s *settings.Settings) { s.Sections = slices.Repeat(s.Sections[:1], 21) }, problem.LimitExceeded, "sections",
		},
		"section without a name": {func(s *settings.Settings) { s.Sections[1].Name = "" }, problem.Required, "sections.1.name"},
		"section of 65": {
			func(s *settings.Settings) { s.Sections[1].Name = strings.Repeat("s", 65) }, problem.TooLong, "sections.1.name",
		},
		"section with NUL":      {func(s *settings.Settings) { s.Sections[0].Name = "\x00" }, problem.Invalid, "sections.0.name"},
		"section without paths": {func(s *settings.Settings) { s.Sections[0].Paths = nil }, problem.Required, "sections.0.paths"},
		"21 paths": {
			func(s *settings.Settings) { s.Sections[0].Paths = slices.Repeat([]string{"a"}, 21) },
			problem.LimitExceeded,
			"sections.0.paths",
		},
		"path empty":    {func(s *settings.Settings) { s.Sections[1].Paths[1] = "" }, problem.Required, "sections.1.paths.1"},
		"path with NUL": {func(s *settings.Settings) { s.Sections[1].Paths[1] = "a\x00b" }, problem.Invalid, "sections.1.paths.1"},
		"path of 257": {
			func(s *settings.Settings) { s.Sections[0].Paths[0] = strings.Repeat("p", 257) },
			problem.TooLong,
			"sections.0.paths.0",
		},

		"5 signatures": {
			func(s *settings.Settings) { s.Signatures = slices.Repeat([]signing.Profile{{Scheme: signing.None}}, 5) },
			problem.LimitExceeded,
			"signatures",
		},
		"scheme unknown": {
			func(s *settings.Settings) { s.Signatures[0].Scheme = "ROT13\x00" }, problem.Invalid, "signatures.0.scheme",
		},
		"prefix with NUL": {
			func(s *settings.Settings) {
				s.Signatures[0] = signing.Profile{
					Scheme: signing.HMACBody, HeaderName: "X-Sig", Prefix: "\x00", Encoding: signing.Hex,
				}
			},
			problem.Invalid,
			"signatures.0.prefix",
		},
		"header reserved": {
			func(s *settings.Settings) {
				s.Signatures = append(s.Signatures, signing.Profile{
					Scheme: signing.HMACBody, HeaderName: "Host", Encoding: signing.Hex,
				})
			},
			problem.Invalid,
			"signatures.1.headerName",
		},
		"encoding of no account unknown": {
			func(s *settings.Settings) { s.Signatures[0].Encoding = "\x00" }, problem.Invalid, "signatures.0.encoding",
		},
		"format of no account unknown": {
			func(s *settings.Settings) { s.Signatures[0].TimestampFormat = "\x00" },
			problem.Invalid,
			"signatures.0.timestampFormat",
		},
		"client id with NUL": {
			func(s *settings.Settings) {
				s.Signatures[0].ClientIDHeader, s.Signatures[0].ClientID = "X-Client", "a\x00"
			},
			problem.Invalid,
			"signatures.0.clientId",
		},

		"21 delays": {
			func(s *settings.Settings) { s.RetryPolicy.DelaysSeconds = make([]int, 21) },
			problem.LimitExceeded,
			"retryPolicy.delaysSeconds",
		},
		"delay 0": {
			func(s *settings.Settings) { s.RetryPolicy.DelaysSeconds[1] = 0 }, problem.Invalid, "retryPolicy.delaysSeconds.1",
		},
		"delay over a week": {
			func(s *settings.Settings) { s.RetryPolicy.DelaysSeconds[0] = 604_801 },
			problem.Invalid,
			"retryPolicy.delaysSeconds.0",
		},
		"jitter -1": {func(s *settings.Settings) { s.RetryPolicy.JitterPercent = -1 }, problem.Invalid, "retryPolicy.jitterPercent"},
		"jitter 51": {func(s *settings.Settings) { s.RetryPolicy.JitterPercent = 51 }, problem.Invalid, "retryPolicy.jitterPercent"},
		"class unknown": {
			func(s *settings.Settings) { s.RetryPolicy.RetryOn[1] = "STATUS_2XX" }, problem.Invalid, "retryPolicy.retryOn.1",
		},
		"class with NUL": {
			func(s *settings.Settings) { s.RetryPolicy.RetryOn[0] = "\x00" }, problem.Invalid, "retryPolicy.retryOn.0",
		},
		"more classes than there are": {
			func(s *settings.Settings) {
				s.RetryPolicy.RetryOn = slices.Repeat([]settings.RetryClass{settings.On5xx}, 7)
			},
			problem.LimitExceeded,
			"retryPolicy.retryOn",
		},

		"backoff base 0":           {backoff(0, 2, 3), problem.Invalid, "retryPolicy.backoff.baseSeconds"},
		"backoff base over a week": {backoff(604_801, 2, 3), problem.Invalid, "retryPolicy.backoff.baseSeconds"},
		"backoff factor 0.9":       {backoff(1, 0.9, 3), problem.Invalid, "retryPolicy.backoff.factor"},
		"backoff factor 10.1":      {backoff(1, 10.1, 3), problem.Invalid, "retryPolicy.backoff.factor"},
		"backoff factor NaN":       {backoff(1, math.NaN(), 3), problem.Invalid, "retryPolicy.backoff.factor"},
		"backoff factor infinite":  {backoff(1, math.Inf(1), 3), problem.Invalid, "retryPolicy.backoff.factor"},
		"backoff retries -1":       {backoff(1, 2, -1), problem.Invalid, "retryPolicy.backoff.retries"},
		"backoff retries 21":       {backoff(1, 2, 21), problem.LimitExceeded, "retryPolicy.backoff.retries"},

		"failures -1":    {func(s *settings.Settings) { s.AutoDisable.ConsecutiveFailures = -1 }, problem.Invalid, "autoDisable.consecutiveFailures"},
		"failures 10001": {func(s *settings.Settings) { s.AutoDisable.ConsecutiveFailures = 10_001 }, problem.Invalid, "autoDisable.consecutiveFailures"},
		"hours -1":       {func(s *settings.Settings) { s.AutoDisable.FailingForHours = -1 }, problem.Invalid, "autoDisable.failingForHours"},
		"hours 721":      {func(s *settings.Settings) { s.AutoDisable.FailingForHours = 721 }, problem.Invalid, "autoDisable.failingForHours"},
		"days -1":        {func(s *settings.Settings) { s.SecretRotation.EveryDays = -1 }, problem.Invalid, "secretRotation.everyDays"},
		"days 3651":      {func(s *settings.Settings) { s.SecretRotation.EveryDays = 3651 }, problem.Invalid, "secretRotation.everyDays"},
		"overlap -1":     {func(s *settings.Settings) { s.SecretRotation.OverlapSeconds = -1 }, problem.Invalid, "secretRotation.overlapSeconds"},
		"overlap of more than a secret's days": {func(s *settings.Settings) {
			s.SecretRotation = settings.Rotation{EveryDays: 1, OverlapSeconds: 86_401}
		}, problem.Invalid, "secretRotation.overlapSeconds"},
		"rate -1":       {func(s *settings.Settings) { s.MaxRequestsPerSecond = -1 }, problem.Invalid, "maxRequestsPerSecond"},
		"rate 10001":    {func(s *settings.Settings) { s.MaxRequestsPerSecond = 10_001 }, problem.Invalid, "maxRequestsPerSecond"},
		"percent -1":    {func(s *settings.Settings) { s.Breaker.FailurePercent = -1 }, problem.Invalid, "breaker.failurePercent"},
		"percent 101":   {func(s *settings.Settings) { s.Breaker.FailurePercent = 101 }, problem.Invalid, "breaker.failurePercent"},
		"minimum 0":     {func(s *settings.Settings) { s.Breaker.MinimumAttempts = 0 }, problem.Invalid, "breaker.minimumAttempts"},
		"minimum 10001": {func(s *settings.Settings) { s.Breaker.MinimumAttempts = 10_001 }, problem.Invalid, "breaker.minimumAttempts"},
		"window 0":      {func(s *settings.Settings) { s.Breaker.WindowSeconds = 0 }, problem.Invalid, "breaker.windowSeconds"},
		"window 3601":   {func(s *settings.Settings) { s.Breaker.WindowSeconds = 3_601 }, problem.Invalid, "breaker.windowSeconds"},
		"cooldown 0":    {func(s *settings.Settings) { s.Breaker.CooldownSeconds = 0 }, problem.Invalid, "breaker.cooldownSeconds"},
		"cooldown 901":  {func(s *settings.Settings) { s.Breaker.CooldownSeconds = 901 }, problem.Invalid, "breaker.cooldownSeconds"},

		"overlap 604801": {func(s *settings.Settings) { s.SecretRotation.OverlapSeconds = 604_801 }, problem.Invalid, "secretRotation.overlapSeconds"},
	} {
		s := standard()
		test.change(&s)
		require.Equal(t, []found{{test.code, "settings." + test.field}}, of(s.Check(rules())), name)
	}
}

func TestSettings_CheckSaysWhereAnExpressionIsWrong(t *testing.T) {
	t.Parallel()

	s := standard()
	s.Envelope, s.Query[0].Value = "{\n  \"a\": event.nope}", `event.type ==`

	problems := s.Check(rules())
	require.Len(t, problems, 2)
	require.Equal(t, []int{2, 8}, []int{problems[0].Line, problems[0].Column})
	require.Equal(t, "there is no event.nope", problems[0].Message)
	require.Equal(t, []int{1, 14}, []int{problems[1].Line, problems[1].Column})
}

func TestSettings_CheckKeepsToTheRulesOfTheProfile(t *testing.T) {
	t.Parallel()

	strict := settings.Rules{
		Methods: []settings.Method{settings.Put}, MinTimeoutSeconds: 5, MaxTimeoutSeconds: 10, MaxRetries: 1,
	}

	s := standard()
	s.TimeoutSeconds = 4
	problems := s.Check(strict)
	require.Equal(t, []found{
		{problem.Invalid, "settings.method"},
		{problem.Invalid, "settings.timeoutSeconds"},
		{problem.LimitExceeded, "settings.retryPolicy.delaysSeconds"},
	}, of(problems))
	require.Equal(t, "must be one of [PUT]", problems[0].Message)
	require.Equal(t, "must be 5 to 10 seconds, not 4", problems[1].Message)
	require.Equal(t, "at most 1 retries are allowed, not 2", problems[2].Message)

	s = standard()
	s.Method, s.TimeoutSeconds, s.RetryPolicy.DelaysSeconds = settings.Put, 10, []int{1}
	require.Empty(t, s.Check(strict))

	s.TimeoutSeconds = 11
	require.Equal(t, []found{{problem.Invalid, "settings.timeoutSeconds"}}, of(s.Check(strict)))

	s.TimeoutSeconds = 10
	strict.SignatureRequired = true
	require.Empty(t, s.Check(strict))

	for _, none := range [][]signing.Profile{nil, {}, {{Scheme: signing.None}}} {
		s.Signatures = none
		require.Equal(t, []found{{problem.Required, "settings.signatures"}}, of(s.Check(strict)))
	}

	// Rules may not go beyond what Surehook itself can do.
	wide := settings.Rules{MinTimeoutSeconds: -5, MaxTimeoutSeconds: 1000, MaxRetries: 100}
	s = standard()
	s.TimeoutSeconds, s.RetryPolicy.DelaysSeconds = 0, make([]int, 21)
	require.Equal(t, []found{
		{problem.Invalid, "settings.timeoutSeconds"}, {problem.LimitExceeded, "settings.retryPolicy.delaysSeconds"},
	}, of(s.Check(wide)))
}

func TestSettings_CheckNamesAllProblemsAtOnce(t *testing.T) {
	t.Parallel()

	problems := settings.Settings{AutoDisable: settings.AutoDisable{FailingForHours: -1}}.Check(rules())
	require.Equal(t, []found{
		{problem.Invalid, "settings.method"},
		{problem.Invalid, "settings.timeoutSeconds"},
		{problem.InvalidExpression, "settings.envelope"},
		{problem.Invalid, "settings.autoDisable.failingForHours"},
	}, of(problems))
}

func TestChanges_CheckPlacesProblemsAmongWhatWasGiven(t *testing.T) {
	t.Parallel()

	changes := settings.Changes{
		Sections: optional.Of([]settings.SectionChange{
			{Name: "headers", Included: true}, {Name: "nope"}, {Name: "body", Paths: []string{"a", " "}},
		}),
		TimeoutSeconds: optional.Of(61),
	}
	require.ElementsMatch(t, []found{
		{problem.Invalid, "settings.timeoutSeconds"},
		{problem.Required, "settings.sections.1.paths"},
		{problem.Invalid, "settings.sections.2.paths.1"},
	}, of(changes.Check(standard().With(others(), changes), rules())))
}

func TestChanges_CheckRefusesTwoSchedulesAtOnce(t *testing.T) {
	t.Parallel()

	changes := settings.Changes{RetryPolicy: optional.Of(settings.RetryChanges{
		DelaysSeconds: &[]int{1}, Backoff: &settings.BackoffChanges{},
	})}
	require.Equal(t, []found{{problem.Invalid, "settings.retryPolicy.backoff"}},
		of(changes.Check(standard().With(others(), changes), rules())))

	require.Empty(t, settings.Changes{}.Check(standard(), rules()))
}
