// Package stats keeps figures of deliveries and attempts: added up as they arise, minute by minute, and never counted
// from the log.
package stats

import (
	"math"
	"reflect"
	"time"

	"github.com/surehook/surehook/internal/id"
)

// Figures are what happened in a span of time. Tests do not count. A number that is too large for GraphQL stops at the
// largest.
type Figures struct {
	// Succeeded, Failed and Canceled are deliveries that came to this end, each time that they did.
	Succeeded, Failed, Canceled int
	// Retries and FailedAttempts are among the Attempts.
	Attempts, Retries, FailedAttempts int
	// SuccessRate is from 0 to 1, of the deliveries that succeeded or failed. Nil when none did.
	SuccessRate *float64
	// The durations are nil when there was no attempt.
	AverageDurationMs, P50DurationMs, P95DurationMs, P99DurationMs *float64
}

// Bucket are the figures of one of several spans that follow each other.
type Bucket struct {
	Figures

	Start, End time.Time
}

// ResponseCount is how many attempts got a response.
type ResponseCount struct {
	// StatusCode is nil for those that got none.
	StatusCode *int
	Attempts   int
}

// Open is how many deliveries have not come to their end, as of now.
type Open struct{ Pending, Retrying, Held int }

// Stats are the figures of a webhook, or of an organization.
type Stats struct {
	Figures

	// Owner is the webhook or the organization.
	Owner id.ID
	// Buckets are empty unless they were asked for.
	Buckets []Bucket
	// Responses are sorted by status code, those without one first.
	Responses []ResponseCount
	// Open is nil unless somebody has looked.
	Open *Open
}

// SameAs tells whether the two say the same, whatever time has passed with nothing happening in it.
func (s Stats) SameAs(other Stats) bool {
	return reflect.DeepEqual(s.Figures, other.Figures) && reflect.DeepEqual(s.Responses, other.Responses) &&
		reflect.DeepEqual(s.Open, other.Open) && reflect.DeepEqual(busy(s.Buckets), busy(other.Buckets))
}

func busy(buckets []Bucket) []Bucket {
	var out []Bucket

	for _, one := range buckets {
		if one.Figures != (Figures{}) {
			out = append(out, one)
		}
	}

	return out
}

// tally adds up.
type tally struct {
	attempts, retries, failedAttempts, micros, succeeded, failed, canceled int64
	durations                                                              [steps]int64
}

func (t *tally) add(one row) {
	t.attempts += one.Attempts
	t.retries += one.Retries
	t.failedAttempts += one.FailedAttempts
	t.micros += one.DurationUs
	t.succeeded += one.Succeeded
	t.failed += one.Failed
	t.canceled += one.Canceled

	if one.DurationStep >= 0 && one.DurationStep < steps {
		t.durations[one.DurationStep] += one.Attempts
	}
}

func (t *tally) figures() Figures {
	out := Figures{
		Succeeded: shown(t.succeeded), Failed: shown(t.failed), Canceled: shown(t.canceled), Attempts: shown(t.attempts),
		Retries: shown(t.retries), FailedAttempts: shown(t.failedAttempts),
	}

	if ended := t.succeeded + t.failed; ended > 0 {
		out.SuccessRate = new(float64(t.succeeded) / float64(ended))
	}

	if t.attempts > 0 {
		out.AverageDurationMs = rounded(float64(t.micros) / float64(t.attempts) / 1000)
		out.P50DurationMs = rounded(percentile(&t.durations, 0.5))
		out.P95DurationMs = rounded(percentile(&t.durations, 0.95))
		out.P99DurationMs = rounded(percentile(&t.durations, 0.99))
	}

	return out
}

// rounded is a number of milliseconds to the microsecond, which is how durations are measured.
func rounded(ms float64) *float64 { return new(math.Round(ms*1000) / 1000) }

// shown is a number as GraphQL can have it.
func shown(n int64) int { return int(min(n, math.MaxInt32)) }
