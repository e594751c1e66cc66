package consoleweb

import (
	"strconv"
	"strings"
)

// accepts tells whether an Accept-Encoding takes an encoding, as RFC 9110 section 12.5.3 has it. The empty encoding is
// the file itself, which is taken unless it is refused.
func accepts(header, encoding string) bool {
	name := encoding
	if name == "" {
		name = "identity"
	}

	// Without a word about it.
	accepted := encoding == ""

	for part := range strings.SplitSeq(header, ",") {
		coding, parameters, _ := strings.Cut(part, ";")

		switch strings.ToLower(strings.TrimSpace(coding)) {
		case name:
			// What is said of it by name goes before what is said of all.
			return isWanted(parameters)
		case "*":
			accepted = isWanted(parameters)
		}
	}

	return accepted
}

// isWanted tells whether a weight is not zero. One that makes no sense counts as none.
func isWanted(parameters string) bool {
	name, value, _ := strings.Cut(parameters, "=")
	if !strings.EqualFold(strings.TrimSpace(name), "q") {
		return true
	}

	weight, err := strconv.ParseFloat(strings.TrimSpace(value), 64)

	return err != nil || weight > 0
}
