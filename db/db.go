// Package db is the way to Postgres: the pool, transactions, the schema's migrations and the generated query code. It
// knows nothing of the domain.
package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	pgxuuid "github.com/vgarvardt/pgx-google-uuid/v5"

	"github.com/surehook/surehook/db/dbsqlc"
)

// Channel is the one Postgres channel on which processes tell each other what changed.
const Channel = "surehook"

// statementTimeout bounds every statement, so that a stuck one fails instead of holding a connection for ever.
const statementTimeout = 30 * time.Second

// ErrUnsafe says that the server could forget what it has acknowledged. Surehook promises not to, so it does not start.
var ErrUnsafe = errors.New("postgres is set up to lose committed data in a crash")

// Pool is a set of connections. It is safe for concurrent use.
type Pool = pgxpool.Pool

// Open connects to the database and checks that what it commits is durable. maxConns bounds the pool.
func Open(ctx context.Context, url string, maxConns int32, tracer pgx.QueryTracer) (*Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		// pgx leaves the password out of its message.
		return nil, fmt.Errorf("read database url: %w", err)
	}

	config.MaxConns = maxConns
	config.ConnConfig.Tracer = tracer
	config.ConnConfig.RuntimeParams["application_name"] = "surehook"
	config.ConnConfig.RuntimeParams["statement_timeout"] = fmt.Sprint(statementTimeout.Milliseconds())

	// Without a codec of its own, pgx would write a uuid.UUID as text, and every query has many.
	config.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		pgxuuid.Register(conn.TypeMap())

		return nil
	}

	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open database pool: %w", err)
	}

	if err := checkDurability(ctx, pool); err != nil {
		pool.Close()

		return nil, err
	}

	return pool, nil
}

// InTx runs do in a transaction, which is committed when do returns nil and rolled back otherwise.
func InTx(ctx context.Context, pool *Pool, do func(q *dbsqlc.Queries) error) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error { return do(dbsqlc.New(tx)) })
}

// Setting is one of the server's settings that decide whether what was committed survives a crash.
type Setting struct {
	Name, Value string
	// Safe tells whether it does, as far as this setting goes.
	Safe bool
}

// Durability returns the settings on which durability depends.
func Durability(ctx context.Context, pool *Pool) ([]Setting, error) {
	names := []string{"fsync", "full_page_writes", "synchronous_commit"}
	out := make([]Setting, len(names))

	for n, name := range names {
		var value string

		if err := pool.QueryRow(ctx, "SELECT current_setting($1)", name).Scan(&value); err != nil {
			return nil, fmt.Errorf("read postgres setting %s: %w", name, err)
		}

		out[n] = Setting{Name: name, Value: value, Safe: value != "off"}
	}

	return out, nil
}

func checkDurability(ctx context.Context, pool *Pool) error {
	settings, err := Durability(ctx, pool)
	if err != nil {
		return err
	}

	for _, one := range settings {
		if !one.Safe {
			return fmt.Errorf("%w: %s is off", ErrUnsafe, one.Name)
		}
	}

	return nil
}
