package graph_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/id"
)

// guarded are the types that show webhooks, deliveries or attempts. What else there is of them is reached through them.
var guarded = []string{
	"BulkOperation", "Delivery", "DeliveryAttempt", "DeliveryCounts", "MatchDecision", "Webhook", "WebhookPreviewPayload",
	"WebhookSecret", "WebhookSubscription",
}

func TestWebhookRole_GuardsAllThatShowsOrChangesWebhooks(t *testing.T) {
	t.Parallel()

	found := make(map[string]string)
	reached := make(map[string]bool)

	var walk func(of *ast.Definition)

	walk = func(of *ast.Definition) {
		for _, field := range of.Fields {
			name := of.Name + "." + field.Name

			if guard := field.Directives.ForName("webhookRole"); guard != nil {
				found[name] = guard.Arguments.ForName("to").Value.Raw

				// The roles of an organization do not widen what a role may do anywhere.
				require.NotContains(t, mayUse(field), apikey.Publisher, name)
				require.Contains(t, mayUse(field), apikey.Admin, name)

				continue
			}

			// Query.node asks by itself.
			next := schema().Types[field.Type.Name()]
			require.NotContains(t, guarded, next.Name, name)

			if next.Kind == ast.Object && !reached[next.Name] {
				reached[next.Name] = true
				walk(next)
			}
		}
	}

	walk(schema().Query)
	walk(schema().Mutation)
	walk(schema().Subscription)

	views := []string{
		"Event.decisions",
		"Event.deliveries",
		"Organization.attempts",
		"Organization.bulkOperations",
		"Organization.deliveries",
		"Organization.deliveryCounts",
		"Organization.stats",
		"Organization.webhooks",
		"Query.bulkOperation",
		"Query.delivery",
		"Query.webhook",
		"Subscription.bulkOperationUpdated",
		"Subscription.deliveryAttemptRecorded",
		"Subscription.deliveryUpdated",
		"Subscription.webhookStats",
		"Subscription.webhookUpdated",
	}

	for field, to := range found {
		require.Equal(t, slices.Contains(views, field), to == "VIEW", field)
	}

	require.Equal(t, slices.Sorted(slices.Values(append(views,
		"Mutation.cancelBulkOperation",
		"Mutation.cancelDelivery",
		"Mutation.createWebhook",
		"Mutation.createWebhookSubscription",
		"Mutation.deleteWebhook",
		"Mutation.deleteWebhookSubscription",
		"Mutation.disableWebhook",
		"Mutation.dropHeldDeliveries",
		"Mutation.enableWebhook",
		"Mutation.pauseBulkOperation",
		"Mutation.pauseWebhook",
		"Mutation.postponeDelivery",
		"Mutation.recoverWebhook",
		"Mutation.replayEvent",
		"Mutation.replayMissing",
		"Mutation.resumeBulkOperation",
		"Mutation.resumeWebhook",
		"Mutation.retryDeliveries",
		"Mutation.retryDelivery",
		"Mutation.revealWebhookSecret",
		"Mutation.rotateWebhookSecret",
		"Mutation.sendTestEvent",
		"Mutation.updateWebhook",
		"Mutation.updateWebhookSubscription",
		"Query.webhookPreview",
	))), slices.Sorted(maps.Keys(found)))
}

// fillAs gives a tenant with a catalog of its own one of everything.
func (b *testBundle) fillAs(secret any) {
	b.t.Helper()

	b.mine.eventType, _ = id.Parse(b.eventType("item.mine", nil))
	b.mine.webhook = b.created(vars{"eventTypes": []any{"item.mine"}, "signingSecret": secret})

	out := b.admin(`query ($id: ID!) { webhook(id: $id) { subscriptions { nodes { id } } secrets { id } } }`,
		vars{"id": b.mine.webhook})
	b.mine.sub, _ = id.Parse(out.text("webhook.subscriptions.nodes.0.id"))

	b.mine.event, _ = id.Parse(b.published("item.mine", vars{"n": 1}, nil).ok().text("publishEvent.event.id"))
	out = b.admin(`query ($id: ID!) { event(id: $id) { deliveries { nodes { id } } } }`, vars{"id": b.mine.event})
	b.mine.dlv, _ = id.Parse(out.text("event.deliveries.nodes.0.id"))
	b.mine.attempt = b.attempt(&b.mine, b.mine.dlv, 1, "RETRYING").ID

	out = b.admin(`mutation ($input: ReplayEventInput!) { replayEvent(input: $input) {
		bulkOperation { id } userErrors { code } } }`,
		vars{"input": vars{"eventId": b.mine.event, "webhookIds": []any{b.mine.webhook}}})
	b.mine.operation, _ = id.Parse(out.text("replayEvent.bulkOperation.id"))
}

// reach are all ways to webhooks, deliveries and attempts, by who needs to be allowed what.
func (b *testBundle) reach() (view, manage map[string]string) {
	org := func(selection string) string {
		return `query { organization(id: "` + b.mine.org.String() + `") { ` + selection + ` } }`
	}
	hook := `"` + b.mine.webhook.String() + `"`

	view = map[string]string{
		"attempts":           org(`attempts { nodes { id } }`),
		"bulk operation":     `query { bulkOperation(id: "` + b.mine.operation.String() + `") { id webhook { id } } }`,
		"bulk operations":    org(`bulkOperations { nodes { id webhook { id } } }`),
		"by event":           `query { event(id: "` + b.mine.event.String() + `") { deliveries { nodes { id } } } }`,
		"decisions":          `query { event(id: "` + b.mine.event.String() + `") { decisions { nodes { reason } } } }`,
		"deliveries":         org(`deliveries { nodes { id } }`),
		"delivery":           `query { delivery(id: "` + b.mine.dlv.String() + `") { id } }`,
		"delivery counts":    org(`deliveryCounts { failed }`),
		"events by delivery": org(`events(filter: {deliveryStatuses: [FAILED]}) { nodes { id } }`),
		"events by webhook":  org(`events(filter: {webhookIds: [` + hook + `]}) { nodes { id } }`),
		"webhook":            `query { webhook(id: ` + hook + `) { id } }`,
		"webhooks":           org(`webhooks { nodes { id } }`),
	}

	input := func(mutation, members, selection string) string {
		return `mutation { ` + mutation + `(input: {` + members + `}) { ` + selection + ` userErrors { code } } }`
	}

	manage = map[string]string{
		"create":              input("createWebhook", `organizationId: "`+b.mine.org.String()+`", name: "", url: "https://a.example.com/"`, ""),
		"cancel":              input("cancelDelivery", `deliveryId: "`+b.mine.dlv.String()+`"`, ""),
		"bulk cancel":         input("cancelBulkOperation", `id: "`+id.New(id.BulkOperation).String()+`"`, ""),
		"bulk pause":          input("pauseBulkOperation", `id: "`+id.New(id.BulkOperation).String()+`"`, ""),
		"bulk resume":         input("resumeBulkOperation", `id: "`+id.New(id.BulkOperation).String()+`"`, ""),
		"recover":             input("recoverWebhook", `webhookId: `+hook+`, since: "2020-01-01T00:00:00Z", dryRun: true`, "dryRun { count }"),
		"replay":              input("replayEvent", `eventId: "`+b.mine.event.String()+`", dryRun: true`, "dryRun { count }"),
		"replay missing":      input("replayMissing", `webhookId: `+hook+`, since: "2020-01-01T00:00:00Z", dryRun: true`, "dryRun { count }"),
		"retry many":          input("retryDeliveries", `organizationId: "`+b.mine.org.String()+`", filter: {}, dryRun: true`, "dryRun { count }"),
		"postpone":            input("postponeDelivery", `deliveryId: "`+b.mine.dlv.String()+`", until: "2020-01-01T00:00:00Z"`, ""),
		"create subscription": input("createWebhookSubscription", `webhookId: `+hook+`, eventType: "no.such"`, ""),
		"delete subscription": input("deleteWebhookSubscription", `id: "`+id.New(id.Subscription).String()+`"`, ""),
		"delete":              input("deleteWebhook", `id: "`+id.New(id.Webhook).String()+`"`, ""),
		"disable":             input("disableWebhook", `id: "`+id.New(id.Webhook).String()+`"`, ""),
		"enable":              input("enableWebhook", `id: `+hook, ""),
		"preview":             `query { webhookPreview(input: {webhookId: ` + hook + `, last: 1}) { userErrors { code } } }`,
		"retry":               input("retryDelivery", `deliveryId: "`+b.mine.dlv.String()+`"`, ""),
		"reveal":              input("revealWebhookSecret", `webhookId: `+hook, "value"),
		"rotate":              input("rotateWebhookSecret", `webhookId: `+hook+`, overlapSeconds: -1`, "signingSecret"),
		"test":                input("sendTestEvent", `webhookId: `+hook+`, waitSeconds: 66`, ""),
		"update":              input("updateWebhook", `id: `+hook+`, name: ""`, ""),
		"update subscription": input("updateWebhookSubscription", `id: "`+b.mine.sub.String()+`", eventType: "no.such"`, ""),
	}

	return view, manage
}

// permits wants exactly this to be allowed to a role.
func (b *testBundle) permits(role apikey.Role, view, manage bool) {
	b.t.Helper()

	views, manages := b.reach()

	for _, one := range []struct {
		allowed bool
		queries map[string]string
	}{{view, views}, {manage, manages}} {
		for name, query := range one.queries {
			out := b.as(role, query)

			if one.allowed {
				require.Empty(b.t, out.Errors, "%s, %s: %s", role, name, out.rawBody)
			} else {
				out.failed("FORBIDDEN")
				require.NotContains(b.t, out.rawBody, b.mine.webhook.String(), "%s, %s", role, name)
			}
		}
	}

	// node tells nobody that there is something.
	for _, key := range []id.ID{b.mine.webhook, b.mine.sub, b.mine.dlv, b.mine.attempt, b.mine.operation} {
		out := b.as(role, `query ($id: ID!) { node(id: $id) { id } }`, vars{"id": key}).ok()
		require.Equal(b.t, view, out.at("node") != nil, "%s: %s", role, key)
	}

	for _, query := range []string{watchDeliveries, watchAttempts} {
		s := b.connect(b.tokens[role])

		if view {
			s.watch("live", query, vars{"org": b.mine.org})
			s.after(func() {
				change := b.changeOf(b.mine.dlv)
				change.Attempt = b.mine.attempt
				b.notify(change)
			}).ok()
		} else {
			s.subscribe("live", query, vars{"org": b.mine.org})

			m := s.read()
			require.Contains(b.t, string(m.Payload), "FORBIDDEN")
			b.streamed(b.tokens[role], query, vars{"org": b.mine.org}).failed("FORBIDDEN")
		}
	}
}

func TestWebhookRoles_AreThoseOfTheProfile(t *testing.T) {
	t.Parallel()

	b := setup(t)

	type permission struct{ view, manage bool }

	for profile, roles := range map[string]map[apikey.Role]permission{
		"kazinex": {
			apikey.Admin: {true, true}, apikey.Developer: {false, false}, apikey.Operator: {true, true},
			apikey.Viewer: {false, false},
		},
		"kianda": {
			apikey.Admin: {true, true}, apikey.Developer: {true, true}, apikey.Operator: {true, true},
			apikey.Viewer: {false, false},
		},
		"standard": {
			apikey.Admin: {true, true}, apikey.Developer: {true, true}, apikey.Operator: {true, true},
			apikey.Viewer: {true, false},
		},
	} {
		for role, may := range roles {
			t.Run(profile+"/"+string(role), func(t *testing.T) {
				t.Parallel()

				b := b.founded(t, profile)

				var secret any
				if profile == "kazinex" {
					secret = "correct horse"
				}

				b.fillAs(secret)
				b.permits(role, may.view, may.manage)
			})
		}
	}
}

const updateRoles = `mutation ($input: UpdateOrganizationInput!) { updateOrganization(input: $input) {
	organization { name manageRoles viewRoles } userErrors { code message field } } }`

func TestWebhookRoles_TakeEffectAtOnceWhenChanged(t *testing.T) {
	t.Parallel()

	b := setup(t).founded(t, "standard")
	b.fillAs(nil)

	set := func(members vars) response {
		t.Helper()

		return b.admin(updateRoles, vars{"input": with(vars{"id": b.mine.org}, members)})
	}

	b.permits(apikey.Developer, true, true)

	out := set(vars{"manageRoles": []any{"ADMIN"}})
	require.Equal(t, vars{
		"name": "standard", "manageRoles": []any{"ADMIN"}, "viewRoles": []any{"ADMIN", "DEVELOPER", "VIEWER"},
	}, out.at("updateOrganization.organization"))
	b.permits(apikey.Developer, true, false)

	set(vars{"viewRoles": []any{"ADMIN", "VIEWER"}, "manageRoles": nil})
	b.permits(apikey.Developer, false, false)
	b.permits(apikey.Viewer, true, false)

	// Who manages webhooks sees them, but what a role may not do anywhere, it may not do here either.
	set(vars{"viewRoles": []any{"ADMIN"}, "manageRoles": []any{"ADMIN", "DEVELOPER", "VIEWER"}})
	b.permits(apikey.Developer, true, true)
	b.permits(apikey.Viewer, true, false)
	b.permits(apikey.Operator, true, true)
}

func TestWebhookRoles_AreAskedWhileSomethingIsWatched(t *testing.T) {
	t.Parallel()

	b := setup(t).founded(t, "standard")
	b.fillAs(nil)

	watcher := b.connect(b.tokens[apikey.Viewer])
	watcher.watch("live", watchDeliveries, vars{"org": b.mine.org})
	watcher.after(b.touch(b.mine.dlv))

	b.admin(updateRoles, vars{"input": vars{"id": b.mine.org, "viewRoles": []any{"ADMIN"}}})

	// The second tells when the first must have heard, too: both are fed from one hub. What the first was sent before
	// the roles changed may still come.
	other := b.connect(b.mine.admin)
	other.watch("live", watchDeliveries, vars{"org": b.mine.org})

	for range 6 {
		other.after(b.touch(b.mine.dlv))
	}

	watcher.subscribe("after", `{ viewer { role } }`, nil)

	heard := 0
	for m := watcher.read(); m.ID != "after"; m = watcher.read() {
		heard++
	}

	require.LessOrEqual(t, heard, 2)
}

func TestWebhookRoles_AreOnlyThoseThatCanBe(t *testing.T) {
	t.Parallel()

	b := setup(t)
	before := b.rows()

	for name, test := range map[string]struct {
		members vars
		field   []any
	}{
		"nobody manages":     {vars{"manageRoles": []any{}}, []any{"manageRoles"}},
		"operator manages":   {vars{"manageRoles": []any{"ADMIN", "OPERATOR"}}, []any{"manageRoles", "1"}},
		"publisher sees":     {vars{"viewRoles": []any{"ADMIN", "PUBLISHER"}}, []any{"viewRoles", "1"}},
		"without an admin":   {vars{"viewRoles": []any{"DEVELOPER"}}, []any{"viewRoles"}},
		"one good, one bad":  {vars{"manageRoles": []any{"ADMIN"}, "viewRoles": []any{}}, []any{"viewRoles"}},
		"a good name beside": {vars{"name": "Renamed", "viewRoles": []any{}}, []any{"viewRoles"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)

			b.as(apikey.Admin, updateRoles, vars{"input": with(vars{"id": b.mine.org}, test.members)}).
				refused("updateOrganization", "INVALID", test.field...)
			require.Equal(t, before, b.rows())
		})
	}

	b.as(apikey.Developer, updateRoles, vars{"input": vars{"id": b.mine.org, "viewRoles": []any{"ADMIN"}}}).
		failed("FORBIDDEN")
}
