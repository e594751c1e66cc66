package page

// whole returns the statement that looks at all rows of a part at once, whatever their order, and sorts what it finds.
// Postgres plans it by what it knows about the values.
func (s *Select) whole(q Query, part Part) (string, []any) {
	w := &statement{Select: s, query: q, span: s.span.cut(q)}
	w.span.begin(&part.Floor, false)
	w.span.end(&part.Ceiling)

	source := s.from
	if s.search != nil {
		sql, values := s.search.source(part)
		source = w.clause(clause{sql, values})
	}

	conditions := append(w.clauses(s.where), w.clauses(s.sieve)...)
	if s.owner != nil {
		conditions = append(conditions, w.clause(s.owner.clause()))
	}

	for _, one := range s.among {
		conditions = append(conditions, w.clause(one.clause()))
	}

	w.bound(w.span.floor, " >= ", " > ")
	w.bound(w.span.ceiling, " <= ", " < ")

	// The offset keeps Postgres from thinking of the order when it looks for the rows.
	list := "(SELECT * FROM " + source + where(append(conditions, w.where...)) + " OFFSET 0) AS " + s.from

	return "SELECT " + w.columns() + " FROM " + list + " ORDER BY id" + w.direction() + w.limit(), w.args
}
