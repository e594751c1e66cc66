package page

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Select describes a filtered list. It is the one place where a WHERE clause is put together, so that every list pages
// alike. Values only ever travel as parameters.
type Select struct {
	// from is the table, and key the column of ids that the list is sorted by.
	from, key string
	distinct  bool
	onlyIDs   bool
	owner     *among
	among     []among
	where     []clause
	sieve     []clause
	span      span
	indexes   []Index
	parts     bool
	// walk is how many rows are looked at in the hope that a page is among them.
	walk   int
	search *Search
}

// clause is a part of a statement in which each ? stands for the next value.
type clause struct {
	sql    string
	values []any
}

// Index names the columns of an index, without the owner's before them and the id behind them.
type Index []string

// Part is a part of a table: its rows have ids from the floor to below the ceiling.
type Part struct{ Floor, Ceiling uuid.UUID }

// Search is a condition that perhaps few rows meet, and a better way to find those than to try all rows. It is used
// when a page was not filled by trying some.
type Search struct {
	// Sieve is the condition, in which each ? stands for the next value.
	Sieve  string
	Values []any
	// Keys returns a statement that finds up to a number of ids by which rows are found that meet the condition.
	Keys func(limit int) (sql string, values []any)
	// Rows returns what stands in place of the table when all those ids are known, and Part when there are too many:
	// the rows of a part of the table that meet the condition.
	Rows func(keys []uuid.UUID) (sql string, values []any)
	Part func(Part) (sql string, values []any)
}

// From begins a list over all columns of a table.
func From(table string) *Select {
	return &Select{from: table, key: "id", span: span{ceiling: bound{id: uuid.Max}}, walk: defaultWalk}
}

// Distinct begins a list of the ids in a column of a table, each once. They are the only column, and it is called id.
func Distinct(table, column string) *Select {
	out := From(table)
	out.key, out.distinct = column, true

	return out
}

// OnlyIDs leaves out all columns but the id.
func (s *Select) OnlyIDs() *Select {
	s.onlyIDs = true

	return s
}

// Owned keeps rows of an owner.
func Owned[T Value](s *Select, column string, owner T) *Select {
	s.owner = newAmong(column, []T{owner})

	return s
}

// Among keeps rows whose column has one of the values. Nil does not matter; an empty slice keeps nothing.
func Among[T Value](s *Select, column string, values []T) *Select {
	if values != nil {
		s.among = append(s.among, *newAmong(column, values))
	}

	return s
}

// Where adds a condition that most rows meet, or those of an index that is there for them. Each ? in it stands for the
// next value.
func (s *Select) Where(condition string, values ...any) *Select {
	s.where = append(s.where, clause{condition, values})

	return s
}

// Sieve adds a condition that perhaps few rows meet.
func (s *Select) Sieve(condition string, values ...any) *Select {
	s.sieve = append(s.sieve, clause{condition, values})

	return s
}

// Search adds a condition with a way of its own to find the rows that meet it.
func (s *Select) Search(by Search) *Select {
	s.search = &by

	return s
}

// Range keeps rows with floor <= id < ceiling. A nil bound is open.
func (s *Select) Range(floor, ceiling *uuid.UUID) *Select {
	s.span.begin(floor, false)
	s.span.end(ceiling)

	return s
}

// Indexed says along which indexes the list can be read: those whose columns all have to have certain values ([Among]),
// the first ones rather than the last. An index without columns is the owner's own.
//
// Where there are several values, the list is read once for each, no further than the page reaches, and what is found
// is merged. What the index does not decide is tried row by row, up to a limit. If the page is not full by then, the
// next index has its turn, and after the last one Postgres does as it thinks best.
func (s *Select) Indexed(indexes ...Index) *Select {
	s.indexes = indexes

	return s
}

// Parted says that the table has parts by the column that the list is sorted by.
func (s *Select) Parted() *Select {
	s.parts = true

	return s
}

// Walk says how many rows are tried one by one before the other way is taken.
func (s *Select) Walk(rows int) *Select {
	s.walk = rows

	return s
}

// Storable leaves out the texts that Postgres cannot hold and that therefore match nothing. Nil stays nil.
func Storable(texts []string) []string {
	if texts == nil {
		return nil
	}

	return slices.DeleteFunc(slices.Clone(texts), func(text string) bool {
		return strings.ContainsRune(text, 0) || !utf8.ValidString(text)
	})
}
