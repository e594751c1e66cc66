package event

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/surehook/surehook/internal/problem"
)

// maxDepth is how deep a payload may be nested: far beyond what people write, and far below what exhausts a parser.
const maxDepth = 64

// CheckPayload returns the payload as compact JSON. It must be an object of at most limit bytes.
func CheckPayload(payload json.RawMessage, limit int, field ...string) (json.RawMessage, error) {
	var compact bytes.Buffer

	if err := json.Compact(&compact, payload); err != nil {
		return nil, problem.New(problem.Invalid, "must be valid JSON", field...)
	}

	switch out := compact.Bytes(); {
	case out[0] != '{':
		return nil, problem.New(problem.Invalid, "must be a JSON object", field...)
	case len(out) > limit:
		return nil, problem.New(problem.PayloadTooLarge,
			fmt.Sprintf("is %d bytes of compact JSON, at most %d are allowed", len(out), limit), field...)
	case depth(out) > maxDepth:
		return nil, problem.New(problem.Invalid, fmt.Sprintf("must be nested at most %d deep", maxDepth), field...)
	default:
		return out, nil
	}
}

// depth returns how deep valid JSON is nested.
func depth(text []byte) int {
	var (
		now, deepest     int
		inString, escape bool
	)

	for _, c := range text {
		switch {
		case escape:
			escape = false
		case inString:
			escape = c == '\\'
			inString = c != '"'
		case c == '"':
			inString = true
		case c == '{' || c == '[':
			now++
			deepest = max(deepest, now)
		case c == '}' || c == ']':
			now--
		}
	}

	return deepest
}
