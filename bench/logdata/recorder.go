package main

import (
	"context"
	"sync"

	"github.com/jackc/pgx/v5"
)

// asked is a statement that was sent to the database.
type asked struct {
	sql  string
	args []any
}

// recorder notes statements while it is on, to have them explained.
type recorder struct {
	mu   sync.Mutex
	on   bool
	list []asked
}

var (
	_ pgx.BatchTracer = (*recorder)(nil)
	_ pgx.QueryTracer = (*recorder)(nil)
)

// TraceQueryStart implements [pgx.QueryTracer].
func (r *recorder) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	r.note(data.SQL, data.Args)

	return ctx
}

// TraceQueryEnd implements [pgx.QueryTracer].
func (r *recorder) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// TraceBatchStart implements [pgx.BatchTracer].
func (r *recorder) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return ctx
}

// TraceBatchQuery implements [pgx.BatchTracer].
func (r *recorder) TraceBatchQuery(_ context.Context, _ *pgx.Conn, data pgx.TraceBatchQueryData) {
	r.note(data.SQL, data.Args)
}

// TraceBatchEnd implements [pgx.BatchTracer].
func (r *recorder) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

func (r *recorder) note(sql string, args []any) {
	r.mu.Lock()
	defer r.mu.Unlock()

	if r.on {
		r.list = append(r.list, asked{sql: sql, args: args})
	}
}

// during returns the statements that are sent while do runs.
func (r *recorder) during(do func() error) ([]asked, error) {
	r.mu.Lock()
	r.on, r.list = true, nil
	r.mu.Unlock()

	err := do()

	r.mu.Lock()
	defer r.mu.Unlock()
	r.on = false

	return r.list, err
}
