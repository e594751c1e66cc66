package eventtype

import (
	"cmp"

	"github.com/surehook/surehook/internal/problem"
)

// Check returns all that is wrong with a new event type by itself: what [Service.Create] says of the input, but for
// what it takes a catalog to know. maxPayloadBytes bounds each sample, in bytes of compact JSON.
func Check(in CreateInput, maxPayloadBytes int) error {
	_, err := checkInput(in, maxPayloadBytes)

	return err
}

// checked is an input that is right by itself.
type checked struct {
	// CreateInput is as it is kept. Its schema is nil when there is none.
	CreateInput

	// samples may yet have to match the schema of a source.
	samples map[int]parsedSample
}

func checkInput(in CreateInput, maxPayloadBytes int) (checked, error) {
	var problems problem.List

	in.SchemaValidation = cmp.Or(in.SchemaValidation, Reject)

	checkName(&problems, in.Name)
	problems.OptionalText(in.Description, MaxDescriptionLength, "description")
	problems.OptionalText(in.Group, MaxGroupLength, "group")
	checkSchemaValidation(&problems, in.SchemaValidation)
	checkDeprecation(&problems, in.Deprecation)
	checkDerivation(&problems, in)

	var against *check

	switch {
	case isNull(in.Schema):
		in.Schema = nil
	case in.DerivedFrom != nil:
		problems.Add(problem.Invalid, "a derived event type has the schema of its source", "schema")
	default:
		in.Schema, against = parseSchema(&problems, in.Schema)
	}

	samples := parseSamples(&problems, in.Samples, maxPayloadBytes)
	checkSamples(&problems, samples, against)

	return checked{CreateInput: in, samples: samples}, problems.Err()
}

// checkDerivation checks what an input says of the event type that it is derived from, or does not say.
func checkDerivation(problems *problem.List, in CreateInput) {
	if in.DerivedFrom == nil {
		if in.When != nil {
			problems.Add(problem.Invalid, "must not be given without derivedFrom", whenField)
		}

		return
	}

	// A text that cannot be a name may be one that Postgres does not take either.
	if !ValidName(*in.DerivedFrom) {
		problems.Add(problem.UnknownEventType, unknownSource, sourceField)
	}

	if in.When == nil {
		problems.Add(problem.Required, "must be given with derivedFrom", whenField)
	} else {
		checkWhen(problems, *in.When)
	}
}
