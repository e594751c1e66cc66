package search

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// The limits of a path.
const (
	// MaxPath is in bytes.
	MaxPath = 1_000
	// MaxDepth is as deep as payloads are.
	MaxDepth = 64
)

// ErrPath says that a text is not a path. It is the caller's to mend.
var ErrPath = errors.New("must be a path such as order.id or $.items[*].sku")

// ParsePath reads the path to a value in a payload: the names of members, as JSONPath (RFC 9535) has them, with or
// without the leading $. A name with other characters than letters, digits, _ and - is written in quotes, as in
// $["order.id"]. Arrays have no positions: items.sku and items[*].sku both lead to the sku of any item.
func ParsePath(text string) ([]string, error) {
	if len(text) > MaxPath {
		return nil, fmt.Errorf("%w, of at most %d bytes", ErrPath, MaxPath)
	}

	rest := text

	switch {
	case strings.HasPrefix(text, "$"):
		rest = text[1:]
	case !strings.HasPrefix(text, "["):
		rest = "." + text
	}

	var names []string

	for rest != "" {
		name, after, err := step(rest)
		if err != nil {
			return nil, fmt.Errorf("%w: %w at byte %d", ErrPath, err, max(len(text)-len(rest), 0)+1)
		}

		if rest = after; name != nil {
			names = append(names, *name)
		}
	}

	if len(names) == 0 || len(names) > MaxDepth {
		return nil, fmt.Errorf("%w, with 1 to %d names", ErrPath, MaxDepth)
	}

	return names, nil
}

// step reads the name at the beginning of a path, and returns it with what follows. The name is nil where the path goes
// into an array.
func step(rest string) (*string, string, error) {
	if after, all := strings.CutPrefix(rest, "[*]"); all {
		return nil, after, nil
	}

	if name, dotted := strings.CutPrefix(rest, "."); dotted {
		end := strings.IndexFunc(name, func(c rune) bool { return !plain(c) })
		if end < 0 {
			end = len(name)
		}

		if end == 0 {
			return nil, "", errors.New("a name is missing, or has to be in quotes")
		}

		return new(name[:end]), name[end:], nil
	}

	if len(rest) > 1 && rest[0] == '[' && (rest[1] == '"' || rest[1] == '\'') {
		return quotedName(rest)
	}

	if rest[0] == '[' {
		return nil, "", errors.New("arrays are searched as a whole, so only [*] may stand")
	}

	return nil, "", errors.New("an unexpected character")
}

// plain tells whether a character may be in a name without quotes.
func plain(c rune) bool {
	return c == '_' || c == '-' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80
}

// quotedName reads a name in brackets and quotes.
func quotedName(rest string) (*string, string, error) {
	quote, at := rest[1], 2
	for at < len(rest) && rest[at] != quote {
		if rest[at] == '\\' {
			at++
		}

		at++
	}

	if at+1 >= len(rest) || rest[at+1] != ']' {
		return nil, "", errors.New("a quote or bracket that does not end")
	}

	inner := rest[2:at]
	if quote == '\'' {
		inner = strings.NewReplacer(`\'`, `'`, `\\`, `\\`, `"`, `\"`).Replace(inner)
	}

	var name string
	if err := json.Unmarshal([]byte(`"`+inner+`"`), &name); err != nil {
		return nil, "", errors.New("a name that is not written as in JSON")
	}

	return &name, rest[at+2:], nil
}
