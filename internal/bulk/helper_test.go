package bulk_test

import (
	"encoding/json"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/db/dbtest"
	"github.com/surehook/surehook/internal/bulk"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/dispatch"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/expression"
	"github.com/surehook/surehook/internal/flow"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/profile"
	"github.com/surehook/surehook/internal/pubsub"
	"github.com/surehook/surehook/internal/secretbox"
	"github.com/surehook/surehook/internal/tenant"
	"github.com/surehook/surehook/internal/webhook"
	"github.com/surehook/surehook/profiles"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var registry = sync.OnceValues(func() (*profile.Registry, error) { return profile.Load(profiles.Files, "") })

// testBundle is an organization with the event types item.created and order.paid. Nothing is ever sent.
type testBundle struct {
	pool          *db.Pool
	bulk          *bulk.Service
	deliveries    *delivery.Service
	events        *event.Service
	organizations *organization.Service
	types         *eventtype.Service
	webhooks      *webhook.Service
	org           id.ID
	scope         tenant.Scope
}

func setup(t *testing.T) *testBundle {
	t.Helper()

	keyset, err := secretbox.Generate()
	require.NoError(t, err)

	box, err := secretbox.New([]byte(keyset))
	require.NoError(t, err)

	known, err := registry()
	require.NoError(t, err)

	silent := slog.New(slog.DiscardHandler)
	b := &testBundle{pool: dbtest.Pool(t)}
	b.types = eventtype.NewService(b.pool, time.Now)
	b.organizations = organization.NewService(b.pool, b.types, known, time.Now)
	b.deliveries = delivery.NewService(b.pool, dispatch.Elsewhere{}, silent, time.Now)

	gates := flow.NewService(b.pool, dispatch.Elsewhere{}, silent, time.Now)
	t.Cleanup(gates.Close)

	b.webhooks = webhook.NewService(b.pool, box, b.organizations,
		flow.Steering{Service: gates, Deliveries: b.deliveries}, silent, time.Now)
	b.events = event.NewService(b.pool, event.Parts{
		Types: b.types, Organizations: b.organizations, Webhooks: b.webhooks, Dispatcher: dispatch.Elsewhere{},
		Expressions: expression.NewCache(), Log: silent, Now: time.Now,
	})
	t.Cleanup(b.events.Close)

	b.bulk = b.anotherProcess(bulk.Parts{})
	b.org, b.scope = b.organization(t)

	return b
}

// anotherProcess returns a service that shares nothing with others but the database.
func (b *testBundle) anotherProcess(parts bulk.Parts) *bulk.Service {
	parts.Deliveries, parts.Events, parts.Webhooks = b.deliveries, b.events, b.webhooks
	parts.Expressions, parts.Log = expression.NewCache(), slog.New(slog.DiscardHandler)

	if parts.Now == nil {
		parts.Now = time.Now
	}

	return bulk.NewService(b.pool, parts)
}

func (b *testBundle) organization(t *testing.T) (id.ID, tenant.Scope) {
	t.Helper()

	org, err := b.organizations.Create(t.Context(), organization.CreateInput{Name: "Shop"})
	require.NoError(t, err)

	for _, name := range []string{"item.created", "order.paid"} {
		_, err := b.types.Create(t.Context(), tenant.All(), eventtype.CreateInput{OrganizationID: org.ID, Name: name})
		require.NoError(t, err)
	}

	return org.ID, tenant.Of(org.ID)
}

// webhook makes one that is in use, with subscriptions.
func (b *testBundle) webhook(t *testing.T, subscriptions ...webhook.SubscriptionInput) id.ID {
	t.Helper()

	made, err := b.webhooks.Create(t.Context(), tenant.All(), webhook.CreateInput{
		OrganizationID: b.org, Name: "w", URL: "https://example.com", Subscriptions: subscriptions, Enabled: true,
	})
	require.NoError(t, err)

	return made.Webhook.ID
}

func to(eventType string) webhook.SubscriptionInput {
	return webhook.SubscriptionInput{EventType: eventType, Enabled: true}
}

func (b *testBundle) publish(t *testing.T, in event.Input) event.Event {
	t.Helper()

	out, err := b.events.Publish(t.Context(), tenant.All(), b.org, in)
	require.NoError(t, err)

	return out.Event
}

func input(eventType, payload string) event.Input {
	return event.Input{EventType: eventType, Payload: json.RawMessage(payload)}
}

// put writes n events with a delivery each to a webhook, all with a status, and returns the deliveries.
func (b *testBundle) put(t *testing.T, n int, to id.ID, status delivery.Status) []id.ID {
	t.Helper()

	out := make([]id.ID, n)
	p := dbsqlc.InsertEventsParams{}

	for i := range out {
		e, now := id.New(id.Event), time.Now()
		out[i] = id.New(id.Delivery)

		p.Ids = append(p.Ids, e.UUID())
		p.OrganizationIds = append(p.OrganizationIds, b.org.UUID())
		p.EventTypes = append(p.EventTypes, "item.created")
		p.Payloads = append(p.Payloads, "{}")
		p.IdempotencyKeys = append(p.IdempotencyKeys, "")
		p.Fingerprints = append(p.Fingerprints, nil)
		p.Tests = append(p.Tests, false)
		p.ResourceIds = append(p.ResourceIds, "")
		p.SourceEventIds = append(p.SourceEventIds, id.ID{}.UUID())
		p.Keyed = append(p.Keyed, false)
		p.SchemaMismatches = append(p.SchemaMismatches, "")
		p.Quarantined = append(p.Quarantined, false)
		p.OccurredAts = append(p.OccurredAts, now)
		p.CreatedAts = append(p.CreatedAts, now)
		p.DeliveryIds = append(p.DeliveryIds, out[i].UUID())
		p.DeliveryOrganizationIds = append(p.DeliveryOrganizationIds, b.org.UUID())
		p.DeliveryEventIds = append(p.DeliveryEventIds, e.UUID())
		p.DeliveryWebhookIds = append(p.DeliveryWebhookIds, to.UUID())
		p.DeliverySubscriptionIds = append(p.DeliverySubscriptionIds, id.ID{}.UUID())
		p.DeliveryEventTypes = append(p.DeliveryEventTypes, "item.created")
		p.DeliveryHeldReasons = append(p.DeliveryHeldReasons, "")
		p.DeliveryOrigins = append(p.DeliveryOrigins, "PUBLISH")
		p.DeliveryMaxAttempts = append(p.DeliveryMaxAttempts, 3)
		p.DeliveryCreatedAts = append(p.DeliveryCreatedAts, now)
	}

	_, err := dbsqlc.New(b.pool).InsertEvents(t.Context(), p)
	require.NoError(t, err)

	b.end(t, status, out...)

	return out
}

// end brings deliveries to an end, if the status is one, after three attempts.
func (b *testBundle) end(t *testing.T, status delivery.Status, deliveries ...id.ID) {
	t.Helper()

	if status.Terminal() {
		b.exec(t, `UPDATE deliveries SET status = $1, attempt_count = 3, next_attempt_at = NULL, completed_at = now(),
			resume_at = now(), released_at = now(), workflow_id = 'bat_1', claimed_by = $3 WHERE id = ANY ($2)`,
			status, id.UUIDs(deliveries), id.New(id.Process).UUID())
	}
}

func (b *testBundle) exec(t *testing.T, sql string, args ...any) {
	t.Helper()

	_, err := b.pool.Exec(t.Context(), sql, args...)
	require.NoError(t, err)
}

func (b *testBundle) count(t *testing.T, sql string, args ...any) (n int) {
	t.Helper()
	require.NoError(t, b.pool.QueryRow(t.Context(), sql, args...).Scan(&n))

	return n
}

func (b *testBundle) delivery(t *testing.T, one id.ID) delivery.Delivery {
	t.Helper()

	found, err := b.deliveries.Get(t.Context(), tenant.All(), one)
	require.NoError(t, err)

	return found
}

// started is a job that has to be there.
func started(t *testing.T, out bulk.Started, err error) bulk.Operation {
	t.Helper()
	require.NoError(t, err)
	require.NotNil(t, out.Operation)
	require.Nil(t, out.DryRun)

	return *out.Operation
}

func (b *testBundle) retry(t *testing.T, filter delivery.Filter) bulk.Operation {
	t.Helper()

	out, err := b.bulk.Retry(t.Context(), b.scope, bulk.RetryInput{OrganizationID: b.org, Filter: filter})

	return started(t, out, err)
}

// finish runs a job to its end.
func (b *testBundle) finish(t *testing.T, one bulk.Operation) bulk.Operation {
	t.Helper()

	status, err := b.bulk.Run(t.Context(), one.ID, nil)
	require.NoError(t, err)
	require.Equal(t, bulk.Completed, status)

	return b.get(t, one.ID)
}

func (b *testBundle) step(t *testing.T, one id.ID) bulk.Operation {
	t.Helper()

	out, _, err := b.bulk.Step(t.Context(), one)
	require.NoError(t, err)

	return out
}

func (b *testBundle) get(t *testing.T, one id.ID) bulk.Operation {
	t.Helper()

	out, err := b.bulk.Get(t.Context(), b.scope, one)
	require.NoError(t, err)

	return out
}

// hear returns what is said on the channel from now on.
func (b *testBundle) hear(t *testing.T) (next func() string) {
	t.Helper()

	conn, err := b.pool.Acquire(t.Context())
	require.NoError(t, err)
	t.Cleanup(conn.Release)

	_, err = conn.Exec(t.Context(), "LISTEN "+db.Channel)
	require.NoError(t, err)

	return func() string {
		said, err := conn.Conn().WaitForNotification(t.Context())
		require.NoError(t, err)

		return said.Payload
	}
}

// hint is what is said of a change of a job.
func hint(of bulk.Operation) string {
	return pubsub.Encode([]pubsub.Change{{Organization: of.OrganizationID, Operation: of.ID}})[0]
}

// refusal returns the code and the field of the only problem that an error consists of.
func refusal(t *testing.T, err error) (problem.Code, []string) {
	t.Helper()

	problems, ok := problem.Of(err)
	require.True(t, ok, "%v", err)
	require.Len(t, problems, 1)

	return problems[0].Code, problems[0].Field
}
