// Package dbtest gives tests a Postgres database of their own.
//
// The migrations are applied once, to a template database; a test gets a clone of it. On two cores a clone costs about
// 80 ms and dropping it 25 ms, next to nothing in memory and 8 MB of disk while the test runs. That is more than a
// transaction that is rolled back would cost, but it is the real thing: services open their own transactions, several
// connections see each other's commits, and NOTIFY arrives.
//
// The server is the one that TEST_DATABASE_URL names; its role must be allowed to create databases. The template stays
// there under a name with the hash of the migrations, so later runs find it and other versions do not disturb it.
package dbtest

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db"
)

// EnvURL is the variable that names the server, as a URL whose database is used for nothing but to connect.
const EnvURL = "TEST_DATABASE_URL"

const (
	// maxConns is enough for a test with several actors, and low enough for the tests of all packages at once.
	maxConns = 8
	// cleanupTimeout bounds the drop of a database, which waits for its connections to be cut.
	cleanupTimeout = 30 * time.Second
)

// Database returns a migrated, empty database of this test alone: a pool, and its URL for connections outside of the
// pool. Both are gone after the test. Without a server the test is skipped, or fails where CI is set.
func Database(t testing.TB) (pool *db.Pool, databaseURL string) {
	t.Helper()

	server := serverURL(t)

	template, err := templateOf(server)
	require.NoError(t, err, "make the template database")

	databaseURL = create(t, server, " TEMPLATE "+template)

	config, err := pgxpool.ParseConfig(databaseURL)
	require.NoError(t, err)

	config.MaxConns = maxConns

	// Not db.Open: it insists on a server that survives a crash, and one for tests need not.
	pool, err = pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)

	return pool, databaseURL
}

// Pool is Database for the many tests that need no URL.
func Pool(t testing.TB) *db.Pool {
	t.Helper()

	pool, _ := Database(t)

	return pool
}

// Empty returns the URL of a database of this test alone without any tables, for tests of the migrations themselves.
func Empty(t testing.TB) string {
	t.Helper()

	return create(t, serverURL(t), " TEMPLATE template0")
}

func serverURL(t testing.TB) string {
	t.Helper()

	server := os.Getenv(EnvURL)
	if server == "" {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is not set", EnvURL)
		}

		t.Skipf("%s is not set", EnvURL)
	}

	return server
}

// create makes a database that is dropped after the test, together with the connections that are still open.
func create(t testing.TB, server, options string) string {
	t.Helper()

	name := "surehook_test_" + strings.ToLower(rand.Text())

	require.NoError(t, execute(t.Context(), server, "CREATE DATABASE "+name+options))

	t.Cleanup(func() {
		// The context of the test has ended by now.
		ctx, cancel := context.WithTimeout(context.Background(), cleanupTimeout)
		defer cancel()

		require.NoError(t, execute(ctx, server, "DROP DATABASE "+name+" WITH (FORCE)"))
	})

	out, err := withDatabase(server, name)
	require.NoError(t, err)

	return out
}

func execute(ctx context.Context, server, statement string) error {
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}

	_, err = conn.Exec(ctx, statement)
	if closeErr := conn.Close(ctx); err == nil {
		err = closeErr
	}

	return err
}

func withDatabase(server, name string) (string, error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", err
	}

	u.Path = "/" + name

	return u.String(), nil
}
