package eventtype

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/surehook/surehook/internal/expression"
	"github.com/surehook/surehook/internal/problem"
)

// whenField is where mutations have the condition of a derived event type.
const whenField = "when"

func checkName(problems *problem.List, name string) {
	switch {
	case name == "":
		problems.Add(problem.Required, "must not be empty", "name")
	case utf8.RuneCountInString(name) > MaxNameLength:
		problems.Addf(problem.TooLong, "name", "must be at most %d characters", MaxNameLength)
	case !ValidName(name):
		problems.Add(problem.Invalid, "must be segments of a-z, A-Z, 0-9 and _ joined by dots", "name")
	case IsOperational(name):
		problems.Add(problem.AlreadyExists, "Surehook publishes events of this type itself", "name")
	}
}

func checkDeprecation(problems *problem.List, deprecation *string) {
	if deprecation != nil {
		problems.Text(*deprecation, MaxDeprecationLength, "deprecation")
	}
}

func checkSchemaValidation(problems *problem.List, validation SchemaValidation) {
	switch validation {
	case Off, Warn, Reject, Quarantine:
	default:
		problems.Add(problem.Invalid, "must be OFF, WARN, REJECT or QUARANTINE", "schemaValidation")
	}
}

// checkWhen checks the condition of a derived event type.
func checkWhen(problems *problem.List, when string) {
	switch {
	case strings.TrimSpace(when) == "":
		problems.Add(problem.Required, "must not be empty", whenField)

		return
	case strings.ContainsRune(when, 0):
		// CEL would take it, and Postgres would not.
		problems.Add(problem.Invalid, errNUL.Error(), whenField)

		return
	}

	_, err := expression.CompileCondition(when)
	if err == nil {
		return
	}

	one := problem.Problem{Code: problem.InvalidExpression, Message: err.Error(), Field: []string{whenField}}
	if wrong, ok := errors.AsType[*expression.Error](err); ok {
		one.Message, one.Line, one.Column = wrong.Message, wrong.Line, wrong.Column
	}

	*problems = append(*problems, one)
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
