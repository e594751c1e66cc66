package settings

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/surehook/surehook/internal/egress"
	"github.com/surehook/surehook/internal/expression"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/retry"
	"github.com/surehook/surehook/internal/signing"
)

// The limits of settings, besides those of [Rules], of retries and of signatures.
const (
	MinTimeoutSeconds      = 1
	MaxTimeoutSeconds      = 60
	MaxParameters          = 20
	MaxParameterName       = 64
	MaxSections            = 20
	MaxSectionName         = 64
	MaxSectionPaths        = 20
	MaxConsecutiveFailures = 10_000
	MaxFailingForHours     = 720
	MaxRotationDays        = 3_650
	// MaxOverlapSeconds is how long an old secret may go on signing: 7 days.
	MaxOverlapSeconds = 604_800
	MaxBackoffFactor  = 10
	// MaxRate bounds the requests to one webhook in a second.
	MaxRate            = 10_000
	MaxBreakerAttempts = 10_000
	MaxBreakerWindow   = 3_600
	// MaxCooldown is how long a receiver is given a rest at most, in seconds.
	MaxCooldown = 900
)

const secondsPerDay = 86_400

// Check returns all that is wrong with the settings, by themselves and by the rules. The fields are those of a
// mutation's input, below settings.
func (s Settings) Check(rules Rules) problem.List {
	var problems problem.List

	c := &checker{problems: &problems, rules: rules}
	c.method(s.Method)
	c.timeout(s.TimeoutSeconds)
	c.envelope(s.Envelope)
	c.query(s.Query)
	c.sections(s.Sections)
	c.signatures(s.Signatures)
	c.retries(s.RetryPolicy)
	c.autoDisable(s.AutoDisable)
	c.rotation(s.SecretRotation)
	c.between(s.MaxRequestsPerSecond, 0, MaxRate, " requests", "maxRequestsPerSecond")
	c.breaker(s.Breaker)

	return problems
}

type checker struct {
	problems *problem.List
	rules    Rules
}

func (c *checker) add(code problem.Code, message string, path ...string) {
	c.problems.Add(code, message, append([]string{"settings"}, path...)...)
}

// between checks a number.
func (c *checker) between(value, lowest, highest int, unit string, path ...string) {
	if value < lowest || value > highest {
		c.add(problem.Invalid, fmt.Sprintf("must be %d to %d%s, not %d", lowest, highest, unit, value), path...)
	}
}

func (c *checker) method(method Method) {
	allowed := c.rules.AllowedMethods()
	if !slices.Contains(allowed, method) {
		c.add(problem.Invalid, fmt.Sprintf("must be one of %v", allowed), "method")
	}
}

func (c *checker) timeout(seconds int) {
	c.between(seconds, max(c.rules.MinTimeoutSeconds, MinTimeoutSeconds), c.longest(), " seconds", "timeoutSeconds")
}

func (c *checker) longest() int {
	if c.rules.MaxTimeoutSeconds == 0 {
		return MaxTimeoutSeconds
	}

	return min(c.rules.MaxTimeoutSeconds, MaxTimeoutSeconds)
}

func (c *checker) envelope(text string) {
	_, err := expression.CompileShape(text)
	c.expression(err, "envelope")
}

// expression notes what is wrong with an expression, and where.
func (c *checker) expression(err error, path ...string) {
	wrong, ok := errors.AsType[*expression.Error](err)

	switch {
	case ok:
		*c.problems = append(*c.problems, problem.Problem{
			Code: problem.InvalidExpression, Message: wrong.Message, Field: append([]string{"settings"}, path...),
			Line: wrong.Line, Column: wrong.Column,
		})
	case err != nil:
		c.add(problem.InvalidExpression, err.Error(), path...)
	}
}

func (c *checker) query(parameters []Parameter) {
	if len(parameters) > MaxParameters {
		c.add(problem.LimitExceeded, fmt.Sprintf("at most %d parameters are allowed", MaxParameters), "query")

		return
	}

	for n, one := range parameters {
		c.name(one.Name, MaxParameterName, "query", strconv.Itoa(n), "name")

		_, err := expression.CompileText(one.Value)
		c.expression(err, "query", strconv.Itoa(n), "value")
	}
}

// name checks a short text that people have to be able to read.
func (c *checker) name(name string, limit int, path ...string) {
	switch {
	case name == "":
		c.add(problem.Required, "must not be empty", path...)
	case utf8.RuneCountInString(name) > limit:
		c.add(problem.TooLong, fmt.Sprintf("must be at most %d characters", limit), path...)
	case !utf8.ValidString(name) || !printable(name):
		c.add(problem.Invalid, "must be printable characters without spaces", path...)
	}
}

func printable(text string) bool {
	for _, r := range text {
		if !unicode.IsGraphic(r) || unicode.IsSpace(r) {
			return false
		}
	}

	return true
}

func (c *checker) sections(sections []Section) {
	if len(sections) > MaxSections {
		c.add(problem.LimitExceeded, fmt.Sprintf("at most %d sections are allowed", MaxSections), "sections")

		return
	}

	for n, one := range sections {
		at := strconv.Itoa(n)
		c.name(one.Name, MaxSectionName, "sections", at, "name")

		switch {
		case len(one.Paths) == 0:
			c.add(problem.Required, fmt.Sprintf("there is no section %q, and no paths to make one", one.Name),
				"sections", at, "paths")
		case len(one.Paths) > MaxSectionPaths:
			c.add(problem.LimitExceeded, fmt.Sprintf("at most %d paths are allowed", MaxSectionPaths), "sections", at, "paths")
		}

		for m, path := range one.Paths {
			c.name(path, 4*MaxSectionName, "sections", at, "paths", strconv.Itoa(m))
		}
	}
}

func (c *checker) signatures(profiles []signing.Profile) {
	wrong := signing.ValidateAll(profiles, func(name string) error { return egress.ValidateHeader(name, "") })

	signs := slices.ContainsFunc(profiles, func(one signing.Profile) bool { return one.Scheme != signing.None })
	if c.rules.SignatureRequired && !signs {
		c.add(problem.Required, "the organization's profile demands a signature", "signatures")
	}

	for _, one := range wrong {
		if one.Field == "" {
			c.add(problem.LimitExceeded, one.Message, "signatures")
		} else {
			c.add(problem.Invalid, one.Message, "signatures", strconv.Itoa(one.Index), one.Field)
		}
	}
}

func (c *checker) retries(p RetryPolicy) {
	const policy = "retryPolicy"

	// The delays follow from a backoff, so what is wrong with them is wrong with it.
	if p.Backoff != nil {
		c.backoff(*p.Backoff)
	} else {
		c.delays(p.DelaysSeconds, policy, "delaysSeconds")
	}

	c.between(p.JitterPercent, 0, retry.MaxJitterPercent, " percent", policy, "jitterPercent")

	if most := len(RetryClasses()); len(p.RetryOn) > most {
		c.add(problem.LimitExceeded, fmt.Sprintf("at most %d kinds of failures are allowed", most), policy, "retryOn")

		return
	}

	for n, class := range p.RetryOn {
		if !slices.Contains(RetryClasses(), class) {
			c.add(problem.Invalid, fmt.Sprintf("must be one of %v", RetryClasses()), policy, "retryOn", strconv.Itoa(n))
		}
	}
}

func (c *checker) delays(delays []int, path ...string) {
	if !c.atMostRetries(len(delays), path...) {
		return
	}

	lowest, highest := int(retry.MinDelay/time.Second), int(retry.MaxDelay/time.Second)

	for n, seconds := range delays {
		c.between(seconds, lowest, highest, " seconds", append(slices.Clone(path), strconv.Itoa(n))...)
	}
}

// atMostRetries checks a number of retries, and tells whether it is small enough.
func (c *checker) atMostRetries(count int, path ...string) bool {
	most := min(c.rules.MaxRetries, retry.MaxDelays)
	if count > most {
		c.add(problem.LimitExceeded, fmt.Sprintf("at most %d retries are allowed, not %d", most, count), path...)
	}

	return count <= most
}

func (c *checker) backoff(b Backoff) {
	path := func(field string) []string { return []string{"retryPolicy", "backoff", field} }

	c.between(b.BaseSeconds, int(retry.MinDelay/time.Second), int(retry.MaxDelay/time.Second), " seconds",
		path("baseSeconds")...)

	if c.atMostRetries(b.Retries, path("retries")...) && b.Retries < 0 {
		c.add(problem.Invalid, fmt.Sprintf("must not be negative, as %d is", b.Retries), path("retries")...)
	}

	// Written so that NaN is refused, too.
	if !(b.Factor >= 1 && b.Factor <= MaxBackoffFactor) {
		c.add(problem.Invalid, fmt.Sprintf("must be 1 to %d, not %g", MaxBackoffFactor, b.Factor), path("factor")...)
	}
}

func (c *checker) autoDisable(a AutoDisable) {
	c.between(a.ConsecutiveFailures, 0, MaxConsecutiveFailures, "", "autoDisable", "consecutiveFailures")
	c.between(a.FailingForHours, 0, MaxFailingForHours, " hours", "autoDisable", "failingForHours")
}

func (c *checker) breaker(b Breaker) {
	c.between(b.FailurePercent, 0, 100, " percent", "breaker", "failurePercent")

	// What is never looked at need not make sense.
	if b.FailurePercent > 0 {
		c.between(b.MinimumAttempts, 1, MaxBreakerAttempts, "", "breaker", "minimumAttempts")
		c.between(b.WindowSeconds, 1, MaxBreakerWindow, " seconds", "breaker", "windowSeconds")
		c.between(b.CooldownSeconds, 1, MaxCooldown, " seconds", "breaker", "cooldownSeconds")
	}
}

func (c *checker) rotation(r Rotation) {
	c.between(r.EveryDays, 0, MaxRotationDays, " days", "secretRotation", "everyDays")
	c.between(r.OverlapSeconds, 0, MaxOverlapSeconds, " seconds", "secretRotation", "overlapSeconds")

	// Otherwise more and more secrets would sign.
	if r.EveryDays > 0 && r.OverlapSeconds > r.EveryDays*secondsPerDay {
		c.add(problem.Invalid, "must not be longer than a secret lasts", "secretRotation", "overlapSeconds")
	}
}
