package page

import (
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// maxBranches bounds how many lists are read for one page: that many descents into the indexes of every part of a table
// take some milliseconds.
const maxBranches = 128

// minTries is how many rows are tried at least in each branch.
const minTries = 200

// statement is one that is being written.
type statement struct {
	*Select

	query Query
	span  span
	args  []any
	// path is what the list is read along, and branches what it is read for again and again.
	path     []step
	branches []string
	// where are conditions that go with the index, far those that end the list, and sieve those that each row is tried
	// for. Only these need more than the plain number of args.
	where, far, sieve []string
	plain             int
	// tries is how many rows are tried in each branch.
	tries int
}

// step is a column, and what it is compared with.
type step struct{ column, value string }

// SQL returns a statement for one page and its parameters, which leaves to Postgres how to find the rows. It asks for
// one row more than the page holds, which tells Cut whether there are more.
func (s *Select) SQL(q Query) (string, []any) {
	w := s.along(q, choice{rest: s.conditions()}, 0)

	return w.merged(w.list()), w.args
}

// conditions are those on single columns.
func (s *Select) conditions() []among {
	if s.owner == nil {
		return s.among
	}

	return append([]among{*s.owner}, s.among...)
}

// choice is an index to read along: the conditions on its columns, and all others.
type choice struct{ chosen, rest []among }

// choices returns the indexes that the list can be read along. The last one is none, or that of the owner alone.
func (s *Select) choices() []choice {
	var (
		owner []among
		out   []choice
	)

	if s.owner != nil {
		owner = []among{*s.owner}
	}

	for _, index := range s.indexes {
		if len(index) == 0 {
			return append(out, choice{chosen: owner, rest: s.among})
		}

		if one, ok := s.match(index); ok {
			one.rest = append(one.rest, owner...)
			out = append(out, one)
		}
	}

	if len(out) > 0 {
		return out
	}

	return []choice{{rest: s.conditions()}}
}

// match tells whether there are conditions on all columns of an index, with not too many values.
func (s *Select) match(index Index) (choice, bool) {
	out := choice{rest: slices.Clone(s.among)}
	branches := 1

	for _, column := range index {
		at := slices.IndexFunc(out.rest, func(one among) bool { return one.column == column })
		if at < 0 {
			return choice{}, false
		}

		branches *= out.rest[at].count
		out.chosen = append(out.chosen, out.rest[at])
		out.rest = slices.Delete(out.rest, at, at+1)
	}

	return out, branches > 0 && branches <= maxBranches
}

// along writes all conditions of the list, to be read along an index, with so many rows to be tried.
func (s *Select) along(q Query, by choice, tries int) *statement {
	w := &statement{Select: s, query: q, span: s.span.cut(q), tries: tries}

	w.where = w.clauses(s.where)
	for n, one := range by.chosen {
		w.step("branch"+strconv.Itoa(n), one)
	}

	sieve := slices.Clone(s.sieve)
	if s.search != nil {
		sieve = append(sieve, clause{s.search.Sieve, s.search.Values})
	}

	for _, one := range by.rest {
		if s.owner != nil && one.column == s.owner.column {
			w.where = append(w.where, w.clause(one.clause()))
		} else {
			sieve = append(sieve, one.clause())
		}
	}

	w.bound()

	w.plain = len(w.args)
	w.sieve = w.clauses(sieve)

	if len(w.path) == 0 {
		w.where, w.sieve = append(w.where, w.sieve...), nil
	}

	return w
}

// step adds a column to the path.
func (w *statement) step(name string, one among) {
	w.tries = max(w.tries/one.count, min(w.tries, minTries))

	if one.count == 1 {
		w.path = append(w.path, step{one.column, w.param(one.first)})

		return
	}

	w.path = append(w.path, step{one.column, name + ".value"})
	w.branches = append(w.branches, "unnest("+w.param(one.values)+"::"+one.cast+") AS "+name+" (value)")
}

// bound adds the conditions on the id.
//
// Those on the columns that lead to it are the same conditions: as a whole, they say where in the index the list begins
// and where the values end. They do not say that a column has a certain value, because Postgres would conclude that any
// index by id has the right order, and go through that until it has found enough.
func (w *statement) bound() {
	if len(w.path) == 0 {
		w.where = append(w.where, w.limits(w.span.floor, " >= ")...)
		w.where = append(w.where, w.limits(w.span.ceiling, " <= ")...)

		return
	}

	floor, ceiling := w.span.floor, w.span.ceiling

	// An index does not end at the far end of the span, so going on to it is left to those who read the list.
	if w.ascending() {
		ceiling = bound{id: uuid.Max}
		w.far = w.limits(w.span.ceiling, " <= ")
		w.where = append(w.where, w.limits(floor, " >= ")...)
	} else {
		floor = bound{}
		w.far = w.limits(w.span.floor, " >= ")
		w.where = append(w.where, w.limits(ceiling, " <= ")...)
	}

	w.where = append(w.where, w.tuple(floor, " >= "), w.tuple(ceiling, " <= "))
}

// limits returns the condition on the id alone, from which it is known which parts of the table have the rows.
func (w *statement) limits(at bound, compare string) []string {
	if !at.set {
		return nil
	}

	return []string{w.key + at.compare(compare) + w.param(at.id)}
}

// tuple returns the condition on the columns of the path and the id.
func (w *statement) tuple(at bound, compare string) string {
	var columns, values []string

	for _, one := range w.path {
		columns, values = append(columns, one.column), append(values, one.value)
	}

	return "(" + strings.Join(append(columns, w.key), ", ") + ")" + at.compare(compare) +
		"(" + strings.Join(append(values, w.param(at.id)), ", ") + ")"
}

// list returns the statement that reads along the path.
func (w *statement) list() string {
	if len(w.sieve)+len(w.far) == 0 {
		return "SELECT " + w.columns() + " FROM " + w.from + where(w.where) + w.order() + w.limit()
	}

	tries := w.tries
	if len(w.sieve) == 0 {
		tries = w.query.Size + 1
	}

	return "SELECT " + w.columns() + " FROM (SELECT * FROM " + w.from + where(w.where) + w.order() +
		" LIMIT " + strconv.Itoa(tries) + ") AS " + w.from + where(append(w.far, w.sieve...)) + w.order() + w.limit()
}

// merged returns the statement that reads a list for each branch.
func (w *statement) merged(list string) string {
	columns := "part.*"
	if w.distinct {
		columns = "DISTINCT part.id"
	}

	if len(w.branches) == 0 && !w.distinct {
		return list
	}

	from := strings.Join(append(w.branches, "LATERAL ("+list+") AS part"), ", ")

	return "SELECT " + columns + " FROM " + from + " ORDER BY part.id" + w.direction() + w.limit()
}

// beyond returns the statement that tells whether there are rows that the list has not tried, and its parameters.
func (w *statement) beyond() (string, []any) {
	list := "SELECT " + w.key + " FROM " + w.from + where(w.where) + w.order() +
		" OFFSET " + strconv.Itoa(w.tries) + " LIMIT 1"
	from := strings.Join(append(w.branches, "LATERAL ("+list+") AS part"), ", ")

	return "SELECT EXISTS (SELECT FROM " + from + where(w.far) + ")", w.args[:w.plain]
}

// columns are those of the list. Those that it is sorted by have to be there when each id is to come once.
func (w *statement) columns() string {
	switch {
	case w.onlyIDs:
		return w.key
	case !w.distinct:
		return "*"
	}

	out := []string{"DISTINCT " + w.key + " AS id"}
	for _, one := range w.path {
		out = append(out, one.column)
	}

	return strings.Join(out, ", ")
}

func (w *statement) order() string {
	var out []string
	for _, one := range w.path {
		out = append(out, one.column+w.direction())
	}

	return " ORDER BY " + strings.Join(append(out, w.key+w.direction()), ", ")
}

func (w *statement) direction() string {
	if w.ascending() {
		return " ASC"
	}

	return " DESC"
}

// ascending tells whether rows are read in the order of their ids.
func (w *statement) ascending() bool { return w.query.Ascending != w.query.Backward }

func (w *statement) limit() string { return " LIMIT " + strconv.Itoa(w.query.Size+1) }

func (w *statement) param(value any) string {
	w.args = append(w.args, value)

	return "$" + strconv.Itoa(len(w.args))
}

func (w *statement) clause(c clause) string {
	for _, value := range c.values {
		c.sql = strings.Replace(c.sql, "?", w.param(value), 1)
	}

	return c.sql
}

func (w *statement) clauses(all []clause) []string {
	var out []string
	for _, one := range all {
		out = append(out, w.clause(one))
	}

	return out
}

func where(conditions []string) string {
	if len(conditions) == 0 {
		return ""
	}

	return " WHERE " + strings.Join(conditions, " AND ")
}
