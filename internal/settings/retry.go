package settings

import (
	"math"
	"slices"
	"time"

	"github.com/surehook/surehook/internal/retry"
)

// RetryClass is a kind of failure that may be worth a retry.
type RetryClass string

// The classes of failures.
const (
	// OnNetwork is everything before an answer: name resolution, connecting, TLS, a broken connection, no access token.
	OnNetwork RetryClass = "NETWORK"
	OnTimeout RetryClass = "TIMEOUT"
	On3xx     RetryClass = "STATUS_3XX"
	// On4xx is every 4xx but 408 and 429.
	On4xx RetryClass = "STATUS_4XX"
	// On408Or429 are Request Timeout and Too Many Requests: "later", not "no".
	On408Or429 RetryClass = "STATUS_408_429"
	On5xx      RetryClass = "STATUS_5XX"
)

// RetryClasses are all there are.
func RetryClasses() []RetryClass {
	return []RetryClass{OnNetwork, OnTimeout, On3xx, On4xx, On408Or429, On5xx}
}

// RetryPolicy says when failed requests are tried again.
type RetryPolicy struct {
	// Enabled turns retries off without forgetting their schedule.
	Enabled bool `json:"enabled"`
	// DelaysSeconds are the waits before each retry. With a backoff they follow from it.
	DelaysSeconds []int    `json:"delaysSeconds"`
	Backoff       *Backoff `json:"backoff"`
	// JitterPercent is by how much a wait may be longer or shorter.
	JitterPercent int `json:"jitterPercent"`
	// RetryOn are the kinds of failures that are tried again.
	RetryOn []RetryClass `json:"retryOn"`
	// HonorRetryAfter lets the receiver say when, with a Retry-After header.
	HonorRetryAfter bool `json:"honorRetryAfter"`
}

// Backoff is a schedule of waits, each a number of times the one before it.
type Backoff struct {
	BaseSeconds int     `json:"baseSeconds"`
	Factor      float64 `json:"factor"`
	Retries     int     `json:"retries"`
}

// Delays returns the waits, in whole seconds, none longer than [retry.MaxDelay].
func (b Backoff) Delays() []int {
	longest := retry.MaxDelay.Seconds()
	out := make([]int, 0, min(max(b.Retries, 0), retry.MaxDelays))

	for n := range cap(out) {
		out = append(out, int(math.Round(min(float64(b.BaseSeconds)*math.Pow(b.Factor, float64(n)), longest))))
	}

	return out
}

// MaxAttempts returns how many attempts a delivery gets, the first one included.
func (p RetryPolicy) MaxAttempts() int { return p.Schedule().MaxAttempts() }

// Schedule returns the waits between attempts.
func (p RetryPolicy) Schedule() retry.Policy {
	out := retry.Policy{JitterPercent: p.JitterPercent}

	if p.Enabled {
		for _, seconds := range p.DelaysSeconds {
			out.Delays = append(out.Delays, time.Duration(seconds)*time.Second)
		}
	}

	return out
}

// Covers tells whether a kind of failure is tried again.
func (p RetryPolicy) Covers(class RetryClass) bool { return slices.Contains(p.RetryOn, class) }
