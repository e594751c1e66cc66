package postgres

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// EnsureDatabases creates the named databases on the server behind serverURL
// (any database of it will do) where they are missing. Two processes may do
// so at the same time.
func EnsureDatabases(ctx context.Context, serverURL string, names ...string) (err error) {
	adminURL, err := DatabaseURL(serverURL, "postgres")
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, adminURL)
	if err != nil {
		return fmt.Errorf("connect to create databases: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()

	for _, name := range names {
		var exists bool
		if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, name).
			Scan(&exists); err != nil {
			return fmt.Errorf("look for database %s: %w", name, err)
		}
		if exists {
			continue
		}
		if _, err := conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()); err != nil && !isDuplicate(err) {
			return fmt.Errorf("create database %s: %w", name, err)
		}
	}
	return nil
}

// DatabaseURL returns serverURL with its database replaced.
func DatabaseURL(serverURL, database string) (string, error) {
	u, err := url.Parse(serverURL)
	if err != nil {
		return "", fmt.Errorf("parse Postgres URL: %w", redact(err))
	}
	if u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return "", fmt.Errorf("a Postgres URL starts with postgres://, not %q", u.Scheme+"://")
	}
	u.Path = "/" + database
	return u.String(), nil
}

// redact drops the input from a URL parse error: it may hold a password.
func redact(err error) error {
	if parseErr := (*url.Error)(nil); errors.As(err, &parseErr) {
		return parseErr.Err
	}
	return err
}

// isDuplicate reports whether somebody else created the database just before:
// duplicate_database, or unique_violation when both were at it at once.
func isDuplicate(err error) bool {
	pgErr := (*pgconn.PgError)(nil)
	return errors.As(err, &pgErr) && (pgErr.Code == "42P04" || pgErr.Code == "23505")
}
