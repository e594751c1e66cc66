package eventtype

import "strings"

// everything is the pattern that all names match.
const everything = "*"

// ValidName tells whether a text can be the name of an event type: segments of letters of ASCII, digits and underscores
// joined by dots, at most [MaxNameLength] characters.
func ValidName(name string) bool {
	if len(name) > MaxNameLength {
		return false
	}

	for segment := range strings.SplitSeq(name, ".") {
		if segment == "" || strings.ContainsFunc(segment, notInSegment) {
			return false
		}
	}

	return true
}

// ValidPattern tells whether a text can say which event types a subscription is for: * for all, a name for that one, or
// a name with .* for everything below it, at any depth.
func ValidPattern(pattern string) bool {
	return pattern == everything || ValidName(strings.TrimSuffix(pattern, ".*"))
}

// IsName tells a valid pattern that is for one event type from those that are for many.
func IsName(pattern string) bool { return !strings.HasSuffix(pattern, everything) }

// Patterns returns every pattern that the name matches, the narrowest first: for a.b.c that is a.b.c, a.b.*, a.* and *.
// An operational event type matches its name only: who subscribes to everything means what the organization publishes.
func Patterns(name string) []string {
	out := []string{name}
	if IsOperational(name) {
		return out
	}

	for prefix := name; ; {
		dot := strings.LastIndexByte(prefix, '.')
		if dot < 0 {
			return append(out, everything)
		}

		prefix = prefix[:dot]
		out = append(out, prefix+".*")
	}
}

func notInSegment(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_'
}
