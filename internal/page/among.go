package page

import (
	"reflect"

	"github.com/google/uuid"
)

// Value is what a column can be compared with.
type Value interface {
	uuid.UUID | ~int | ~string
}

// among is a condition that a column has one of several values.
type among struct {
	column string
	// cast is the type of the array that holds the values.
	cast string
	// values is a slice without duplicates, and first its first value when there is one.
	values any
	first  any
	count  int
}

func newAmong[T Value](column string, values []T) *among {
	distinct, seen := make([]T, 0, len(values)), make(map[T]bool, len(values))

	for _, value := range values {
		if !seen[value] {
			seen[value] = true
			distinct = append(distinct, value)
		}
	}

	out := &among{column: column, cast: arrayOf[T](), values: distinct, count: len(distinct)}
	if out.count > 0 {
		out.first = distinct[0]
	}

	return out
}

func arrayOf[T Value]() string {
	switch reflect.TypeFor[T]().Kind() {
	case reflect.Int:
		return "integer[]"
	case reflect.String:
		return "text[]"
	default:
		return "uuid[]"
	}
}

// clause returns the condition as SQL.
func (a among) clause() clause {
	switch a.count {
	case 0:
		return clause{sql: "false"}
	case 1:
		return clause{a.column + " = ?", []any{a.first}}
	default:
		return clause{a.column + " = ANY (?::" + a.cast + ")", []any{a.values}}
	}
}
