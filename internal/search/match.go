package search

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
)

// MaxMatches is for how many values a payload can be searched at once.
const MaxMatches = 5

// Match asks for a value at a path of a payload.
type Match struct {
	// Path is as [ParsePath] reads it.
	Path string
	// Value is a JSON text, number, boolean or null. Nil is null.
	Value json.RawMessage
}

// All returns the terms that a payload has in which all matches hold. Those that make no sense are problems of the
// field.
func All(organization id.ID, matches []Match, field ...string) ([]int64, error) {
	if len(matches) > MaxMatches {
		return nil, problem.New(problem.LimitExceeded,
			fmt.Sprintf("must be at most %d, not %d", MaxMatches, len(matches)), field...)
	}

	var problems problem.List

	out := make([]int64, len(matches))

	for n, one := range matches {
		at := append(slices.Clip(field), strconv.Itoa(n))

		names, err := ParsePath(one.Path)
		if err != nil {
			problems.Add(problem.Invalid, err.Error(), append(slices.Clip(at), "path")...)

			continue
		}

		value := one.Value
		if value == nil {
			value = json.RawMessage("null")
		}

		if out[n], err = Term(organization, names, value); err != nil {
			problems.Add(problem.Invalid, err.Error(), append(slices.Clip(at), "value")...)
		}
	}

	return out, problems.Err()
}
