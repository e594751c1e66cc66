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
	from  string
	where []string
	among []among
	args  []any
}

// From begins a list over all columns of a table.
func From(table string) *Select { return &Select{from: table} }

// Where adds a condition. Each ? in it stands for the next value.
func (s *Select) Where(condition string, values ...any) *Select {
	for _, value := range values {
		s.args = append(s.args, value)
		condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(s.args)), 1)
	}

	s.where = append(s.where, condition)

	return s
}

// Storable leaves out the texts that Postgres cannot hold and that therefore match nothing.
func Storable(texts []string) []string {
	return slices.DeleteFunc(slices.Clone(texts), func(text string) bool {
		return strings.ContainsRune(text, 0) || !utf8.ValidString(text)
	})
}

// Range keeps rows with floor <= id < ceiling. A nil bound is open.
func (s *Select) Range(floor, ceiling *uuid.UUID) *Select {
	if floor != nil {
		s.Where("id >= ?", *floor)
	}

	if ceiling != nil {
		s.Where("id < ?", *ceiling)
	}

	return s
}

// SQL returns the statement for one page and its parameters. It asks for one row more than the page holds, which tells
// Cut whether there are more.
func (s *Select) SQL(q Query) (string, []any) {
	// Later in the list means a greater id when the list is ascending, and a smaller one otherwise.
	later, earlier := "id < ?", "id > ?"
	if q.Ascending {
		later, earlier = earlier, later
	}

	if q.After != nil {
		s.Where(later, *q.After)
	}

	if q.Before != nil {
		s.Where(earlier, *q.Before)
	}

	apart := s.branch()

	where := ""
	if len(s.where) > 0 {
		where = " WHERE " + strings.Join(s.where, " AND ")
	}

	list := "SELECT * FROM " + s.from + where + q.cut("id")
	if len(apart) == 0 {
		return list, s.args
	}

	return s.merged(apart, list) + q.cut("part.id"), s.args
}

// cut sorts by a column, and ends the list one row behind the page.
func (q Query) cut(column string) string {
	direction := " DESC"
	if q.Ascending != q.Backward {
		direction = " ASC"
	}

	return " ORDER BY " + column + direction + " LIMIT " + strconv.Itoa(q.Size+1)
}
