package page

import (
	"slices"
	"strconv"
	"strings"
)

// Index names the columns of an index, without the owner's before them and the id behind them.
type Index []string

// maxBranches bounds how many lists are read for one page: that many descents into the indexes of every part of a table
// take some milliseconds.
const maxBranches = 128

// Owned keeps rows of an owner.
func Owned[T Value](s *Select, column string, owner T) *Select {
	s.owner = newAmong(column, []T{owner})

	return s
}

// Indexed says along which indexes the list can be read: the first one whose columns all have to have certain values
// ([Among]). An index without columns is the owner's own.
//
// Postgres would often rather go through all rows by id until it has found enough, which takes long when there are few
// or they lie far back. So it is asked for an order that only the index has, and is not told that it comes to the order
// by id. Where there are several values, the list is read once for each, no further than the page reaches, and what is
// found is merged.
func (s *Select) Indexed(indexes ...Index) *Select {
	s.indexes = indexes

	return s
}

// path is what a list is read along.
type path struct {
	steps []step
	// branches are what the list is read for again and again.
	branches []string
}

// step is a column and what it is compared with.
type step struct{ column, value string }

// path chooses what to read along, and adds the conditions that this leaves.
func (s *Select) path() path {
	chosen, rest := s.choose()

	for _, one := range rest {
		switch one.count {
		case 0:
			s.Where("false")
		case 1:
			s.Where(one.column+" = ?", one.first)
		default:
			s.Where(one.column+" = ANY (?::"+one.cast+")", one.values)
		}
	}

	var out path

	for n, one := range chosen {
		if one.count == 1 {
			out.steps = append(out.steps, step{one.column, s.param(one.first)})

			continue
		}

		name := "branch" + strconv.Itoa(n)
		out.steps = append(out.steps, step{one.column, name + ".value"})
		out.branches = append(out.branches, "unnest("+s.param(one.values)+"::"+one.cast+") AS "+name+" (value)")
	}

	return out
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

// bound adds the conditions on the id, and on the columns that lead to it: as a whole, they say where in the index the
// list begins and ends.
func (s *Select) bound(path path) {
	s.bounds(path, s.span.floor, " >= ", " > ")
	s.bounds(path, s.span.ceiling, " <= ", " < ")
}

func (s *Select) bounds(path path, at bound, closed, open string) {
	compare := closed
	if at.open {
		compare = open
	}

	if at.set {
		// With this alone it is known which parts of the table have the rows.
		s.Where(s.key+compare+"?", at.id)
	}

	if len(path.steps) == 0 {
		return
	}

	columns, values := make([]string, 0, len(path.steps)+1), make([]string, 0, len(path.steps)+1)

	for _, one := range path.steps {
		columns, values = append(columns, one.column), append(values, one.value)
	}

	s.Where("(" + strings.Join(append(columns, s.key), ", ") + ")" + compare +
		"(" + strings.Join(append(values, s.param(at.id)), ", ") + ")")
}
