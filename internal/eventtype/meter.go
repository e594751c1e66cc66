package eventtype

import (
	"encoding/json"
	"errors"
	"math/big"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const (
	// budget is what one check may spend, about two seconds of one processor. One unit is one schema applied to one
	// value. An array of 130,000 numbers, the most there can be in 256 KiB, with a choice of three for each takes
	// half of it; payloads as people send them take a few hundred.
	budget = 1_000_000
	// stepsPerUnit is how many small steps, of a match or a comparison, take as long as a unit.
	stepsPerUnit = 100
	// membersPerUnit is how many members or items a schema looks through in that time.
	membersPerUnit = 32
	// maxCompared is up to how many items the library compares each with each to see whether they are unique. It hashes
	// them when there are more.
	maxCompared = 20
)

// errBudget stops a check that takes too long.
var errBudget = errors.New("checking this against the schema takes too long")

// meter counts what a check spends. The library has no such notion, and a schema can make it work for ever: thirty
// definitions that each refer to the next one twice are a thousand million checks of one value.
//
// The one hook that the library calls for each schema and value before it does any work is the format, so the meter
// takes that place. A format that the schema has itself is called from there. So is its list of allowed values: the
// library would compare a value with each of them, at a microsecond each, before it asks for the format.
type meter struct {
	left int
	// seen are the schemas that have the hook.
	seen map[*jsonschema.Schema]bool
}

// notInEnumError stands for a value that is not in a list of allowed ones.
type notInEnumError struct{ allowed []any }

func (notInEnumError) Error() string { return "value is not allowed" }

// spend panics with errBudget when the budget is used up; [check.run] catches it.
func (m *meter) spend(units int) {
	if m.left -= units; m.left < 0 {
		panic(errBudget)
	}
}

// install puts the hook on a schema and on all schemas that it leads to.
func (m *meter) install(schema *jsonschema.Schema) {
	if m.seen == nil {
		m.seen = map[*jsonschema.Schema]bool{}
	}

	for todo := []*jsonschema.Schema{schema}; len(todo) > 0; {
		one := todo[len(todo)-1]
		todo = todo[:len(todo)-1]

		if one == nil || m.seen[one] {
			continue
		}

		m.seen[one] = true
		m.hook(one)

		todo = append(todo, children(one)...)
	}
}

func (m *meter) hook(schema *jsonschema.Schema) {
	own, unique := schema.Format, schema.UniqueItems
	name := "schema"

	if own != nil {
		name = own.Name
	}

	var allowed map[string]bool

	var values []any

	if schema.Enum != nil {
		values = schema.Enum.Values
		allowed = make(map[string]bool, len(values))

		for _, value := range values {
			allowed[canonical(value)] = true
		}

		schema.Enum = nil
	}

	schema.Format = &jsonschema.Format{Name: name, Validate: func(value any) error {
		m.spend(cost(value, unique))

		if allowed != nil {
			text := canonical(value)
			m.spend(len(text) / stepsPerUnit)

			if !allowed[text] {
				return notInEnumError{allowed: values}
			}
		}

		if own != nil {
			return own.Validate(value)
		}

		return nil
	}}
}

// cost is what it takes to apply a schema to a value, not counting what it applies to the value's parts.
func cost(value any, unique bool) int {
	switch value := value.(type) {
	case map[string]any:
		return 1 + len(value)/membersPerUnit
	case []any:
		if unique && len(value) <= maxCompared {
			return 1 + len(value)*len(value)/2
		}

		if unique {
			return 1 + len(value)*2
		}

		return 1 + len(value)/membersPerUnit
	case string:
		return 1 + len(value)/stepsPerUnit
	default:
		return 1
	}
}

// children returns the schemas that a schema leads to. Some are nil.
func children(s *jsonschema.Schema) []*jsonschema.Schema {
	out := slices.Concat(
		[]*jsonschema.Schema{
			s.Ref, s.RecursiveRef, s.Not, s.If, s.Then, s.Else, s.PropertyNames, s.UnevaluatedProperties, s.Contains,
			s.Items2020, s.UnevaluatedItems, s.ContentSchema,
		},
		s.AllOf, s.AnyOf, s.OneOf, s.PrefixItems,
	)

	if s.DynamicRef != nil {
		out = append(out, s.DynamicRef.Ref)
	}

	for _, one := range []any{s.Items, s.AdditionalItems, s.AdditionalProperties} {
		switch one := one.(type) {
		case *jsonschema.Schema:
			out = append(out, one)
		case []*jsonschema.Schema:
			out = append(out, one...)
		}
	}

	for _, one := range s.Dependencies {
		if one, ok := one.(*jsonschema.Schema); ok {
			out = append(out, one)
		}
	}

	for _, one := range s.Properties {
		out = append(out, one)
	}

	for _, one := range s.PatternProperties {
		out = append(out, one)
	}

	for _, one := range s.DependentSchemas {
		out = append(out, one)
	}

	return out
}

// canonical writes a value such that two values are equal to JSON Schema exactly when they are written the same.
func canonical(value any) string {
	var out strings.Builder

	writeCanonical(&out, value)

	return out.String()
}

func writeCanonical(out *strings.Builder, value any) {
	switch value := value.(type) {
	case map[string]any:
		names := make([]string, 0, len(value))
		for name := range value {
			names = append(names, name)
		}

		slices.Sort(names)

		out.WriteByte('{')

		for _, name := range names {
			writeCanonical(out, name)
			writeCanonical(out, value[name])
		}

		out.WriteByte('}')
	case []any:
		out.WriteByte('[')

		for _, item := range value {
			writeCanonical(out, item)
		}

		out.WriteByte(']')
	case json.Number:
		// 1, 1.0 and 1e0 are the same number. checkNumber has seen to it that this can be calculated.
		if number, ok := new(big.Rat).SetString(string(value)); ok {
			out.WriteString(number.RatString())
		}

		out.WriteByte(',')
	default:
		// A string, true, false or null: none of them can fail to be written.
		text, _ := json.Marshal(value)
		out.Write(text)
		out.WriteByte(',')
	}
}
