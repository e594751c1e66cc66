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

var _ pgx.QueryTracer = (*recorder)(nil)

// TraceQueryStart implements [pgx.QueryTracer].
func (r *recorder) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	r.mu.Lock()
	defer r.mu.Unlock()

	if r.on {
		r.list = append(r.list, asked{sql: data.SQL, args: data.Args})
	}

	return ctx
}

// TraceQueryEnd implements [pgx.QueryTracer].
func (r *recorder) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

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
