package eventtype

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/surehook/surehook/internal/problem"
)

func checkName(problems *problem.List, name string) {
	switch {
	case name == "":
		problems.Add(problem.Required, "must not be empty", "name")
	case utf8.RuneCountInString(name) > MaxNameLength:
		problems.Addf(problem.TooLong, "name", "must be at most %d characters", MaxNameLength)
	case !ValidName(name):
		problems.Add(problem.Invalid, "must be segments of a-z, A-Z, 0-9 and _ joined by dots", "name")
	}
}

// parseSchema returns the schema as it is kept, and compiled. Both are nil when there is something wrong with it.
func parseSchema(problems *problem.List, text json.RawMessage) (json.RawMessage, *check) {
	if isNull(text) {
		problems.Add(problem.Required, "must be given", "schema")

		return nil, nil
	}

	// Before anything else, as what follows takes time by the length. White space is not kept, so it does not count.
	kept, err := compact(text)
	if err != nil {
		problems.Add(problem.Invalid, errNoJSON.Error(), "schema")

		return nil, nil
	}

	if len(kept) > MaxSchemaBytes {
		problems.Addf(problem.TooLong, "schema", "must be at most %d bytes", MaxSchemaBytes)

		return nil, nil
	}

	against, err := compile(kept)
	if err != nil {
		problems.Add(problem.Invalid, err.Error(), "schema")

		return nil, nil
	}

	return kept, against
}

// incompatibleSamples returns the names of the samples that do not match.
func incompatibleSamples(samples []Sample, against *check) ([]string, error) {
	names := []string{}

	for _, sample := range samples {
		value, err := decodeObject(sample.Payload)
		if err != nil {
			return nil, err
		}

		if len(against.run(value)) > 0 {
			names = append(names, sample.Name)
		}
	}

	return names, nil
}

// isNull tells whether there is no JSON value, or null, which in GraphQL is the same.
func isNull(text json.RawMessage) bool {
	text = bytes.TrimSpace(text)

	return len(text) == 0 || bytes.Equal(text, []byte("null"))
}
