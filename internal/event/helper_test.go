package event_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"sync"
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
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/profile"
	"github.com/surehook/surehook/internal/secretbox"
	"github.com/surehook/surehook/internal/tenant"
	"github.com/surehook/surehook/internal/webhook"
	"github.com/surehook/surehook/profiles"
)

// dispatcher notes what it is offered.
type dispatcher struct {
	mu      sync.Mutex
	process *uuid.UUID
	offered []job.Job
}

func (d *dispatcher) Reserve(int) *uuid.UUID { return d.process }

func (d *dispatcher) Offer(jobs ...job.Job) {
	d.mu.Lock()
	defer d.mu.Unlock()

	d.offered = append(d.offered, jobs...)
}

// logs is where a service writes its log.
type logs struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logs) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()

	return l.text.Write(line)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()

	return l.text.String()
}

type testBundle struct {
	pool          *db.Pool
	dispatcher    *dispatcher
	events        *event.Service
	deliveries    *delivery.Service
	flow          *flow.Service
	organizations *organization.Service
	types         *eventtype.Service
	webhooks      *webhook.Service
	logs          *logs
	clock         time.Time // Zero is the real time.
	org           id.ID
	scope         tenant.Scope
}

var registry = sync.OnceValues(func() (*profile.Registry, error) { return profile.Load(profiles.Files, "") })

// setup makes an organization with three event types.
func setup(t *testing.T) *testBundle {
	t.Helper()

	b := setupProfile(t, profile.Default)
	for _, name := range []string{"item.created", "item.part.added", "order.paid"} {
		b.eventType(t, name, nil)
	}

	return b
}

// setupProfile makes an organization with a profile.
func setupProfile(t *testing.T, name string) *testBundle {
	t.Helper()

	keyset, err := secretbox.Generate()
	require.NoError(t, err)

	box, err := secretbox.New([]byte(keyset))
	require.NoError(t, err)

	known, err := registry()
	require.NoError(t, err)

	silent := slog.New(slog.DiscardHandler)
	b := &testBundle{
		pool: dbtest.Pool(t), logs: &logs{}, dispatcher: &dispatcher{process: new(uuid.Must(uuid.NewV7()))},
	}
	b.types = eventtype.NewService(b.pool, time.Now)
	b.organizations = organization.NewService(b.pool, b.types, known, time.Now)
	b.deliveries = delivery.NewService(b.pool, b.dispatcher, silent, time.Now)
	b.flow = flow.NewService(b.pool, b.dispatcher, silent, time.Now)
	t.Cleanup(b.flow.Close)

	b.webhooks = webhook.NewService(b.pool, box, b.organizations,
		flow.Steering{Service: b.flow, Deliveries: b.deliveries}, silent, time.Now)
	b.events = b.anotherProcess(t)

	org, err := b.organizations.Create(t.Context(), organization.CreateInput{Name: "Shop", Profile: &name})
	require.NoError(t, err)

	b.org, b.scope = org.ID, tenant.Of(org.ID)

	return b
}

// anotherProcess returns a service that shares nothing with others but the database.
func (b *testBundle) anotherProcess(t *testing.T) *event.Service {
	t.Helper()

	out := event.NewService(b.pool, event.Parts{
		Types: b.types, Organizations: b.organizations, Webhooks: b.webhooks, Dispatcher: b.dispatcher,
		Expressions: expression.NewCache(), Log: slog.New(slog.NewJSONHandler(b.logs, nil)), Now: b.now,
	})
	t.Cleanup(out.Close)

	return out
}

func (b *testBundle) now() time.Time {
	if b.clock.IsZero() {
		return time.Now()
	}

	return b.clock
}

func (b *testBundle) eventType(t *testing.T, name string, schema json.RawMessage) eventtype.EventType {
	t.Helper()

	return b.addType(t, eventtype.CreateInput{
		Name: name, Schema: schema,
		Samples: []eventtype.Sample{{Name: "first", Payload: json.RawMessage(`{"total":1}`)}},
	})
}

func (b *testBundle) addType(t *testing.T, in eventtype.CreateInput) eventtype.EventType {
	t.Helper()

	in.OrganizationID = b.org

	made, err := b.types.Create(t.Context(), b.scope, in)
	require.NoError(t, err)

	return made
}

func (b *testBundle) webhook(t *testing.T, enabled bool, eventTypes ...string) webhook.Webhook {
	t.Helper()

	made, err := b.webhooks.Create(t.Context(), b.scope, webhook.CreateInput{
		OrganizationID: b.org, Name: "w", URL: "https://example.com", EventTypes: eventTypes, Enabled: enabled,
	})
	require.NoError(t, err)

	return made.Webhook
}

// subscribe makes a webhook with subscriptions, the first of which is the oldest.
func (b *testBundle) subscribe(t *testing.T, subscriptions ...webhook.SubscriptionInput) webhook.Webhook {
	t.Helper()

	made, err := b.webhooks.Create(t.Context(), b.scope, webhook.CreateInput{
		OrganizationID: b.org, Name: "w", URL: "https://example.com", Subscriptions: subscriptions, Enabled: true,
	})
	require.NoError(t, err)

	return made.Webhook
}

// filtered is a subscription with a filter.
func filtered(eventType, filter string) webhook.SubscriptionInput {
	return webhook.SubscriptionInput{EventType: eventType, Filter: &filter, Enabled: true}
}

func (b *testBundle) publish(t *testing.T, eventType string) event.Published {
	t.Helper()

	return b.publishInput(t, input(eventType))
}

func (b *testBundle) publishInput(t *testing.T, in event.Input) event.Published {
	t.Helper()

	out, err := b.events.Publish(t.Context(), b.scope, b.org, in)
	require.NoError(t, err)

	return out
}

func (b *testBundle) log(t *testing.T, of event.Event) []delivery.Delivery {
	t.Helper()

	q, err := page.Args{First: new(100)}.Query(true)
	require.NoError(t, err)

	found, err := b.deliveries.List(t.Context(), b.scope, b.org, delivery.Filter{EventIDs: []id.ID{of.ID}}, q)
	require.NoError(t, err)

	return found.Items
}

// reached returns the webhooks that get an event.
func (b *testBundle) reached(t *testing.T, of event.Event) []id.ID {
	t.Helper()

	out := []id.ID{}
	for _, one := range b.log(t, of) {
		out = append(out, one.WebhookID)
	}

	return out
}

// stored returns an event as it is in the database.
func (b *testBundle) stored(t *testing.T, of id.ID) event.Event {
	t.Helper()

	found, err := b.events.ByIDs(t.Context(), []id.ID{of})
	require.NoError(t, err)
	require.Contains(t, found, of)

	return found[of]
}

func (b *testBundle) count(t *testing.T, table string) (n int) {
	t.Helper()
	require.NoError(t, b.pool.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&n))

	return n
}

func input(eventType string) event.Input { return with(eventType, `{"total":1}`) }

func with(eventType, payload string) event.Input {
	return event.Input{EventType: eventType, Payload: json.RawMessage(payload)}
}

// problemOf returns the first of the problems that an error consists of.
func problemOf(t *testing.T, err error) problem.Problem {
	t.Helper()

	problems, ok := problem.Of(err)
	require.True(t, ok, "%v", err)

	return problems[0]
}
