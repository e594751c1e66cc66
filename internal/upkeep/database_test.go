package upkeep_test

import (
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbtest"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/expression"
	"github.com/surehook/surehook/internal/flow"
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

// services are the real ones, whose clock is set as told.
type services struct {
	pool       *db.Pool
	clock      time.Time
	hooks      *webhook.Service
	events     *event.Service
	deliveries *delivery.Service
	tender     *upkeep.Upkeep
	owner      id.ID
}

func realServices(t *testing.T) *services {
	t.Helper()

	keyset, err := secretbox.Generate()
	require.NoError(t, err)
	box, err := secretbox.New([]byte(keyset))
	require.NoError(t, err)
	registry, err := profile.Load(profiles.Files, "")
	require.NoError(t, err)

	s := &services{pool: dbtest.Pool(t), clock: time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)}
	log, now := slog.New(slog.DiscardHandler), func() time.Time { return s.clock }

	types := eventtype.NewService(s.pool, now)
	organizations := organization.NewService(s.pool, types, registry, now)
	s.deliveries = delivery.NewService(s.pool, idle{}, log, now)
	s.hooks = webhook.NewService(s.pool, box, organizations, flow.Steering{Deliveries: s.deliveries}, log, now)
	s.events = event.NewService(s.pool, event.Parts{
		Types: types, Organizations: organizations, Webhooks: s.hooks, Dispatcher: idle{},
		Expressions: expression.NewCache(), Log: log, Now: now,
	})
	t.Cleanup(s.events.Close)

	s.tender = upkeep.New(s.hooks, s.deliveries, s.events, log)

	owner, err := organizations.Create(t.Context(), organization.CreateInput{Name: "Acme"})
	require.NoError(t, err)

	s.owner = owner.ID

	return s
}

func (s *services) create(t *testing.T, name string, changes settings.Changes, eventTypes ...string) webhook.Webhook {
	t.Helper()

	made, err := s.hooks.Create(t.Context(), tenant.All(), webhook.CreateInput{
		OrganizationID: s.owner, Name: name, URL: "https://shop.example", Enabled: true, EventTypes: eventTypes,
		Settings: changes,
	})
	require.NoError(t, err)

	return made.Webhook
}

// told returns the operational events of a type, the oldest first, and what each says.
func (s *services) told(t *testing.T, eventType string) []map[string]any {
	t.Helper()

	of := event.Filter{EventTypes: []string{eventType}}
	listed, err := s.events.List(t.Context(), tenant.All(), s.owner, of, page.Query{Size: 10, Ascending: true})
	require.NoError(t, err)

	out := make([]map[string]any, len(listed.Items))

	for n, one := range listed.Items {
		whole, err := s.events.ByIDs(t.Context(), []id.ID{one.ID})
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(whole[one.ID].Payload, &out[n]))
	}

	return out
}

func (s *services) tend(t *testing.T) upkeep.Result {
	t.Helper()

	out, err := s.tender.Tend(t.Context())
	require.NoError(t, err)

	return out
}

func (s *services) exec(t *testing.T, sql string, args ...any) {
	t.Helper()

	_, err := s.pool.Exec(t.Context(), sql, args...)
	require.NoError(t, err)
}

func (s *services) count(t *testing.T, table string) (out int) {
	t.Helper()

	require.NoError(t, s.pool.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&out))

	return out
}

// With the real services: a webhook that fails as it may not is taken out of use, an old secret is replaced, and
// whoever subscribed to it hears of both, once.
func TestUpkeep_TendsRealWebhooks(t *testing.T) {
	t.Parallel()

	s := realServices(t)
	failing := s.create(t, "failing", settings.Changes{
		AutoDisable: optional.Of(settings.AutoDisableChanges{ConsecutiveFailures: new(2)}),
	})
	old := s.create(t, "old", settings.Changes{SecretRotation: optional.Of(settings.RotationChanges{EveryDays: new(1)})})
	s.create(t, "told", settings.Changes{}, eventtype.WebhookDisabled, eventtype.WebhookSecretRotated)
	s.create(t, "not told", settings.Changes{}, "*")

	s.exec(t, "INSERT INTO webhook_activity VALUES ($1, $2, $3, 'FAILED', 0, 2, 2, $3, NULL)",
		failing.ID.UUID(), s.owner.UUID(), s.clock)

	s.clock = s.clock.Add(25 * time.Hour)

	s.tender.Failed(t.Context(), failing.ID, id.New(id.Delivery))
	s.tender.Failed(t.Context(), failing.ID, id.New(id.Delivery))

	// The old secret goes on signing for a day, so it is told of at once.
	require.Equal(t, upkeep.Result{Rotated: 1, Expiring: 1}, s.tend(t), "the owner of the failing one was told already")
	require.Zero(t, s.tend(t))

	found, err := s.hooks.Get(t.Context(), tenant.All(), failing.ID)
	require.NoError(t, err)
	require.Equal(t, webhook.ConsecutiveFailures, *found.DisabledReason)

	for eventType, about := range map[string]id.ID{
		eventtype.WebhookDisabled: failing.ID, eventtype.WebhookSecretExpiring: old.ID,
		eventtype.WebhookSecretRotated: old.ID,
	} {
		told := s.told(t, eventType)
		require.Len(t, told, 1)
		require.Equal(t, about.String(), told[0]["webhookId"])
	}

	require.Equal(t, 2, s.count(t, "deliveries"), "patterns are for what the organization publishes itself")

	// A notice that was given but not noted is not given twice.
	s.exec(t, "UPDATE webhooks SET notice_due = true WHERE status = 'DISABLED'")
	require.Equal(t, upkeep.Result{Notified: 1}, s.tend(t))
	require.Len(t, s.told(t, eventtype.WebhookDisabled), 1)
}

func TestUpkeep_TellsOnceOfASecretInTheDayBeforeItEnds(t *testing.T) {
	t.Parallel()

	s := realServices(t)
	hook := s.create(t, "rotated", settings.Changes{}, eventtype.WebhookSecretExpiring)

	before, err := s.hooks.Secrets(t.Context(), []id.ID{hook.ID})
	require.NoError(t, err)

	_, err = s.hooks.Rotate(t.Context(), tenant.All(), webhook.RotateInput{
		WebhookID: hook.ID, OverlapSeconds: new(72 * 3_600),
	})
	require.NoError(t, err)

	ends := s.clock.Add(72 * time.Hour)
	require.Zero(t, s.tend(t))

	s.clock = ends.Add(-24*time.Hour - time.Second)
	require.Zero(t, s.tend(t))

	s.clock = ends.Add(-24 * time.Hour)
	require.Equal(t, upkeep.Result{Expiring: 1}, s.tend(t))
	require.Zero(t, s.tend(t))
	require.Equal(t, []map[string]any{{
		"webhookId": hook.ID.String(), "webhookName": "rotated", "secretId": before[hook.ID][0].ID.String(),
		"kind": "SYMMETRIC", "expiresAt": "2026-08-04T12:00:00Z",
	}}, s.told(t, eventtype.WebhookSecretExpiring))
	require.Equal(t, 1, s.count(t, "deliveries"))

	// It is too late to tell of one that has ended, and no use when the webhook is deleted.
	s.exec(t, "UPDATE webhook_secrets SET expiry_told = false")
	s.clock = ends
	require.Zero(t, s.tend(t))

	s.clock = ends.Add(-time.Hour)
	s.exec(t, "UPDATE webhooks SET deleted_at = now()")
	require.Zero(t, s.tend(t))
}

func TestUpkeep_TellsOnceThatAReceiverIsBack(t *testing.T) {
	t.Parallel()

	s := realServices(t)
	hook := s.create(t, "resting", settings.Changes{}, eventtype.WebhookRecovered)
	back := s.clock.Add(-time.Minute)
	s.exec(t, "INSERT INTO webhook_gates (webhook_id, organization_id, recovered_at) VALUES ($1, $2, $3)",
		hook.ID.UUID(), hook.OrganizationID.UUID(), back)

	require.Equal(t, upkeep.Result{Recovered: 1}, s.tend(t))
	require.Zero(t, s.tend(t))
	require.Equal(t, []map[string]any{{
		"webhookId": hook.ID.String(), "webhookName": "resting", "url": hook.URL, "recoveredAt": "2026-08-01T11:59:00Z",
	}}, s.told(t, eventtype.WebhookRecovered))
}
