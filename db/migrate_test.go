package db_test

import (
	"context"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbtest"
)

func TestMigrations_GoUpDownAndUpAgain(t *testing.T) {
	t.Parallel()

	url := dbtest.Empty(t)
	ctx := t.Context()

	before, err := db.MigrationStatus(ctx, url)
	require.NoError(t, err)
	require.Zero(t, before.Version)
	require.Positive(t, before.Latest)

	require.NoError(t, db.MigrateUp(ctx, url))
	requireVersion(t, url, before.Latest)

	first := describe(t, url)
	require.Contains(t, first, "webhooks.url text NOT NULL")

	require.NoError(t, db.MigrateDown(ctx, url, int(before.Latest)))
	requireVersion(t, url, 0)
	require.Empty(t, describe(t, url), "what goes up comes down again")

	require.NoError(t, db.MigrateUp(ctx, url))
	requireVersion(t, url, before.Latest)
	require.Equal(t, first, describe(t, url))
}

func TestMigrateUp_IsHarmlessWhenThereIsNothingToDo(t *testing.T) {
	t.Parallel()

	url := dbtest.Empty(t)

	require.NoError(t, db.MigrateUp(t.Context(), url))
	require.NoError(t, db.MigrateUp(t.Context(), url))
}

func TestMigrateUp_ProcessesThatStartTogetherDoNotDisturbEachOther(t *testing.T) {
	t.Parallel()

	url := dbtest.Empty(t)

	var (
		group sync.WaitGroup
		errs  [4]error
	)

	for n := range errs {
		group.Go(func() { errs[n] = db.MigrateUp(context.WithoutCancel(t.Context()), url) })
	}

	group.Wait()

	for _, err := range errs {
		require.NoError(t, err)
	}
}

func TestMigrationsHash_IsAFitNameForADatabase(t *testing.T) {
	t.Parallel()

	hash, err := db.MigrationsHash()
	require.NoError(t, err)
	require.Regexp(t, "^[0-9a-f]{16}$", hash)
}

func requireVersion(t *testing.T, url string, want uint) {
	t.Helper()

	status, err := db.MigrationStatus(t.Context(), url)
	require.NoError(t, err)
	require.Equal(t, want, status.Version)
	require.False(t, status.Dirty)
}

// describe lists the columns, indexes and constraints that the migrations made.
func describe(t *testing.T, url string) []string {
	t.Helper()

	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)

	defer func() { _ = conn.Close(t.Context()) }()

	rows, err := conn.Query(t.Context(), `
		SELECT table_name || '.' || column_name || ' ' || data_type || CASE is_nullable WHEN 'NO' THEN ' NOT NULL' ELSE '' END
			|| coalesce(' DEFAULT ' || column_default, '')
		FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'schema_migrations'
		UNION ALL
		SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
		WHERE connamespace = 'public'::regnamespace AND conrelid <> 'schema_migrations'::regclass
		UNION ALL
		SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'schema_migrations'
		ORDER BY 1`)
	require.NoError(t, err)

	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)

	return out
}
