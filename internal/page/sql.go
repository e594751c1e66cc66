package page

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Select composes the SQL of a filtered list. It is the one place where a WHERE clause is put together, so that every
// list pages alike. Values only ever travel as parameters.
type Select struct {
	from, key string
	distinct  bool
	owner     *among
	indexes   []Index
	where     []string
	among     []among
	span      span
	args      []any
}

// From begins a list over all columns of a table.
func From(table string) *Select {
	return &Select{from: table, key: "id", span: span{ceiling: bound{id: uuid.Max}}}
}

// Distinct begins a list of the ids in a column of a table, each once. They are the only column, and it is called id.
func Distinct(table, column string) *Select {
	out := From(table)
	out.key, out.distinct = column, true

	return out
}

// Where adds a condition. Each ? in it stands for the next value.
func (s *Select) Where(condition string, values ...any) *Select {
	for _, value := range values {
		condition = strings.Replace(condition, "?", s.param(value), 1)
	}

	s.where = append(s.where, condition)

	return s
}

// Storable leaves out the texts that Postgres cannot hold and that therefore match nothing.
func Storable(texts []string) []string {
	if texts == nil {
		return nil
	}

	return slices.DeleteFunc(slices.Clone(texts), func(text string) bool {
		return strings.ContainsRune(text, 0) || !utf8.ValidString(text)
	})
}

// Range keeps rows with floor <= id < ceiling. A nil bound is open.
func (s *Select) Range(floor, ceiling *uuid.UUID) *Select {
	s.span.begin(floor, false)
	s.span.end(ceiling, true)

	return s
}

// SQL returns the statement for one page and its parameters. It asks for one row more than the page holds, which tells
// Cut whether there are more.
func (s *Select) SQL(q Query) (string, []any) {
	// Later in the list means a greater id when the list is ascending, and a smaller one otherwise.
	if q.Ascending {
		s.span.begin(q.After, true)
		s.span.end(q.Before, true)
	} else {
		s.span.end(q.After, true)
		s.span.begin(q.Before, true)
	}

	path := s.path()
	s.bound(path)

	list := s.list(path, q)
	if len(path.branches) == 0 && !s.distinct {
		return list, s.args
	}

	columns := "part.*"
	if s.distinct {
		columns = "DISTINCT part.id"
	}

	from := strings.Join(append(slices.Clone(path.branches), "LATERAL ("+list+") AS part"), ", ")

	return "SELECT " + columns + " FROM " + from + " ORDER BY part.id" + q.direction() + q.limit(), s.args
}

// list returns the statement that reads along a path.
func (s *Select) list(path path, q Query) string {
	order, columns, where := "", "*", ""
	if s.distinct {
		columns = "DISTINCT " + s.key + " AS id"
	}

	for _, one := range path.steps {
		order += one.column + q.direction() + ", "

		if s.distinct {
			columns += ", " + one.column
		}
	}

	if len(s.where) > 0 {
		where = " WHERE " + strings.Join(s.where, " AND ")
	}

	return "SELECT " + columns + " FROM " + s.from + where + " ORDER BY " + order + s.key + q.direction() + q.limit()
}

// param adds a parameter and returns how it is written.
func (s *Select) param(value any) string {
	s.args = append(s.args, value)

	return "$" + strconv.Itoa(len(s.args))
}

func (q Query) direction() string {
	if q.Ascending != q.Backward {
		return " ASC"
	}

	return " DESC"
}

func (q Query) limit() string { return " LIMIT " + strconv.Itoa(q.Size+1) }
