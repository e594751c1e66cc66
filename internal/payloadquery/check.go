package payloadquery

import (
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/validator/core"
)

const (
	// maxNames and maxNameLength bound the search for the name that was meant, which takes time by the product of the
	// lengths. The length is in bytes.
	maxNames      = 200
	maxNameLength = 64
)

// Check reports fields that the data cannot have, as far as its JSON Schema tells. The schema may be of any draft and
// take any form; references are followed within it.
//
// A field is a problem when the schemas that hold for its object list members and do not name it, or allow no member by
// this name at all. It is none when
//   - properties, patternProperties or required name it, in any schema that holds for the object: also one behind a
//     reference, in allOf, or in one branch of anyOf, oneOf, if or dependentSchemas;
//   - additionalProperties or unevaluatedProperties are there and not false, and no other part forbids it;
//   - no properties are listed, or only in branches one of which lists none;
//   - it cannot be found out: behind a reference that leads out of the text, or a pattern that is not one for Go.
//
// A selection is a problem on what can only be a text, a number, a boolean or null, or a list of them. Whether a member
// can have a value at all is found out from type, const and enum only; not is not looked at. The work is bounded: what
// a very large or very entangled schema says may in part be overlooked, but never taken for a problem.
//
// Errors are [Problems], unless the schema is no JSON.
func (q *Query) Check(schema []byte) error {
	document, err := readDocument(schema)
	if err != nil {
		return err
	}

	w := walker{checker: newChecker(document)}
	w.selection(w.schema(document.root), &q.root, nil)

	return w.problems.err()
}

// walker goes through a query and a schema together.
type walker struct {
	*checker

	problems Problems
}

func (w *walker) selection(s *schema, wanted *selection, path []string) {
	for n := range wanted.fields {
		one := &wanted.fields[n]
		here := append(slices.Clip(path), one.member)
		found := w.field(s, one.member, 0)

		switch {
		case w.steps < 0:
			return
		case found.verdict.missing() || w.kindsOf(found.schema) == 0:
			w.problems.addf(one.at, "the schema has no field %s%s", strings.Join(here, "."), w.suggest(s, one.member))
		case one.selection == nil:
		case !w.hasFields(found.schema):
			w.problems.addf(one.at, "%s has no fields to select: it is %s",
				strings.Join(here, "."), w.kindsOf(found.schema))
		default:
			w.selection(found.schema, one.selection, here)
		}
	}
}

// suggest returns the end of a sentence with the names that may have been meant.
func (w *walker) suggest(s *schema, name string) string {
	if len(name) > maxNameLength || len(w.problems) == maxProblems {
		return ""
	}

	names := map[string]bool{}
	w.gather(s, names, map[*schema]bool{nil: true})

	if len(names) > maxNames {
		return ""
	}

	near := core.SuggestionList(name, slices.Sorted(maps.Keys(names)))
	if len(near) == 0 {
		return ""
	}

	return "; did you mean " + core.OrList(near[:min(len(near), 3)]...) + "?"
}

// gather collects the names of the members that a value, or the items of it, may have.
func (w *walker) gather(s *schema, into map[string]bool, seen map[*schema]bool) {
	if seen[s] || len(into) > maxNames || !w.spend(1) {
		return
	}

	seen[s] = true

	if s.own != nil {
		if listed := s.own.get("properties"); listed != nil {
			for _, name := range listed.names {
				if len(name) <= maxNameLength && listed.get(name).value != false {
					into[name] = true
				}
			}
		}
	}

	for _, part := range slices.Concat(s.all, s.any) {
		w.gather(part, into, seen)
	}

	w.gather(w.itemsOf(s), into, seen)
}
