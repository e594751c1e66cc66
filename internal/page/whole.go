package page

import "github.com/google/uuid"

// inPart returns the statement that looks at all rows of a part at once, whatever their order, and sorts what it finds.
func (s *Select) inPart(q Query, part Part) (string, []any) {
	w := &statement{Select: s, query: q, span: s.span.cut(q)}
	w.span.begin(&part.Floor, false)
	w.span.end(&part.Ceiling)

	if s.search == nil {
		return w.whole(s.from), w.args
	}

	sql, values := s.search.Part(part)

	return w.whole(w.clause(clause{sql, values})), w.args
}

// byKeys returns the statement that does so with the rows that a search has found.
func (s *Select) byKeys(q Query, keys []uuid.UUID) (string, []any) {
	w := &statement{Select: s, query: q, span: s.span.cut(q)}
	sql, values := s.search.Rows(keys)

	return w.whole(w.clause(clause{sql, values})), w.args
}

// whole returns a statement for all rows of a source that meet the conditions, without that of a search.
func (w *statement) whole(source string) string {
	conditions := append(w.clauses(w.Select.where), w.clauses(w.Select.sieve)...)
	for _, one := range w.conditions() {
		conditions = append(conditions, w.clause(one.clause()))
	}

	w.bound()

	// The offset keeps Postgres from thinking of the order when it looks for the rows.
	list := "(SELECT * FROM " + source + where(append(conditions, w.where...)) + " OFFSET 0) AS " + w.from

	return "SELECT " + w.columns() + " FROM " + list + " ORDER BY id" + w.direction() + w.limit()
}
