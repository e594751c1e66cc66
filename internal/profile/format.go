package profile

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/surehook/surehook/profiles"
)

// format is the JSON Schema of profiles.
type format struct{ schema *jsonschema.Schema }

func newFormat() (format, error) {
	const url = "surehook://profiles/schema.json"

	text, err := jsonschema.UnmarshalJSON(bytes.NewReader(profiles.Schema))
	if err != nil {
		return format{}, fmt.Errorf("read the JSON Schema of profiles: %w", err)
	}

	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(url, text); err != nil {
		return format{}, fmt.Errorf("read the JSON Schema of profiles: %w", err)
	}

	schema, err := compiler.Compile(url)
	if err != nil {
		return format{}, fmt.Errorf("compile the JSON Schema of profiles: %w", err)
	}

	return format{schema: schema}, nil
}

// check reports what is in a document that has no place there, and what is not there that has to be.
func (f format) check(r *report, document []byte) {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		r.add(err.Error())

		return
	}

	err = f.schema.Validate(value)
	if err == nil {
		return
	}

	if invalid, ok := errors.AsType[*jsonschema.ValidationError](err); ok {
		explain(r, invalid, message.NewPrinter(language.English))
	} else {
		r.add(err.Error())
	}
}

// explain reports the leaves of the library's tree of errors.
func explain(r *report, err *jsonschema.ValidationError, printer *message.Printer) {
	for _, cause := range err.Causes {
		explain(r, cause, printer)
	}

	if len(err.Causes) > 0 {
		return
	}

	at := func(key string) []string { return append(slices.Clip(err.InstanceLocation), key) }

	switch what := err.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		for _, key := range what.Properties {
			r.add("there is no such key", at(key)...)
		}
	case *kind.DependentRequired:
		for _, key := range what.Missing {
			r.add("must be given together with "+what.Prop, at(key)...)
		}
	case *kind.FalseSchema:
		r.add("must not be given here", err.InstanceLocation...)
	case *kind.Required:
		for _, key := range what.Missing {
			r.add("must be given", at(key)...)
		}
	default:
		r.add(err.ErrorKind.LocalizedString(printer), err.InstanceLocation...)
	}
}
