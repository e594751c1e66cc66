package stats

import (
	"fmt"
	"time"

	"github.com/surehook/surehook/internal/problem"
)

// Granularity is how long a bucket is.
type Granularity string

// The granularities. Hours and days are those of UTC.
const (
	Minute Granularity = "MINUTE"
	Hour   Granularity = "HOUR"
	Day    Granularity = "DAY"
)

const (
	// MaxBuckets is how many buckets a query may have.
	MaxBuckets = 1_500
	// maxMinuteAge is how old minutes can be: a day, and a little for the way of the question.
	maxMinuteAge = 24*time.Hour + time.Minute
)

// Query is which figures are wanted, in whole buckets. Queries are comparable.
type Query struct {
	// From is the first moment that belongs to it, and To the first that no longer does.
	From, To time.Time
	// Width is how long a bucket is.
	Width time.Duration
	// Buckets tells whether they are wanted, besides the figures of the whole.
	Buckets bool
}

// NewQuery returns the query that takes in a range, which ends now unless it says otherwise. A range that cannot be
// answered for is a problem of the argument range.
func NewQuery(now time.Time, from, to *time.Time, each Granularity) (Query, error) {
	if from == nil {
		return Query{}, problem.New(problem.Required, "must be given", "range", "from")
	}

	end := now
	if to != nil {
		end = *to
	}

	width := map[Granularity]time.Duration{Minute: time.Minute, Hour: time.Hour, Day: 24 * time.Hour}[each]
	out := Query{From: floor(*from, width), To: floor(end.Add(width-1), width), Width: width}

	switch {
	case !end.After(*from):
		return Query{}, problem.New(problem.Invalid, "must be after from", "range", "to")
	case each == Minute && now.Sub(*from) > maxMinuteAge:
		return Query{}, problem.New(problem.Invalid, "minutes are kept for 24 hours: ask for hours or days", "range", "from")
	case out.count() > MaxBuckets:
		return Query{}, problem.New(problem.LimitExceeded,
			fmt.Sprintf("the range has %d buckets, at most %d are allowed", out.count(), MaxBuckets), "range")
	default:
		return out, nil
	}
}

// count is how many buckets there are. A time.Duration would not hold all ranges.
func (q Query) count() int64 { return (q.To.Unix() - q.From.Unix()) / int64(q.Width/time.Second) }

// floor returns when the bucket began that a moment belongs to.
func floor(t time.Time, width time.Duration) time.Time { return t.UTC().Truncate(width) }
