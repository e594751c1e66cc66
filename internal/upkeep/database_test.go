package upkeep_test

import (
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db/dbtest"
	"github.com/surehook/surehook/internal/bulk"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/expression"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/job"
	"github.com/surehook/surehook/internal/optional"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/profile"
	"github.com/surehook/surehook/internal/secretbox"
	"github.com/surehook/surehook/internal/settings"
	"github.com/surehook/surehook/internal/tenant"
	"github.com/surehook/surehook/internal/upkeep"
	"github.com/surehook/surehook/internal/webhook"
	"github.com/surehook/surehook/profiles"
)

// idle takes no deliveries on.
type idle struct{}

func (idle) Reserve(int) *uuid.UUID { return nil }
func (idle) Offer(...job.Job)       {}

// With the real services: a webhook that fails as it may not is taken out of use, an old secret is replaced, and
// whoever subscribed to it hears of both, once.
func TestUpkeep_TendsRealWebhooks(t *testing.T) {
	t.Parallel()

	keyset, err := secretbox.Generate()
	require.NoError(t, err)
	box, err := secretbox.New([]byte(keyset))
	require.NoError(t, err)
	registry, err := profile.Load(profiles.Files, "")
	require.NoError(t, err)

	pool, log := dbtest.Pool(t), slog.New(slog.DiscardHandler)
	clock := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	now := func() time.Time { return clock }

	types := eventtype.NewService(pool, now)
	organizations := organization.NewService(pool, types, registry, now)
	hooks := webhook.NewService(pool, box, organizations, delivery.NewService(pool, idle{}, log, now), log, now)
	events := event.NewService(pool, event.Parts{
		Types: types, Organizations: organizations, Webhooks: hooks, Dispatcher: idle{},
		Expressions: expression.NewCache(), Log: log, Now: now,
	})
	t.Cleanup(events.Close)

	owner, err := organizations.Create(t.Context(), organization.CreateInput{Name: "Acme"})
	require.NoError(t, err)

	create := func(name string, changes settings.Changes, eventTypes ...string) webhook.Webhook {
		made, err := hooks.Create(t.Context(), tenant.All(), webhook.CreateInput{
			OrganizationID: owner.ID, Name: name, URL: "https://shop.example", Enabled: true, EventTypes: eventTypes,
			Settings: changes,
		})
		require.NoError(t, err)

		return made.Webhook
	}

	failing := create("failing", settings.Changes{
		AutoDisable: optional.Of(settings.AutoDisableChanges{ConsecutiveFailures: new(2)}),
	})
	old := create("old", settings.Changes{SecretRotation: optional.Of(settings.RotationChanges{EveryDays: new(1)})})
	create("told", settings.Changes{}, eventtype.WebhookDisabled, eventtype.WebhookSecretRotated)
	create("not told", settings.Changes{}, "*")

	_, err = pool.Exec(t.Context(), `
		INSERT INTO webhook_activity VALUES ($1, $2, $3, 'FAILED', 0, 2, 2, $3, NULL)`,
		failing.ID.UUID(), owner.ID.UUID(), clock)
	require.NoError(t, err)

	clock = clock.Add(25 * time.Hour)
	tender := upkeep.New(hooks, bulk.NewService(pool, bulk.Parts{Events: events, Log: log, Now: time.Now}), events, log)

	tender.Failed(t.Context(), failing.ID)
	tender.Failed(t.Context(), failing.ID)

	out, err := tender.Tend(t.Context())
	require.NoError(t, err)
	require.Equal(t, upkeep.Result{Rotated: 1}, out, "the owner of the failing one was told already")

	out, err = tender.Tend(t.Context())
	require.NoError(t, err)
	require.Zero(t, out)

	found, err := hooks.Get(t.Context(), tenant.All(), failing.ID)
	require.NoError(t, err)
	require.Equal(t, webhook.ConsecutiveFailures, *found.DisabledReason)

	listed, err := events.List(t.Context(), tenant.All(), owner.ID, event.Filter{}, page.Query{Size: 10, Ascending: true})
	require.NoError(t, err)
	require.Len(t, listed.Items, 2)
	require.Equal(t, eventtype.WebhookDisabled, listed.Items[0].Type)
	require.Equal(t, eventtype.WebhookSecretRotated, listed.Items[1].Type)

	whole, err := events.ByIDs(t.Context(), []id.ID{listed.Items[0].ID, listed.Items[1].ID})
	require.NoError(t, err)

	for n, about := range []id.ID{failing.ID, old.ID} {
		var payload map[string]any

		require.NoError(t, json.Unmarshal(whole[listed.Items[n].ID].Payload, &payload))
		require.Equal(t, about.String(), payload["webhookId"])
	}

	var deliveries int

	require.NoError(t, pool.QueryRow(t.Context(), "SELECT count(*) FROM deliveries").Scan(&deliveries))
	require.Equal(t, 2, deliveries, "patterns are for what the organization publishes itself")

	// A notice that was given but not noted is not given twice.
	_, err = pool.Exec(t.Context(), "UPDATE webhooks SET notice_due = true WHERE status = 'DISABLED'")
	require.NoError(t, err)

	out, err = tender.Tend(t.Context())
	require.NoError(t, err)
	require.Equal(t, upkeep.Result{Notified: 1}, out)

	listed, err = events.List(t.Context(), tenant.All(), owner.ID, event.Filter{}, page.Query{Size: 10})
	require.NoError(t, err)
	require.Len(t, listed.Items, 2)
}
