package stats_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/stats"
)

func TestNewQuery_TakesInWholeBuckets(t *testing.T) {
	t.Parallel()

	now := time.Date(2026, 3, 4, 5, 6, 7, 8, time.UTC)
	from := now.Add(-90 * time.Minute)

	at := func(day, hour, minute int) time.Time { return time.Date(2026, 3, day, hour, minute, 0, 0, time.UTC) }

	for each, want := range map[stats.Granularity]stats.Query{
		stats.Minute: {From: at(4, 3, 36), To: at(4, 5, 7), Width: time.Minute},
		stats.Hour:   {From: at(4, 3, 0), To: at(4, 6, 0), Width: time.Hour},
		stats.Day:    {From: at(4, 0, 0), To: at(5, 0, 0), Width: 24 * time.Hour},
	} {
		got, err := stats.NewQuery(now, &from, nil, each)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}

	// An end that is on the border adds no bucket.
	border := at(4, 5, 0)
	whole, err := stats.NewQuery(now, new(border.Add(-time.Hour)), &border, stats.Hour)
	require.NoError(t, err)
	require.Equal(t, time.Hour, whole.To.Sub(whole.From))
}

func TestNewQuery_RefusesWhatCannotBeAnswered(t *testing.T) {
	t.Parallel()

	now := time.Date(2026, 3, 4, 5, 6, 7, 8, time.UTC)
	ago := func(d time.Duration) *time.Time { return new(now.Add(-d)) }
	days := func(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

	for name, test := range map[string]struct {
		from, to *time.Time
		each     stats.Granularity
		code     problem.Code
	}{
		"no beginning":                    {nil, ago(0), stats.Hour, problem.Required},
		"an end before the beginning":     {ago(time.Hour), ago(2 * time.Hour), stats.Hour, problem.Invalid},
		"an end at the beginning":         {ago(time.Hour), ago(time.Hour), stats.Hour, problem.Invalid},
		"a beginning that is yet to be":   {ago(-time.Hour), nil, stats.Hour, problem.Invalid},
		"minutes of yesterday":            {ago(25 * time.Hour), ago(24 * time.Hour), stats.Minute, problem.Invalid},
		"too many minutes":                {ago(23 * time.Hour), ago(-3 * time.Hour), stats.Minute, problem.LimitExceeded},
		"too many hours":                  {ago(days(63)), nil, stats.Hour, problem.LimitExceeded},
		"too many days":                   {ago(days(1501)), nil, stats.Day, problem.LimitExceeded},
		"more than time.Duration has":     {new(time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)), nil, stats.Day, problem.LimitExceeded},
		"more than that, and yet to come": {ago(0), new(time.Date(9999, 12, 31, 23, 0, 0, 0, time.UTC)), stats.Day, problem.LimitExceeded},
	} {
		_, err := stats.NewQuery(now, test.from, test.to, test.each)

		problems, ok := problem.Of(err)
		require.True(t, ok, name)
		require.Equal(t, test.code, problems[0].Code, name)
	}

	for _, fine := range []struct {
		from *time.Time
		each stats.Granularity
	}{{ago(24 * time.Hour), stats.Minute}, {ago(days(62)), stats.Hour}, {ago(days(1400)), stats.Day}} {
		_, err := stats.NewQuery(now, fine.from, nil, fine.each)
		require.NoError(t, err)
	}
}
