package retention_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/retention"
)

func TestDrop_ForgetsHistoryOfWhichNoEventIsLeft(t *testing.T) {
	t.Parallel()

	b := setup(t, retention.Policy{LogDays: 10, PayloadDays: 10})
	b.now = b.start

	b.exec(t, `INSERT INTO organizations (id, name, slug, created_at, updated_at)
		VALUES ($1, 'Shop', 'shop', now(), now())`, b.organization)
	b.exec(t, `INSERT INTO webhooks (id, organization_id, name, url, status, settings, max_attempts, created_at, updated_at)
		VALUES ($1, $2, 'Shop', 'https://shop.example', 'ENABLED', '{}', 1, now(), now())`, b.webhook, b.organization)

	version := func(from time.Time, to *time.Time) {
		b.exec(t, `INSERT INTO webhook_subscription_versions (subscription_id, organization_id, webhook_id, event_type,
				resource_ids, enabled, valid_from, valid_to) VALUES ($1, $2, $3, 'a.b', '{}', true, $4, $5)`,
			uuid.New(), b.organization, b.webhook, from, to)
	}
	operation := func(status string, completed *time.Time) {
		b.exec(t, `INSERT INTO bulk_operations (id, organization_id, kind, status, selection, total, created_at, updated_at,
				completed_at) VALUES ($1, $2, 'RETRY_DELIVERIES', $3, '{}', 1, $4, $4, $5)`,
			uuid.New(), b.organization, status, b.start, completed)
	}

	old, young := b.start.Add(time.Hour), b.start.Add(15*day)

	version(b.start, &old)
	version(b.start, &young)
	version(b.start, nil)
	operation("COMPLETED", &old)
	operation("CANCELED", &young)
	operation("PAUSED", nil)

	require.Zero(t, b.later(t, 5).History, "there are events of that time still")
	require.EqualValues(t, 2, b.later(t, 11).History)
	require.Equal(t, 2, one[int](t, b, "SELECT count(*) FROM webhook_subscription_versions"))
	require.Equal(t, 2, one[int](t, b, "SELECT count(*) FROM bulk_operations"))
}
