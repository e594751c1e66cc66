package graph_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbtest"
	"github.com/surehook/surehook/graph"
	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/audit"
	"github.com/surehook/surehook/internal/auth"
	"github.com/surehook/surehook/internal/bulk"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/egress"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/explain"
	"github.com/surehook/surehook/internal/expression"
	"github.com/surehook/surehook/internal/flow"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/job"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/outgoing"
	"github.com/surehook/surehook/internal/preview"
	"github.com/surehook/surehook/internal/profile"
	"github.com/surehook/surehook/internal/pubsub"
	"github.com/surehook/surehook/internal/retention"
	"github.com/surehook/surehook/internal/secretbox"
	"github.com/surehook/surehook/internal/session"
	"github.com/surehook/surehook/internal/stats"
	"github.com/surehook/surehook/internal/system"
	"github.com/surehook/surehook/internal/tenant"
	"github.com/surehook/surehook/internal/webhook"
	"github.com/surehook/surehook/profiles"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testBundle is a whole API on a database of its own, with two tenants. Only the dispatcher is a stub: it notes what it
// is offered.
type testBundle struct {
	t    *testing.T
	pool *db.Pool
	url  string

	log        *syncBuffer
	dispatcher *dispatcher
	recorder   *delivery.Recorder
	deps       graph.Deps
	tuning     graph.Tuning
	box        *secretbox.Box
	sessions   *session.Service
	stop       context.CancelFunc
	tracer     *statements

	// tokens are those of the first tenant's keys and of the operator's.
	tokens        map[apikey.Role]string
	mine, foreign tenantBundle
}

// tenantBundle is a tenant with one of everything.
type tenantBundle struct {
	admin                                                          string
	org, key, eventType, webhook, secret, sub, event, dlv, attempt id.ID

	operation id.ID
}

// setup makes an API with settings as usual, unless told.
func setup(t *testing.T, tuning ...graph.Tuning) *testBundle {
	t.Helper()

	b := &testBundle{t: t, log: &syncBuffer{}, dispatcher: &dispatcher{}, tracer: &statements{}}
	if len(tuning) > 0 {
		b.tuning = tuning[0]
	}

	b.openPool()

	log := slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug}))

	keyset, err := secretbox.Generate()
	require.NoError(t, err)

	box, err := secretbox.New([]byte(keyset))
	require.NoError(t, err)

	registry, err := profile.Load(profiles.Files, "")
	require.NoError(t, err)

	expressions := expression.NewCache()
	types := eventtype.NewService(b.pool, time.Now)
	organizations := organization.NewService(b.pool, types, registry, time.Now)
	deliveries := delivery.NewService(b.pool, b.dispatcher, log, time.Now)
	gates := flow.NewService(b.pool, b.dispatcher, log, time.Now)
	t.Cleanup(gates.Close)

	webhooks := webhook.NewService(b.pool, box, organizations, flow.Steering{Service: gates, Deliveries: deliveries}, log,
		time.Now)
	events := event.NewService(b.pool, event.Parts{
		Types: types, Organizations: organizations, Webhooks: webhooks, Dispatcher: b.dispatcher, Expressions: expressions,
		Log: log, Now: time.Now,
	})
	t.Cleanup(events.Close)

	client := egress.New(egress.Config{UserAgent: "Surehook/test"})
	t.Cleanup(client.Close)

	b.recorder = delivery.NewRecorder(b.pool)
	t.Cleanup(b.recorder.Close)

	b.deps = graph.Deps{
		APIKeys:        apikey.NewService(b.pool, time.Now),
		AllowedOrigins: []string{"https://console.example.com"},
		Audit:          audit.NewService(b.pool),
		BulkOperations: bulk.NewService(b.pool, bulk.Parts{
			Deliveries: deliveries, Events: events, Webhooks: webhooks, Expressions: expressions, Log: log, Now: time.Now,
		}),
		Deliveries:    deliveries,
		EventTypes:    types,
		Events:        events,
		Explanations:  explain.NewService(b.pool, events, expressions),
		Flow:          gates,
		Hub:           b.runHub(log),
		Logger:        log,
		Now:           time.Now,
		Organizations: organizations,
		Previews: preview.NewService(webhooks, events, organizations, outgoing.NewRenderer(expressions), expressions, client,
			time.Now),
		SourceRanges:      []string{"203.0.113.0/24", "2001:db8::/48"},
		Stats:             stats.NewService(b.pool, time.Now),
		System:            b.newSystem(log),
		TemporalNamespace: "default",
		TemporalUIURL:     "http://temporal.example.com/",
		Webhooks:          webhooks,
	}

	b.box = box
	b.sessions = session.NewService(b.deps.APIKeys, box, time.Hour, time.Now)
	b.makeKeys()

	return b.with(func(*graph.Deps) {})
}

// with serves another API on the same database.
func (b *testBundle) with(change func(*graph.Deps)) *testBundle {
	out := *b
	change(&out.deps)

	api := auth.Middleware(b.deps.APIKeys)(graph.NewTunedHandler(out.deps, b.tuning))
	server := httptest.NewUnstartedServer(b.sessions.Middleware(api))

	// Requests live in a context that can be ended, as the process does when it stops.
	requests, stop := context.WithCancel(context.WithoutCancel(b.t.Context()))
	server.Config.BaseContext = func(net.Listener) context.Context { return requests }

	server.Start()
	b.t.Cleanup(server.Close)
	b.t.Cleanup(stop)

	out.url, out.stop = server.URL, stop

	return &out
}

// in is the same for a subtest.
func (b *testBundle) in(t *testing.T) *testBundle {
	t.Helper()

	out := *b
	out.t = t

	return &out
}

// openPool traces statements, which dbtest's own pool does not.
func (b *testBundle) openPool() {
	_, url := dbtest.Database(b.t)

	config, err := pgxpool.ParseConfig(url)
	require.NoError(b.t, err)

	config.MaxConns = 8
	config.ConnConfig.Tracer = b.tracer

	b.pool, err = pgxpool.NewWithConfig(b.t.Context(), config)
	require.NoError(b.t, err)
	b.t.Cleanup(b.pool.Close)
}

// newSystem looks at a Temporal that is away.
func (b *testBundle) newSystem(log *slog.Logger) *system.Service {
	policy := retention.Policy{LogDays: 30, PayloadDays: 7}

	return system.NewService(system.Parts{
		Pool: b.pool, Policy: policy, Room: retention.New(b.pool, policy, log, time.Now).Room,
		CheckTemporal: func(context.Context) error { return errors.New("connection refused") },
		Backlog:       func(context.Context) (system.Backlog, error) { return system.Backlog{}, nil },
		Temporal:      system.Temporal{Namespace: "default", TaskQueue: "surehook"},
		Egress:        system.Egress{AllowedNetworks: []string{"10.0.0.0/8"}, AllowedPorts: []int{8443}},
		Version:       "1.2.3", Log: log, Now: time.Now,
	})
}

func (b *testBundle) runHub(log *slog.Logger) *pubsub.Hub {
	hub := pubsub.NewHub(b.pool, log, func() {}, func() {})
	ctx, cancel := context.WithCancel(context.WithoutCancel(b.t.Context()))
	done := make(chan error, 1)

	go func() { done <- hub.Run(ctx) }()

	b.t.Cleanup(func() {
		cancel()
		require.NoError(b.t, <-done)
	})

	<-hub.Listening()

	return hub
}

func (b *testBundle) makeKeys() {
	b.tokens = make(map[apikey.Role]string)

	_, b.tokens[apikey.Operator] = b.makeKey(nil, apikey.Operator)

	for _, one := range []struct {
		name string
		into *tenantBundle
	}{{"Mine", &b.mine}, {"Foreign", &b.foreign}} {
		org, err := b.deps.Organizations.Create(b.t.Context(), organization.CreateInput{Name: one.name})
		require.NoError(b.t, err)

		one.into.org = org.ID

		var key apikey.Key

		key, one.into.admin = b.makeKey(&org.ID, apikey.Admin)
		one.into.key = key.ID
	}

	b.tokens[apikey.Admin] = b.mine.admin

	for _, role := range []apikey.Role{apikey.Developer, apikey.Publisher, apikey.Viewer} {
		_, b.tokens[role] = b.makeKey(&b.mine.org, role)
	}
}

func (b *testBundle) makeKey(org *id.ID, role apikey.Role) (apikey.Key, string) {
	b.t.Helper()

	key, token, err := b.deps.APIKeys.Create(b.t.Context(), tenant.All(), apikey.CreateInput{
		OrganizationID: org, Name: string(role), Role: role,
	})
	require.NoError(b.t, err)

	return key, token
}

// fill gives the tenant one of everything.
func (b *testBundle) fill(of *tenantBundle) {
	b.t.Helper()

	ctx, all := b.t.Context(), tenant.All()

	kind, err := b.deps.EventTypes.Create(ctx, all, eventtype.CreateInput{
		OrganizationID: of.org, Name: "item.created", Schema: []byte(`{"required":["n"]}`),
		Samples: []eventtype.Sample{{Name: "first", Payload: []byte(`{"n":1}`)}},
	})
	require.NoError(b.t, err)

	of.eventType = kind.ID
	of.webhook, of.sub, of.secret = b.makeWebhook(of.org, "item.created")
	of.event, of.dlv = b.publish(of.org)
	of.attempt = b.attempt(of, of.dlv, 1, delivery.Retrying).ID

	started, err := b.deps.BulkOperations.Replay(ctx, all, bulk.ReplayInput{
		EventID: of.event, WebhookIDs: []id.ID{of.webhook},
	})
	require.NoError(b.t, err)

	of.operation = started.Operation.ID
}

func (b *testBundle) makeWebhook(org id.ID, eventType string) (hook, sub, secret id.ID) {
	b.t.Helper()

	ctx, all := b.t.Context(), tenant.All()

	made, err := b.deps.Webhooks.Create(ctx, all, webhook.CreateInput{
		OrganizationID: org, Name: "Hook", URL: "https://example.com/hook",
		CustomHeaders: []webhook.Header{{Name: "X-Token", Value: "hunter2"}}, Enabled: true,
	})
	require.NoError(b.t, err)

	subscription, err := b.deps.Webhooks.CreateSubscription(ctx, all, webhook.CreateSubscriptionInput{
		WebhookID:         made.Webhook.ID,
		SubscriptionInput: webhook.SubscriptionInput{EventType: eventType, Enabled: true},
	})
	require.NoError(b.t, err)

	secrets, err := b.deps.Webhooks.Secrets(ctx, []id.ID{made.Webhook.ID})
	require.NoError(b.t, err)

	return made.Webhook.ID, subscription.ID, secrets[made.Webhook.ID][0].ID
}

// publish returns the event and, if there is one, its newest delivery.
func (b *testBundle) publish(org id.ID) (published, dlv id.ID) {
	b.t.Helper()

	out, err := b.deps.Events.Publish(b.t.Context(), tenant.All(), org, event.Input{
		EventType: "item.created", Payload: []byte(`{"n":1}`),
	})
	require.NoError(b.t, err)

	var found uuid.UUID

	err = b.pool.QueryRow(b.t.Context(),
		"SELECT id FROM deliveries WHERE event_id = $1 ORDER BY id DESC LIMIT 1", out.Event.ID.UUID()).Scan(&found)
	require.NoError(b.t, err)

	return out.Event.ID, id.Delivery.From(found)
}

// attempt records an attempt that got 503, as the worker would.
func (b *testBundle) attempt(of *tenantBundle, dlv id.ID, number int, status delivery.Status) delivery.Attempt {
	b.t.Helper()

	ip := netip.MustParseAddr("203.0.113.7").String()
	dns := 1500 * time.Microsecond
	record := delivery.Record{
		Attempt: delivery.Attempt{
			ID: id.New(id.Attempt), OrganizationID: of.org, WebhookID: of.webhook, DeliveryID: dlv,
			EventType: "item.created", Number: number, Trigger: delivery.Automatic, Status: delivery.AttemptFailed,
			StartedAt: time.Now(), Duration: 12345 * time.Microsecond, Timings: delivery.Timings{DNS: &dns}, RemoteIP: &ip,
			Method: "POST", URL: "https://example.com/hook",
			RequestHeaders: []delivery.Header{{Name: "X-Token", Value: "***"}},
			Response: &delivery.Response{
				StatusCode: 503, Headers: []delivery.Header{{Name: "Retry-After", Value: "1"}}, Body: []byte("busy"),
			},
			Error: &delivery.Error{Code: delivery.ErrorHTTPStatus, Message: "503 Service Unavailable"},
		},
		EventID: of.event, Status: status, MaxAttempts: 10, Counted: true,
	}

	if number == 1 {
		record.Content = &delivery.Content{Method: "POST", Body: []byte(`{"n":1}`)}
	}

	if status == delivery.Retrying {
		record.NextAttemptAt = new(time.Now().Add(time.Hour))
	}

	require.NoError(b.t, b.recorder.Record(b.t.Context(), record))

	return record.Attempt
}

// rows is what the database holds, but for when keys were used.
func (b *testBundle) rows() map[string]string {
	b.t.Helper()

	out := make(map[string]string)

	for _, table := range []string{
		"api_keys", "audit_log", "bulk_operations", "deliveries", "delivery_attempts", "delivery_contents", "event_type_schemas", "event_types",
		"events", "idempotency_keys", "organization_profiles", "organizations", "webhook_activity", "webhook_secrets",
		"webhook_subscriptions", "webhooks",
	} {
		var rows string

		sql := fmt.Sprintf("SELECT coalesce(string_agg(row, E'\\n' ORDER BY row), '') FROM"+
			" (SELECT (to_jsonb(t) - 'last_used_at')::text AS row FROM %s t) AS r", pgx.Identifier{table}.Sanitize())
		require.NoError(b.t, b.pool.QueryRow(b.t.Context(), sql).Scan(&rows))

		out[table] = rows
	}

	return out
}

// dispatcher notes what it is offered.
type dispatcher struct {
	mu   sync.Mutex
	jobs []job.Job
}

func (*dispatcher) Reserve(int) *uuid.UUID { return new(uuid.New()) }

func (d *dispatcher) Offer(jobs ...job.Job) {
	d.mu.Lock()
	defer d.mu.Unlock()

	d.jobs = append(d.jobs, jobs...)
}

func (d *dispatcher) offered() []job.Job {
	d.mu.Lock()
	defer d.mu.Unlock()

	return append([]job.Job(nil), d.jobs...)
}

// syncBuffer is a log that can be read while it is written.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()

	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()

	return b.buf.String()
}
