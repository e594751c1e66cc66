package retry

import (
	"strconv"
	"strings"
	"time"
)

// The range that [After] keeps a receiver's wish in. The upper end stops a receiver from parking its
// deliveries for good; the lower end stops it from asking for a tight loop.
const (
	MinAfter = time.Second
	MaxAfter = 24 * time.Hour
)

// After reads the value of a Retry-After header (RFC 9110 section 10.2.3): a number of seconds, or a date in
// one of the three forms of section 5.6.7, from which the wait is reckoned from now. The wait is kept within
// [MinAfter] and [MaxAfter]: a date in the past gives the first, a number too large for any integer the
// second. Anything else, signs and fractions included, is not ok and must be ignored.
func After(header string, now time.Time) (time.Duration, bool) {
	header = strings.Trim(header, " \t")
	if header == "" {
		return 0, false
	}

	if strings.Trim(header, "0123456789") == "" {
		seconds, err := strconv.ParseInt(header, 10, 64)
		if err != nil || seconds > int64(MaxAfter/time.Second) {
			return MaxAfter, true // digits only, so the one error there can be is a number out of range
		}
		return clamp(time.Duration(seconds) * time.Second), true
	}

	date, ok := parseDate(header)
	if !ok {
		return 0, false
	}
	return clamp(date.Sub(now)), true
}

// parseDate has GMT as letters in its layouts. Read as a time zone, its meaning would depend on the zone
// the process runs in.
func parseDate(text string) (time.Time, bool) {
	for _, layout := range []string{
		"Mon, 02 Jan 2006 15:04:05 GMT",  // IMF-fixdate
		"Monday, 02-Jan-06 15:04:05 GMT", // RFC 850, obsolete
		time.ANSIC,                       // asctime, obsolete
	} {
		if date, err := time.Parse(layout, text); err == nil {
			return date, true
		}
	}
	return time.Time{}, false
}

func clamp(wait time.Duration) time.Duration { return min(max(wait, MinAfter), MaxAfter) }
