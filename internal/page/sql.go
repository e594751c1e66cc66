package page

import (
	"slices"
	"strconv"
	"strings"
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
	// where are conditions that go with the index, and sieve those that each row is tried for. Only these need more than
	// the plain number of args.
	where, sieve []string
	plain        int
	// tries is how many rows are tried in each branch.
	tries int
}

// step is a column, and what it is compared with.
type step struct{ column, value string }

// SQL returns the statement for one page and its parameters. It asks for one row more than the page holds, which tells
// Cut whether there are more.
func (s *Select) SQL(q Query) (string, []any) {
	w := s.begin(q)

	return w.merged(w.list()), w.args
}

// begin writes all conditions.
func (s *Select) begin(q Query) *statement {
	w := &statement{Select: s, query: q, span: s.span.cut(q), tries: s.walk}
	chosen, rest := s.choose()

	w.where = w.clauses(s.where)
	for n, one := range chosen {
		w.along("branch"+strconv.Itoa(n), one)
	}

	sieve := slices.Clone(s.sieve)
	if s.search != nil {
		sieve = append(sieve, s.search.sieve)
	}

	for _, one := range rest {
		if s.owner != nil && one.column == s.owner.column {
			w.where = append(w.where, w.clause(one.clause()))
		} else {
			sieve = append(sieve, one.clause())
		}
	}

	w.bound(w.span.floor, " >= ", " > ")
	w.bound(w.span.ceiling, " <= ", " < ")

	w.plain = len(w.args)
	w.sieve = w.clauses(sieve)

	if s.indexes == nil {
		w.where, w.sieve = append(w.where, w.sieve...), nil
	}

	return w
}

// choose returns the conditions of the index to read along, and all others.
func (s *Select) choose() (chosen, rest []among) {
	if s.owner != nil {
		rest = append(rest, *s.owner)
	}

	for _, index := range s.indexes {
		if len(index) == 0 {
			return rest, s.among
		}

		if chosen, others, ok := s.match(index); ok {
			return chosen, append(rest, others...)
		}
	}

	return nil, append(rest, s.among...)
}

// match takes the conditions on the columns of an index from among the others, if there are such on all of them and
// there are not too many values.
func (s *Select) match(index Index) (chosen, others []among, ok bool) {
	others = slices.Clone(s.among)
	branches := 1

	for _, column := range index {
		at := slices.IndexFunc(others, func(one among) bool { return one.column == column })
		if at < 0 {
			return nil, nil, false
		}

		branches *= others[at].count
		chosen = append(chosen, others[at])
		others = slices.Delete(others, at, at+1)
	}

	return chosen, others, branches > 0 && branches <= maxBranches
}

// along adds a column to the path.
func (w *statement) along(name string, one among) {
	w.tries = max(w.tries/one.count, min(w.tries, minTries))

	if one.count == 1 {
		w.path = append(w.path, step{one.column, w.param(one.first)})

		return
	}

	w.path = append(w.path, step{one.column, name + ".value"})
	w.branches = append(w.branches, "unnest("+w.param(one.values)+"::"+one.cast+") AS "+name+" (value)")
}

// bound adds the conditions on the id. Those on the columns that lead to it are the same conditions: as a whole, they
// say where in the index the list begins and ends. They do not say that a column has a certain value, because Postgres
// would conclude that any index by id has the right order, and go through it until it has found enough.
func (w *statement) bound(at bound, closed, open string) {
	compare := closed
	if at.open {
		compare = open
	}

	if at.set {
		// With this alone it is known which parts of the table have the rows.
		w.where = append(w.where, w.key+compare+w.param(at.id))
	}

	if len(w.path) == 0 {
		return
	}

	var columns, values []string

	for _, one := range w.path {
		columns, values = append(columns, one.column), append(values, one.value)
	}

	w.where = append(w.where, "("+strings.Join(append(columns, w.key), ", ")+")"+compare+
		"("+strings.Join(append(values, w.param(at.id)), ", ")+")")
}

// list returns the statement that reads along the path.
func (w *statement) list() string {
	if len(w.sieve) == 0 {
		return "SELECT " + w.columns() + " FROM " + w.from + where(w.where) + w.order() + w.limit()
	}

	return "SELECT " + w.columns() + " FROM (SELECT * FROM " + w.from + where(w.where) + w.order() +
		" LIMIT " + strconv.Itoa(w.tries) + ") AS " + w.from + where(w.sieve) + w.order() + w.limit()
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
	list := "SELECT FROM " + w.from + where(w.where) + w.order() + " OFFSET " + strconv.Itoa(w.tries) + " LIMIT 1"
	from := strings.Join(append(w.branches, "LATERAL ("+list+") AS part"), ", ")

	return "SELECT EXISTS (SELECT FROM " + from + ")", w.args[:w.plain]
}

// columns are those of the list. Those that it is sorted by have to be there when each id is to come once.
func (w *statement) columns() string {
	if !w.distinct {
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
	if w.query.Ascending != w.query.Backward {
		return " ASC"
	}

	return " DESC"
}

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
