package explain_test

import (
	"encoding/json"
	"log/slog"
	"runtime"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbtest"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/explain"
	"github.com/surehook/surehook/internal/expression"
	"github.com/surehook/surehook/internal/flow"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/job"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/profile"
	"github.com/surehook/surehook/internal/secretbox"
	"github.com/surehook/surehook/internal/tenant"
	"github.com/surehook/surehook/internal/webhook"
	"github.com/surehook/surehook/profiles"
)

// idle takes no deliveries on.
type idle struct{}

func (idle) Reserve(int) *uuid.UUID { return nil }
func (idle) Offer(...job.Job)       {}

type testBundle struct {
	*explain.Service

	pool          *db.Pool
	webhooks      *webhook.Service
	events        *event.Service
	organizations *organization.Service
	types         *eventtype.Service
	mine          id.ID
	scope         tenant.Scope
}

// setup makes an organization with two event types, of which one has a schema.
func setup(t *testing.T) *testBundle {
	t.Helper()

	keyset, err := secretbox.Generate()
	require.NoError(t, err)
	box, err := secretbox.New([]byte(keyset))
	require.NoError(t, err)
	registry, err := profile.Load(profiles.Files, "")
	require.NoError(t, err)

	b := &testBundle{pool: dbtest.Pool(t)}
	log, expressions := slog.New(slog.DiscardHandler), expression.NewCache()

	b.types = eventtype.NewService(b.pool, time.Now)
	b.organizations = organization.NewService(b.pool, b.types, registry, time.Now)
	gates := flow.NewService(b.pool, idle{}, log, time.Now)
	t.Cleanup(gates.Close)

	b.webhooks = webhook.NewService(b.pool, box, b.organizations, flow.Steering{
		Service: gates, Deliveries: delivery.NewService(b.pool, idle{}, log, time.Now),
	}, log, time.Now)
	b.events = event.NewService(b.pool, event.Parts{
		Types: b.types, Organizations: b.organizations, Webhooks: b.webhooks, Dispatcher: idle{},
		Expressions: expressions, Log: log, Now: time.Now,
	})
	t.Cleanup(b.events.Close)

	b.Service = explain.NewService(b.pool, b.events, expressions)
	b.mine = b.organization(t)
	b.scope = tenant.Of(b.mine)

	return b
}

func (b *testBundle) organization(t *testing.T) id.ID {
	t.Helper()

	made, err := b.organizations.Create(t.Context(), organization.CreateInput{Name: "Acme"})
	require.NoError(t, err)

	for _, one := range []eventtype.CreateInput{
		{Name: "order.paid"},
		{Name: "order.strict", Schema: json.RawMessage(`{"required":["n"]}`), SchemaValidation: eventtype.Quarantine},
	} {
		one.OrganizationID = made.ID
		_, err = b.types.Create(t.Context(), tenant.All(), one)
		require.NoError(t, err)
	}

	return made.ID
}

func to(eventType string) webhook.SubscriptionInput {
	return webhook.SubscriptionInput{EventType: eventType, Enabled: true}
}

func filtered(eventType, filter string) webhook.SubscriptionInput {
	return webhook.SubscriptionInput{EventType: eventType, Filter: &filter, Enabled: true}
}

// webhook makes one with subscriptions, the first of which is the oldest.
func (b *testBundle) webhook(t *testing.T, subscriptions ...webhook.SubscriptionInput) id.ID {
	t.Helper()

	return b.webhookOf(t, b.mine, subscriptions...)
}

func (b *testBundle) webhookOf(t *testing.T, owner id.ID, subscriptions ...webhook.SubscriptionInput) id.ID {
	t.Helper()

	made, err := b.webhooks.Create(t.Context(), tenant.All(), webhook.CreateInput{
		OrganizationID: owner, Name: "Shop", URL: "https://shop.example/hooks", Subscriptions: subscriptions, Enabled: true,
	})
	require.NoError(t, err)

	return made.Webhook.ID
}

// only returns the only subscription of a webhook.
func (b *testBundle) only(t *testing.T, hook id.ID) webhook.Subscription {
	t.Helper()

	found, err := b.webhooks.ListSubscriptions(t.Context(), hook, page.Query{Size: 2})
	require.NoError(t, err)
	require.Len(t, found.Items, 1)

	return found.Items[0]
}

func (b *testBundle) publish(t *testing.T, change func(in *event.Input)) event.Event {
	t.Helper()

	in := event.Input{EventType: "order.paid", Payload: json.RawMessage(`{"n":1}`), ResourceIDs: []string{"a"}}
	if change != nil {
		change(&in)
	}

	// What was before and what comes after is told apart by the millisecond.
	tick()

	out, err := b.events.Publish(t.Context(), tenant.All(), b.mine, in)
	require.NoError(t, err)

	tick()

	return out.Event
}

// tick waits for the next millisecond.
func tick() {
	for start := time.Now().UnixMilli(); time.Now().UnixMilli() == start; {
		runtime.Gosched()
	}
}

func (b *testBundle) exec(t *testing.T, sql string, args ...any) {
	t.Helper()

	_, err := b.pool.Exec(t.Context(), sql, args...)
	require.NoError(t, err)
}

// all returns the decisions about an event by webhook.
func (b *testBundle) all(t *testing.T, of event.Event) map[id.ID]explain.Decision {
	t.Helper()

	found, err := b.Decisions(t.Context(), b.scope, of.ID, page.Query{Size: 100})
	require.NoError(t, err)
	require.False(t, found.HasNext)

	out := make(map[id.ID]explain.Decision)
	for _, one := range found.Items {
		out[one.Webhook.ID] = one
	}

	require.Len(t, out, len(found.Items))

	return out
}

// deliveries returns how many deliveries an event has to a webhook.
func (b *testBundle) deliveries(t *testing.T, of event.Event, hook id.ID) (count int) {
	t.Helper()
	require.NoError(t, b.pool.QueryRow(t.Context(), "SELECT count(*) FROM deliveries WHERE event_id = $1 AND webhook_id = $2",
		of.ID.UUID(), hook.UUID()).Scan(&count))

	return count
}

// derive makes an event type that is derived from order.paid.
func (b *testBundle) derive(t *testing.T, name string) {
	t.Helper()

	_, err := b.types.Create(t.Context(), tenant.All(), eventtype.CreateInput{
		OrganizationID: b.mine, Name: name, DerivedFrom: new("order.paid"), When: new("true"),
	})
	require.NoError(t, err)
}
