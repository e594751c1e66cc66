package preview_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbtest"
	"github.com/surehook/surehook/internal/egress"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/expression"
	"github.com/surehook/surehook/internal/flow"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/job"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/outgoing"
	"github.com/surehook/surehook/internal/preview"
	"github.com/surehook/surehook/internal/problem"
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
	*preview.Service

	pool          *db.Pool
	webhooks      *webhook.Service
	events        *event.Service
	organizations *organization.Service
	types         *eventtype.Service
	clock         time.Time
	mine, foreign id.ID
	scope         tenant.Scope
}

func setup(t *testing.T) *testBundle {
	t.Helper()

	keyset, err := secretbox.Generate()
	require.NoError(t, err)
	box, err := secretbox.New([]byte(keyset))
	require.NoError(t, err)
	registry, err := profile.Load(profiles.Files, "")
	require.NoError(t, err)

	b := &testBundle{pool: dbtest.Pool(t), clock: time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)}
	now, log := func() time.Time { return b.clock }, slog.New(slog.DiscardHandler)
	expressions := expression.NewCache()
	client := egress.New(egress.Config{})
	t.Cleanup(client.Close)

	b.types = eventtype.NewService(b.pool, now)
	b.organizations = organization.NewService(b.pool, b.types, registry, now)
	b.webhooks = webhook.NewService(b.pool, box, b.organizations, flow.Steering{}, log, now)
	b.events = event.NewService(b.pool, event.Parts{
		Types: b.types, Organizations: b.organizations, Webhooks: b.webhooks, Dispatcher: idle{},
		Expressions: expressions, Log: log, Now: now,
	})
	t.Cleanup(b.events.Close)

	b.Service = preview.NewService(b.webhooks, b.events, b.organizations, outgoing.NewRenderer(expressions), expressions,
		client, now)

	for _, into := range []*id.ID{&b.mine, &b.foreign} {
		one, err := b.organizations.Create(t.Context(), organization.CreateInput{Name: "Acme"})
		require.NoError(t, err)

		*into = one.ID

		for _, name := range []string{"order.paid", "order.sent"} {
			_, err = b.types.Create(t.Context(), tenant.All(), eventtype.CreateInput{OrganizationID: one.ID, Name: name})
			require.NoError(t, err)
		}
	}

	b.scope = tenant.Of(b.mine)

	return b
}

// create makes a webhook with which nothing is wrong.
func (b *testBundle) create(t *testing.T, change func(in *webhook.CreateInput)) webhook.Webhook {
	t.Helper()

	in := webhook.CreateInput{OrganizationID: b.mine, Name: "Shop", URL: "https://shop.example/hooks", Enabled: true}
	if change != nil {
		change(&in)
	}

	made, err := b.webhooks.Create(t.Context(), tenant.All(), in)
	require.NoError(t, err)

	return made.Webhook
}

func (b *testBundle) publish(t *testing.T, organization id.ID, eventType, payload string) id.ID {
	t.Helper()

	out, err := b.events.Publish(t.Context(), tenant.All(), organization, event.Input{
		EventType: eventType, Payload: json.RawMessage(payload),
	})
	require.NoError(t, err)

	return out.Event.ID
}

// rows counts the rows of all tables, with a hash of what is in them.
func (b *testBundle) rows(t *testing.T) string {
	t.Helper()

	found, err := b.pool.Query(t.Context(),
		"SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1")
	require.NoError(t, err)

	var (
		out    strings.Builder
		tables []string
	)

	for found.Next() {
		var name string

		require.NoError(t, found.Scan(&name))

		tables = append(tables, name)
	}

	require.NoError(t, found.Err())
	require.Greater(t, len(tables), 10)

	for _, name := range tables {
		var (
			count int
			hash  string
		)

		row := b.pool.QueryRow(t.Context(),
			"SELECT count(*), coalesce(md5(string_agg(x::text, '' ORDER BY x::text)), '') FROM "+name+" x")
		require.NoError(t, row.Scan(&count, &hash))
		fmt.Fprintf(&out, "%s %d %s\n", name, count, hash)
	}

	return out.String()
}

// made is an event that does not exist.
func made(eventType, payload string, resources ...string) *preview.EventInput {
	return &preview.EventInput{EventType: eventType, Payload: json.RawMessage(payload), ResourceIDs: resources}
}

// existing is a draft of a webhook that is there.
func existing(of webhook.Webhook) webhook.DraftInput {
	return webhook.DraftInput{UpdateInput: webhook.UpdateInput{ID: of.ID}}
}

// fresh is a draft of a webhook that is not there.
func (b *testBundle) fresh(subscriptions ...webhook.SubscriptionInput) webhook.DraftInput {
	return webhook.DraftInput{
		OrganizationID: b.mine, Subscriptions: &subscriptions,
		UpdateInput: webhook.UpdateInput{Name: new("Draft"), URL: new("https://draft.example/x")},
	}
}

// one previews one event.
func (b *testBundle) one(t *testing.T, draft webhook.DraftInput, of *preview.EventInput) preview.Preview {
	t.Helper()

	result, err := b.Preview(t.Context(), b.scope, preview.Input{Draft: draft, Event: of})
	require.NoError(t, err)
	require.Len(t, result.Previews, 1)

	return result.Previews[0]
}

func headers(of *preview.Request) map[string]string {
	out := make(map[string]string, len(of.Headers))
	for _, one := range of.Headers {
		out[one.Name] = one.Value
	}

	return out
}

func requireProblem(t *testing.T, err error, code problem.Code, field ...string) {
	t.Helper()

	problems, ok := problem.Of(err)
	require.True(t, ok, "%v", err)
	require.Len(t, problems, 1, "%v", err)
	require.Equal(t, code, problems[0].Code, "%v", err)
	require.Equal(t, field, problems[0].Field, "%v", err)
}
