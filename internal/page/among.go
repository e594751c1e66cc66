package page

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// maxBranches bounds how many lists are read for one page: that many descents into the indexes of every partition cost
// a few milliseconds.
const maxBranches = 128

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

// Among keeps rows whose column has one of the values. Nil does not matter; an empty slice keeps nothing.
//
// An index by column and id can be read in the order of the list for one value, but not for several at once. So the
// list is read once for each value, no further than the page reaches, and the parts are merged. When several conditions
// come together, the first ones are treated like this: say the one first that keeps the fewest rows.
func Among[T Value](s *Select, column string, values []T) *Select {
	if values == nil {
		return s
	}

	one := among{column: column, cast: arrayOf[T]()}
	distinct, seen := make([]T, 0, len(values)), make(map[T]bool, len(values))

	for _, value := range values {
		if !seen[value] {
			seen[value] = true
			distinct = append(distinct, value)
		}
	}

	if one.values, one.count = distinct, len(distinct); one.count > 0 {
		one.first = distinct[0]
	}

	s.among = append(s.among, one)

	return s
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

// branch writes the conditions on several values, and returns those that the list is read for one by one.
func (s *Select) branch() []among {
	var apart []among

	branches := 1

	for _, one := range s.among {
		switch {
		case one.count == 1:
			s.Where(one.column+" = ?", one.first)
		case one.count > 1 && branches*one.count <= maxBranches:
			branches *= one.count
			apart = append(apart, one)
			s.where = append(s.where, one.column+" = "+branchName(len(apart))+".value")
		default:
			s.Where(one.column+" = ANY (?::"+one.cast+")", one.values)
		}
	}

	return apart
}

// merged returns the statement that reads a list for each value.
func (s *Select) merged(apart []among, list string) string {
	from := make([]string, len(apart))

	for n, one := range apart {
		s.args = append(s.args, one.values)
		from[n] = "unnest($" + strconv.Itoa(len(s.args)) + "::" + one.cast + ") AS " + branchName(n+1) + " (value)"
	}

	return "SELECT part.* FROM " + strings.Join(from, ", ") + ", LATERAL (" + list + ") AS part"
}

func branchName(n int) string { return "branch" + strconv.Itoa(n) }
