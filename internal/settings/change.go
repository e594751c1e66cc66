package settings

import (
	"github.com/surehook/surehook/internal/optional"
	"github.com/surehook/surehook/internal/signing"
)

// Changes are what somebody wants to be different. What was left out stays as it is, and what is null goes back to the
// default of the profile.
type Changes struct {
	Method         optional.Optional[Method]
	TimeoutSeconds optional.Optional[int]
	Envelope       optional.Optional[string]
	Query          optional.Optional[[]Parameter]
	// Sections name the sections to change; the others stay as they are.
	Sections             optional.Optional[[]SectionChange]
	Signatures           optional.Optional[[]signing.Profile]
	RetryPolicy          optional.Optional[RetryChanges]
	AutoDisable          optional.Optional[AutoDisableChanges]
	SecretRotation       optional.Optional[RotationChanges]
	MaxRequestsPerSecond optional.Optional[int]
	Breaker              optional.Optional[BreakerChanges]
}

// SectionChange turns a section on or off, or adds one. Without paths it is one that there is already.
type SectionChange struct {
	Name     string
	Included bool
	Paths    []string
}

// RetryChanges change a retry policy. What is nil stays as it is. DelaysSeconds take the place of a backoff, and a
// backoff that of the delays.
type RetryChanges struct {
	Enabled         *bool
	DelaysSeconds   *[]int
	Backoff         *BackoffChanges
	JitterPercent   *int
	RetryOn         *[]RetryClass
	HonorRetryAfter *bool
}

// BackoffChanges change a backoff. What is nil stays as it is, or is 1 second, twice as long each time, and 3 retries
// where there was no backoff.
type BackoffChanges struct {
	BaseSeconds *int
	Factor      *float64
	Retries     *int
}

// AutoDisableChanges change when a webhook is taken out of use. What is nil stays as it is.
type AutoDisableChanges struct {
	ConsecutiveFailures *int
	FailingForHours     *int
	OnGone              *bool
}

// BreakerChanges change when a receiver is given a rest. What is nil stays as it is.
type BreakerChanges struct {
	FailurePercent  *int
	MinimumAttempts *int
	WindowSeconds   *int
	CooldownSeconds *int
}

// RotationChanges change when secrets are replaced. What is nil stays as it is.
type RotationChanges struct {
	EveryDays      *int
	OverlapSeconds *int
}

// With returns the settings with the changes. They are not checked: [Settings.Check] does that.
func (s Settings) With(defaults Settings, c Changes) Settings {
	s.Method = pick(s.Method, defaults.Method, c.Method)
	s.TimeoutSeconds = pick(s.TimeoutSeconds, defaults.TimeoutSeconds, c.TimeoutSeconds)
	s.Envelope = pick(s.Envelope, defaults.Envelope, c.Envelope)
	s.Query = pick(s.Query, defaults.Query, c.Query)
	s.Signatures = pick(s.Signatures, defaults.Signatures, c.Signatures)
	s.Sections = merge(s.Sections, defaults.Sections, c.Sections, changeSections)
	s.RetryPolicy = merge(s.RetryPolicy, defaults.RetryPolicy, c.RetryPolicy, RetryPolicy.with)
	s.AutoDisable = merge(s.AutoDisable, defaults.AutoDisable, c.AutoDisable, AutoDisable.with)
	s.SecretRotation = merge(s.SecretRotation, defaults.SecretRotation, c.SecretRotation, Rotation.with)
	s.MaxRequestsPerSecond = pick(s.MaxRequestsPerSecond, defaults.MaxRequestsPerSecond, c.MaxRequestsPerSecond)

	if c.Breaker.Set {
		s.Breaker = merge(s.Breaker.orOff(defaults.Breaker), defaults.Breaker, c.Breaker, Breaker.with)
	}

	return s
}

// pick takes what was given, the default for null, and the old when nothing was given.
func pick[T any](old, standard T, given optional.Optional[T]) T {
	return merge(old, standard, given, func(_, value T) T { return value })
}

func merge[T, C any](old, standard T, given optional.Optional[C], change func(T, C) T) T {
	switch {
	case !given.Set:
		return old
	case given.Value == nil:
		return standard
	default:
		return change(old, *given.Value)
	}
}

func changeSections(sections []Section, changes []SectionChange) []Section {
	out := append([]Section(nil), sections...)

next:
	for _, change := range changes {
		for n := range out {
			if out[n].Name == change.Name {
				out[n].Included = change.Included

				if change.Paths != nil {
					out[n].Paths = change.Paths
				}

				continue next
			}
		}

		out = append(out, Section{Name: change.Name, Paths: change.Paths, Included: change.Included})
	}

	return out
}

func (p RetryPolicy) with(c RetryChanges) RetryPolicy {
	p.Enabled = or(c.Enabled, p.Enabled)
	p.JitterPercent = or(c.JitterPercent, p.JitterPercent)
	p.RetryOn = or(c.RetryOn, p.RetryOn)
	p.HonorRetryAfter = or(c.HonorRetryAfter, p.HonorRetryAfter)

	if c.DelaysSeconds != nil {
		p.DelaysSeconds, p.Backoff = *c.DelaysSeconds, nil
	}

	if c.Backoff != nil {
		backoff := Backoff{BaseSeconds: 1, Factor: 2, Retries: 3}
		if p.Backoff != nil {
			backoff = *p.Backoff
		}

		backoff.BaseSeconds = or(c.Backoff.BaseSeconds, backoff.BaseSeconds)
		backoff.Factor = or(c.Backoff.Factor, backoff.Factor)
		backoff.Retries = or(c.Backoff.Retries, backoff.Retries)
		p.Backoff, p.DelaysSeconds = &backoff, backoff.Delays()
	}

	return p
}

func (a AutoDisable) with(c AutoDisableChanges) AutoDisable {
	a.ConsecutiveFailures = or(c.ConsecutiveFailures, a.ConsecutiveFailures)
	a.FailingForHours = or(c.FailingForHours, a.FailingForHours)
	a.OnGone = or(c.OnGone, a.OnGone)

	return a
}

// orOff is what a webhook that is older than breakers has: one that is off, and otherwise as usual.
func (b Breaker) orOff(standard Breaker) Breaker {
	if b != (Breaker{}) {
		return b
	}

	standard.FailurePercent = 0

	return standard
}

func (b Breaker) with(c BreakerChanges) Breaker {
	b.FailurePercent = or(c.FailurePercent, b.FailurePercent)
	b.MinimumAttempts = or(c.MinimumAttempts, b.MinimumAttempts)
	b.WindowSeconds = or(c.WindowSeconds, b.WindowSeconds)
	b.CooldownSeconds = or(c.CooldownSeconds, b.CooldownSeconds)

	return b
}

func (r Rotation) with(c RotationChanges) Rotation {
	r.EveryDays = or(c.EveryDays, r.EveryDays)
	r.OverlapSeconds = or(c.OverlapSeconds, r.OverlapSeconds)

	return r
}

func or[T any](value *T, otherwise T) T {
	if value == nil {
		return otherwise
	}

	return *value
}
