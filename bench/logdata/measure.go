package main

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/surehook/surehook/db"
)

type tracer struct{}

func (tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return ctx
}
func (tracer) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) {}

func measure(ctx context.Context, pool *db.Pool, o options) error { return nil }
