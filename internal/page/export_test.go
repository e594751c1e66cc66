package page

// Along returns the statement that reads a list along the first index that is fit for it.
func (s *Select) Along(q Query) (string, []any) {
	w := s.along(q, s.choices()[0], s.walk)

	return w.merged(w.list()), w.args
}
