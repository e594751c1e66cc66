package eventtype

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/surehook/surehook/internal/problem"
)

const (
	// maxMismatches is how many things are told at once.
	maxMismatches = 5
	// maxGathered bounds the search for them: a long array can be wrong at each of its items.
	maxGathered = 1000
	// maxMessageLength bounds what is told of one, in bytes: the library quotes values and lists what is allowed.
	maxMessageLength = 200
)

// mismatch is one thing that is wrong with a value.
type mismatch struct {
	// path leads to the part of the value that is wrong.
	path    []string
	message string
}

// String says where it is wrong, as a JSON pointer, and why.
func (m mismatch) String() string {
	if len(m.path) == 0 {
		return m.message
	}

	return "at " + shorten(pointer(m.path)) + ": " + m.message
}

// run checks a value and returns what is wrong with it, nothing when it matches.
func (c *check) run(value any) (wrong []mismatch) {
	c.meter.left = c.budget

	defer func() {
		if reason := recover(); reason != nil {
			if err, ok := reason.(error); !ok || !errors.Is(err, errBudget) {
				panic(reason)
			}

			wrong = []mismatch{{message: errBudget.Error()}}
		}
	}()

	err := c.schema.Validate(value)
	if err == nil {
		return nil
	}

	if invalid, ok := errors.AsType[*jsonschema.ValidationError](err); ok {
		return mismatches(invalid)
	}

	return []mismatch{{message: shorten(err.Error())}}
}

// report notes what is wrong with a payload that lies at the field.
func report(problems *problem.List, wrong []mismatch, field ...string) {
	for _, one := range wrong {
		problems.Add(problem.PayloadSchemaMismatch, one.String(), slices.Concat(field, one.path)...)
	}
}

// mismatches takes the library's tree of errors apart. Its leaves say what is wrong; why none of several alternatives
// fits is too long a story, so there it is the fork that counts.
func mismatches(err *jsonschema.ValidationError) []mismatch {
	var found []mismatch

	printer := message.NewPrinter(language.English)

	var gather func(err *jsonschema.ValidationError)

	gather = func(err *jsonschema.ValidationError) {
		switch err.ErrorKind.(type) {
		case *kind.AnyOf, *kind.OneOf:
		default:
			if len(err.Causes) > 0 {
				for _, cause := range err.Causes {
					if len(found) < maxGathered {
						gather(cause)
					}
				}

				return
			}
		}

		found = append(found, mismatch{path: err.InstanceLocation, message: shorten(describe(err.ErrorKind, printer))})
	}

	gather(err)

	slices.SortFunc(found, func(a, b mismatch) int {
		return cmp.Or(slices.Compare(a.path, b.path), strings.Compare(a.message, b.message))
	})

	found = slices.CompactFunc(found, func(a, b mismatch) bool {
		return slices.Equal(a.path, b.path) && a.message == b.message
	})

	return found[:min(len(found), maxMismatches)]
}

func describe(what jsonschema.ErrorKind, printer *message.Printer) string {
	switch what := what.(type) {
	case *kind.AnyOf:
		return "matches none of the alternatives"
	case *kind.OneOf:
		if len(what.Subschemas) > 0 {
			return "matches more than one of the alternatives"
		}

		return "matches none of the alternatives"
	case *kind.FalseSchema:
		return "is not allowed"
	case *kind.Format:
		if refused, ok := errors.AsType[notInEnumError](what.Err); ok {
			return "must be one of " + list(refused.allowed)
		}

		return "is not a valid " + what.Want + ": " + what.Err.Error()
	}

	return what.LocalizedString(printer)
}

func list(values []any) string {
	var out strings.Builder

	for n, value := range values {
		if n > 0 {
			out.WriteString(", ")
		}

		if out.Len() > maxMessageLength {
			break
		}

		text, err := json.Marshal(value)
		if err != nil {
			continue
		}

		out.Write(text)
	}

	return out.String()
}

// shorten cuts a text to the length of a message, at a character.
func shorten(text string) string {
	if len(text) <= maxMessageLength {
		return text
	}

	return strings.ToValidUTF8(text[:maxMessageLength], "") + "…"
}

// pointer writes a path as a JSON pointer (RFC 6901).
func pointer(path []string) string {
	escape := strings.NewReplacer("~", "~0", "/", "~1")

	var out strings.Builder

	for _, token := range path {
		out.WriteByte('/')
		_, _ = escape.WriteString(&out, token)
	}

	return out.String()
}

// fragment writes a path as the fragment of a URL.
func fragment(path []string) string { return (&url.URL{Fragment: pointer(path)}).EscapedFragment() }
