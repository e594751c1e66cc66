package main

import "github.com/jackc/pgx/v5"

// stream hands rows to COPY as they are made.
type stream struct {
	from <-chan [][]any
	rows [][]any
}

var _ pgx.CopyFromSource = (*stream)(nil)

// Next implements [pgx.CopyFromSource].
func (s *stream) Next() bool {
	if len(s.rows) > 1 {
		s.rows = s.rows[1:]

		return true
	}

	for s.rows = range s.from {
		if len(s.rows) > 0 {
			return true
		}
	}

	return false
}

// Values implements [pgx.CopyFromSource].
func (s *stream) Values() ([]any, error) { return s.rows[0], nil }

// Err implements [pgx.CopyFromSource].
func (s *stream) Err() error { return nil }
