package retry_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/retry"
)

func TestAfter(t *testing.T) {
	t.Parallel()

	now := time.Date(2026, 11, 6, 8, 49, 37, 0, time.UTC)
	inAMinute := now.Add(time.Minute)

	tests := []struct {
		name   string
		header string
		want   time.Duration
		ok     bool
	}{
		{"date in asctime form", inAMinute.Format(time.ANSIC), time.Minute, true},
		{"date in RFC 850 form", inAMinute.Format("Monday, 02-Jan-06 15:04:05 GMT"), time.Minute, true},
		{"date in the past", "Fri, 31 Dec 1999 23:59:59 GMT", time.Second, true},
		{"date in the preferred form", inAMinute.Format(http.TimeFormat), time.Minute, true},
		{"date in the year 9999", "Fri, 31 Dec 9999 23:59:59 GMT", 24 * time.Hour, true},
		{"date in the year 1", "Mon, 01 Jan 0001 00:00:00 GMT", time.Second, true},
		{"date with another zone", "Fri, 06 Nov 2026 08:50:37 PST", 0, false},
		{"date without its zone", "Fri, 06 Nov 2026 08:50:37", 0, false},
		{"date of this second", now.Format(http.TimeFormat), time.Second, true},
		{"date that does not exist", "Fri, 31 Feb 2026 08:50:37 GMT", 0, false},
		{"exponent", "1e12", 0, false},
		{"fraction", "1.5", 0, false},
		{"hexadecimal", "0x10", 0, false},
		{"ISO 8601", "2026-11-06T08:50:37Z", 0, false},
		{"junk", "soon", 0, false},
		{"list", "1, 2", 0, false},
		{"minus", "-5", 0, false},
		{"non-ASCII digits", "٥", 0, false},
		{"nothing", "", 0, false},
		{"number", "120", 2 * time.Minute, true},
		{"number at the limit", "86400", 24 * time.Hour, true},
		{"number over every integer", strings.Repeat("9", 400), 24 * time.Hour, true},
		{"number over the limit", "86401", 24 * time.Hour, true},
		{"number that overflows a duration", "1000000000000", 24 * time.Hour, true},
		{"number with leading zeros", "007", 7 * time.Second, true},
		{"number with white space around", " \t7 ", 7 * time.Second, true},
		{"number with white space inside", "1 0", 0, false},
		{"plus", "+5", 0, false},
		{"white space only", " \t", 0, false},
		{"zero", "0", time.Second, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			got, ok := retry.After(tt.header, now)
			require.Equal(t, tt.ok, ok)
			require.Equal(t, tt.want, got)
		})
	}
}

func FuzzAfter(f *testing.F) {
	for _, seed := range []string{"0", "120", "-1", "1e12", "Fri, 31 Dec 1999 23:59:59 GMT", strings.Repeat("9", 40)} {
		f.Add(seed, int64(1_800_000_000))
	}

	f.Fuzz(func(t *testing.T, header string, unix int64) {
		now := time.Unix(unix, 0)
		wait, ok := retry.After(header, now)
		if !ok {
			require.Zero(t, wait)
			return
		}
		require.GreaterOrEqual(t, wait, retry.MinAfter)
		require.LessOrEqual(t, wait, retry.MaxAfter)

		// net/http reads the same dates by other code.
		if date, err := http.ParseTime(header); err == nil && date.Location() == time.UTC {
			require.Equal(t, min(max(date.Sub(now), retry.MinAfter), retry.MaxAfter), wait)
		}
		if seconds, err := strconv.Atoi(header); err == nil && seconds < 86_400 {
			require.Equal(t, max(time.Duration(seconds)*time.Second, retry.MinAfter), wait)
		}
	})
}
