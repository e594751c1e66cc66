package app_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/db/dbtest"
	"github.com/surehook/surehook/internal/profile"
	"github.com/surehook/surehook/internal/settings"
	"github.com/surehook/surehook/internal/webhook"
	"github.com/surehook/surehook/profiles"
)

// The migration has the settings written out, since it must not change with the profile. This tells when they part.
func TestUpgrade_GivesOldWebhooksTheSettingsOfTheDefaultProfile(t *testing.T) {
	t.Parallel()

	url := dbtest.Empty(t)
	require.NoError(t, db.MigrateUp(t.Context(), url))

	status, err := db.MigrationStatus(t.Context(), url)
	require.NoError(t, err)
	require.NoError(t, db.MigrateDown(t.Context(), url, int(status.Latest)-1))

	pool, err := pgxpool.New(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(pool.Close)

	var hook uuid.UUID

	require.NoError(t, pool.QueryRow(t.Context(), `
		WITH organization AS (
			INSERT INTO organizations (id, name, slug, created_at, updated_at)
			VALUES (gen_random_uuid(), 'Acme', 'acme', now(), now())
			RETURNING id
		)
		INSERT INTO webhooks (id, organization_id, name, url, status, timeout_seconds, retry_delays_seconds,
			retry_jitter_percent, created_at, updated_at)
		SELECT gen_random_uuid(), id, 'a', 'https://example.com', 'ENABLED', 20, '{7,8}', 3, now(), now() FROM organization
		RETURNING id`).Scan(&hook))
	require.NoError(t, db.MigrateUp(t.Context(), url))

	rows, err := dbsqlc.New(pool).WebhooksByID(t.Context(), []uuid.UUID{hook})
	require.NoError(t, err)

	migrated, err := webhook.FromRow(rows[0])
	require.NoError(t, err)

	registry, err := profile.Load(profiles.Files, "")
	require.NoError(t, err)

	standard, ok := registry.Get(profile.Default)
	require.True(t, ok)

	want := standard.Settings
	want.TimeoutSeconds, want.RetryPolicy.DelaysSeconds, want.RetryPolicy.JitterPercent = 20, []int{7, 8}, 3
	// What it has not known before, it does not have.
	want.Breaker = settings.Breaker{}
	require.Equal(t, want, migrated.Settings)
	require.Empty(t, migrated.Settings.Check(standard.Rules))
	require.Equal(t, want.RetryPolicy.MaxAttempts(), int(rows[0].MaxAttempts))
}
