package graph_test

import (
	"context"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
)

// statements notes what is sent to Postgres.
type statements struct {
	mu  sync.Mutex
	sql []string
}

var _ pgx.BatchTracer = (*statements)(nil)

func (s *statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	s.note(q.SQL)

	return ctx
}

func (*statements) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (*statements) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return ctx
}

// TraceBatchQuery leaves out settings, which go along with the statement that they are for.
func (s *statements) TraceBatchQuery(_ context.Context, _ *pgx.Conn, q pgx.TraceBatchQueryData) {
	if !strings.HasPrefix(q.SQL, "SELECT set_config") {
		s.note(q.SQL)
	}
}

func (*statements) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

func (s *statements) note(sql string) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.sql = append(s.sql, sql)
}

// take returns what has come since it was last called.
func (s *statements) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()

	out := s.sql
	s.sql = nil

	return out
}
