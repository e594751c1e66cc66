package dbtest_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db/dbtest"
)

const insert = `INSERT INTO processes (id, name, started_at, heartbeat_at)
	VALUES (gen_random_uuid(), 'p', now(), now())`

func TestDatabase_IsMigratedAndOfTheTestAlone(t *testing.T) {
	t.Parallel()

	for range 2 {
		pool := dbtest.Pool(t)

		_, err := pool.Exec(t.Context(), insert)
		require.NoError(t, err)

		var count int

		require.NoError(t, pool.QueryRow(t.Context(), "SELECT count(*) FROM processes").Scan(&count))
		require.Equal(t, 1, count)
	}
}

func TestDatabase_URLLeadsToTheSameDatabase(t *testing.T) {
	t.Parallel()

	pool, url := dbtest.Database(t)

	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(t.Context()) })

	_, err = conn.Exec(t.Context(), insert)
	require.NoError(t, err)

	var count int

	require.NoError(t, pool.QueryRow(t.Context(), "SELECT count(*) FROM processes").Scan(&count))
	require.Equal(t, 1, count)
}

func TestDatabase_IsGoneAfterTheTest(t *testing.T) {
	t.Parallel()

	var url string

	// Not parallel: its end is what the rest is about.
	t.Run("the test", func(t *testing.T) {
		_, url = dbtest.Database(t)
	})

	_, err := pgx.Connect(t.Context(), url)
	require.ErrorContains(t, err, "does not exist")
}

func TestEmpty_HasNoTables(t *testing.T) {
	t.Parallel()

	conn, err := pgx.Connect(t.Context(), dbtest.Empty(t))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(t.Context()) })

	var count int

	require.NoError(t, conn.QueryRow(t.Context(), "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").
		Scan(&count))
	require.Zero(t, count)
}
