package payloadquery

import (
	"encoding/json"
	"strings"
)

// kinds is a set of types of JSON values. An integer is a number here.
type kinds uint8

const (
	null kinds = 1 << iota
	boolean
	number
	text
	array
	object

	everything = null | boolean | number | text | array | object
)

// kindOfScalar returns the type of a value that encoding/json decoded and that is no object or array.
func kindOfScalar(value any) kinds {
	switch value.(type) {
	case bool:
		return boolean
	case json.Number:
		return number
	case string:
		return text
	default:
		return null
	}
}

// declared returns what the keywords type, const and enum of a schema allow.
func declared(keywords *node) kinds {
	allowed := everything

	if types := keywords.get("type"); types != nil {
		allowed = typesOf(types)
	}

	if value := keywords.get("const"); value != nil {
		allowed &= value.kind
	}

	if values := keywords.get("enum"); values != nil && len(values.items) > 0 {
		var listed kinds
		for _, value := range values.items {
			listed |= value.kind
		}

		allowed &= listed
	}

	return allowed
}

// typesOf reads a name of a type or a list of them. What it does not know may be anything.
func typesOf(types *node) kinds {
	if len(types.items) > 0 {
		var all kinds
		for _, one := range types.items {
			all |= typesOf(one)
		}

		return all
	}

	switch types.value {
	case "null":
		return null
	case "boolean":
		return boolean
	case "number", "integer":
		return number
	case "string":
		return text
	case "array":
		return array
	case "object":
		return object
	default:
		return everything
	}
}

// String says what values of these types are, as in "is a string or null".
func (k kinds) String() string {
	names := []string{}

	for _, one := range []struct {
		kind kinds
		name string
	}{
		{text, "a string"},
		{number, "a number"},
		{boolean, "a boolean"},
		{array, "a list of values without fields"},
		{object, "an object"},
		{null, "null"},
	} {
		if k&one.kind != 0 {
			names = append(names, one.name)
		}
	}

	return strings.Join(names, " or ")
}
