package webhook_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/optional"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/webhook"
)

// catalog adds an event type with a schema, and one that is derived from it.
func (b *testBundle) catalog(t *testing.T) {
	t.Helper()

	_, err := b.types.Create(t.Context(), b.scope, eventtype.CreateInput{
		OrganizationID: b.mine, Name: "inspection.completed",
		Schema: json.RawMessage(`{"properties":{"id":{"type":"string"},"item":{"properties":{"name":{"type":"string"}}}}}`),
	})
	require.NoError(t, err)
	_, err = b.types.Create(t.Context(), b.scope, eventtype.CreateInput{
		OrganizationID: b.mine, Name: "inspection.failed", DerivedFrom: new("inspection.completed"),
		When: new(`event.data.id == "x"`),
	})
	require.NoError(t, err)
}

// whole is a subscription with everything that one may have.
func whole(eventType string) webhook.SubscriptionInput {
	return webhook.SubscriptionInput{
		EventType: eventType, Filter: new("event.data.total > 10\n|| event.test"),
		ResourceIDs: []string{"route-1", `a,b {"c"} 'd' \`, "日本"}, PayloadQuery: new("{\n  inspection: id\n}"), Enabled: true,
	}
}

func (b *testBundle) add(t *testing.T, to id.ID, in webhook.SubscriptionInput) (webhook.Subscription, error) {
	t.Helper()

	return b.CreateSubscription(t.Context(), b.scope, webhook.CreateSubscriptionInput{
		WebhookID: to, SubscriptionInput: in,
	})
}

func inputOf(one webhook.Subscription) webhook.SubscriptionInput {
	return webhook.SubscriptionInput{
		EventType: one.EventType, Filter: one.Filter, ResourceIDs: one.ResourceIDs, PayloadQuery: one.PayloadQuery,
		Enabled: one.Enabled,
	}
}

func TestService_SubscriptionsKeepAllTheyWereGiven(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.catalog(t)

	bare := webhook.SubscriptionInput{EventType: "order.*", ResourceIDs: []string{}}
	single := webhook.SubscriptionInput{EventType: "order.paid", ResourceIDs: []string{"one"}, Enabled: true}
	told := webhook.SubscriptionInput{EventType: eventtype.WebhookDisabled, ResourceIDs: []string{}, Enabled: true}
	plain := webhook.SubscriptionInput{EventType: "item.created", ResourceIDs: []string{}, Enabled: true}

	in := b.input()
	in.EventTypes = []string{"item.created"}
	in.Subscriptions = []webhook.SubscriptionInput{whole("inspection.completed"), bare, single, told}

	made := []webhook.SubscriptionInput{}
	for _, one := range b.subscriptions(t, b.create(t, in).Webhook.ID) {
		made = append(made, inputOf(one))
	}

	require.ElementsMatch(t, []webhook.SubscriptionInput{plain, whole("inspection.completed"), bare, single, told}, made)

	// One by one it is the same.
	hook := b.make(t)

	for _, one := range append(in.Subscriptions, plain, whole("inspection.failed"), whole("*")) {
		added, err := b.add(t, hook.ID, one)
		require.NoError(t, err)
		require.Equal(t, one, inputOf(added))
	}
}

// Everything that may be wrong with a subscription is so wherever one is given.
func TestService_SubscriptionsAreCheckedAlikeEverywhere(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.catalog(t)

	hook := b.make(t, "inspection.completed")
	there := b.subscriptions(t, hook.ID)[0]
	before := b.dump(t)

	filter := func(text string) func(in *webhook.SubscriptionInput) {
		return func(in *webhook.SubscriptionInput) { in.Filter = &text }
	}
	resources := func(ids ...string) func(in *webhook.SubscriptionInput) {
		return func(in *webhook.SubscriptionInput) { in.ResourceIDs = ids }
	}
	query := func(text string) func(in *webhook.SubscriptionInput) {
		return func(in *webhook.SubscriptionInput) { in.PayloadQuery = &text }
	}

	for name, test := range map[string]struct {
		change       func(in *webhook.SubscriptionInput)
		code         problem.Code
		field        []string
		line, column int
	}{
		"filter empty":       {filter(""), problem.InvalidExpression, []string{"filter"}, 1, 1},
		"filter unfinished":  {filter("event.type ==\n  event.data.a &&"), problem.InvalidExpression, []string{"filter"}, 2, 18},
		"filter misspelled":  {filter("event.test &&\n  event.typ == ''"), problem.InvalidExpression, []string{"filter"}, 2, 3},
		"filter no truth":    {filter("event.data.total"), problem.InvalidExpression, []string{"filter"}, 1, 1},
		"filter too costly":  {filter(strings.Repeat("[1].all(x, ", 9) + "true" + strings.Repeat(")", 9)), problem.InvalidExpression, []string{"filter"}, 1, 41},
		"filter too long":    {filter("event.test ||" + strings.Repeat(" ", 4096)), problem.InvalidExpression, []string{"filter"}, 1, 1},
		"filter with NUL":    {filter("event.type == '\x00'"), problem.InvalidExpression, []string{"filter"}, 1, 1},
		"filter no UTF-8":    {filter("event.type == '\xff'"), problem.InvalidExpression, []string{"filter"}, 1, 1},
		"filter of webhooks": {filter("webhook.id == ''"), problem.InvalidExpression, []string{"filter"}, 1, 1},

		"resource empty":          {resources("a", ""), problem.Required, []string{"resourceIds", "1"}, 0, 0},
		"resource too long":       {resources(strings.Repeat("ä", 256)), problem.TooLong, []string{"resourceIds", "0"}, 0, 0},
		"resource with NUL":       {resources("a\x00"), problem.Invalid, []string{"resourceIds", "0"}, 0, 0},
		"resource with line feed": {resources("a\nb"), problem.Invalid, []string{"resourceIds", "0"}, 0, 0},
		"resource no UTF-8":       {resources("\xff"), problem.Invalid, []string{"resourceIds", "0"}, 0, 0},
		"resources too many": {
			resources(slices.Repeat([]string{"a"}, 101)...), problem.LimitExceeded, []string{"resourceIds"}, 0, 0,
		},

		"query empty":            {query(""), problem.InvalidExpression, []string{"payloadQuery"}, 1, 1},
		"query unfinished":       {query("{ id\n  item {"), problem.InvalidExpression, []string{"payloadQuery"}, 2, 9},
		"query of another field": {query("{ id\n  item { nome }\n}"), problem.InvalidExpression, []string{"payloadQuery"}, 2, 10},
		"query into a text":      {query("{ id { x } }"), problem.InvalidExpression, []string{"payloadQuery"}, 1, 3},
		"query with arguments":   {query("{ id(x: 1) }"), problem.InvalidExpression, []string{"payloadQuery"}, 1, 6},
		"query with NUL":         {query("{ id \x00 }"), problem.InvalidExpression, []string{"payloadQuery"}, 1, 6},
		"query with NUL behind #": {
			query("{ id # \x00\n }"), problem.InvalidExpression, []string{"payloadQuery"}, 1, 8,
		},
		"query with NUL in a text": {
			query("{ id @member(name: \"a\x00\") }"), problem.InvalidExpression, []string{"payloadQuery"}, 1, 22,
		},
		"query no UTF-8": {query("{ id \xff }"), problem.InvalidExpression, []string{"payloadQuery"}, 1, 6},

		"event type with NUL": {
			func(in *webhook.SubscriptionInput) { in.EventType = "item.\x00" }, problem.Invalid, []string{"eventType"}, 0, 0,
		},
	} {
		in := webhook.SubscriptionInput{EventType: "inspection.failed", Enabled: true}
		test.change(&in)

		create := b.input()
		create.Subscriptions = []webhook.SubscriptionInput{{EventType: "*", Enabled: true}, in}

		_, createErr := b.Create(t.Context(), b.scope, create)
		_, addErr := b.add(t, hook.ID, in)
		_, _, draftErr := b.Draft(t.Context(), b.scope, webhook.DraftInput{
			UpdateInput: webhook.UpdateInput{ID: hook.ID}, Subscriptions: &create.Subscriptions,
		})

		update := webhook.UpdateSubscriptionInput{ID: there.ID, EventType: &in.EventType}
		if in.Filter != nil {
			update.Filter = optional.Of(*in.Filter)
		}

		if in.PayloadQuery != nil {
			update.PayloadQuery = optional.Of(*in.PayloadQuery)
		}

		if in.ResourceIDs != nil {
			update.ResourceIDs = &in.ResourceIDs
		}

		_, updateErr := b.UpdateSubscription(t.Context(), b.scope, update)

		below := append([]string{"subscriptions", "1"}, test.field...)

		for _, got := range []struct {
			err   error
			field []string
		}{{createErr, below}, {draftErr, below}, {addErr, test.field}, {updateErr, test.field}} {
			require.Error(t, got.err, name)
			requireProblem(t, got.err, test.code, got.field...)

			problems, _ := problem.Of(got.err)
			require.Equal(t, []int{test.line, test.column}, []int{problems[0].Line, problems[0].Column}, "%s: %v", name, got.err)
		}
	}

	require.Equal(t, before, b.dump(t))
}

func TestService_APayloadQueryIsCheckedAgainstTheSchemaThatIsKnown(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.catalog(t)

	hook := b.make(t)
	odd := new("{ nope { deeper } }")

	for _, eventType := range []string{"inspection.completed", "inspection.failed"} {
		_, err := b.add(t, hook.ID, webhook.SubscriptionInput{EventType: eventType, PayloadQuery: odd})
		requireProblem(t, err, problem.InvalidExpression, "payloadQuery")
	}

	for _, eventType := range []string{"item.created", "inspection.*", "*", eventtype.WebhookDisabled} {
		_, err := b.add(t, hook.ID, webhook.SubscriptionInput{EventType: eventType, PayloadQuery: odd})
		require.NoError(t, err, eventType)
	}

	// The schema counts that is the newest.
	known, err := b.types.GetByName(t.Context(), b.scope, b.mine, "inspection.completed")
	require.NoError(t, err)
	_, _, err = b.types.AddSchema(t.Context(), b.scope, known.ID, json.RawMessage(`{"properties":{"nope":{}}}`))
	require.NoError(t, err)

	for _, eventType := range []string{"inspection.completed", "inspection.failed"} {
		_, err := b.add(t, hook.ID, webhook.SubscriptionInput{EventType: eventType, PayloadQuery: odd})
		require.NoError(t, err)
	}
}

func TestService_UpdateSubscriptionTellsLeftOutFromNull(t *testing.T) {
	t.Parallel()

	b := setup(t)
	was, err := b.add(t, b.make(t).ID, whole("order.paid"))
	require.NoError(t, err)

	update := func(in webhook.UpdateSubscriptionInput) webhook.SubscriptionInput {
		in.ID = was.ID

		now, err := b.UpdateSubscription(t.Context(), b.scope, in)
		require.NoError(t, err)
		require.Equal(t, []webhook.Subscription{now}, b.subscriptions(t, was.WebhookID))

		return inputOf(now)
	}

	want := whole("order.paid")
	want.Enabled = false
	require.Equal(t, want, update(webhook.UpdateSubscriptionInput{Enabled: new(false)}))

	want.Filter = nil
	require.Equal(t, want, update(webhook.UpdateSubscriptionInput{Filter: optional.Null[string]()}))

	want.PayloadQuery = nil
	require.Equal(t, want, update(webhook.UpdateSubscriptionInput{PayloadQuery: optional.Null[string]()}))

	want.ResourceIDs = []string{}
	require.Equal(t, want, update(webhook.UpdateSubscriptionInput{ResourceIDs: &[]string{}}))
	require.Equal(t, want, update(webhook.UpdateSubscriptionInput{ResourceIDs: new([]string(nil))}))

	want = whole("*")
	require.Equal(t, want, update(webhook.UpdateSubscriptionInput{
		EventType: new("*"), Filter: optional.Of(*want.Filter), ResourceIDs: &want.ResourceIDs,
		PayloadQuery: optional.Of(*want.PayloadQuery), Enabled: new(true),
	}))
}

func TestService_ASubscriptionToAnArchivedTypeIsCheckedInAllElse(t *testing.T) {
	t.Parallel()

	b := setup(t)
	eventType := b.eventType(t, "old.news")
	was := b.subscribe(t, b.make(t).ID, "old.news")

	_, err := b.types.Archive(t.Context(), b.scope, eventType.ID, true)
	require.NoError(t, err)

	before := b.dump(t)

	for _, text := range []string{"{ a", "\x00"} {
		_, err = b.UpdateSubscription(t.Context(), b.scope, webhook.UpdateSubscriptionInput{
			ID: was.ID, PayloadQuery: optional.Of(text),
		})
		requireProblem(t, err, problem.InvalidExpression, "payloadQuery")

		_, err = b.UpdateSubscription(t.Context(), b.scope, webhook.UpdateSubscriptionInput{
			ID: was.ID, Filter: optional.Of(text),
		})
		requireProblem(t, err, problem.InvalidExpression, "filter")
	}

	require.Equal(t, before, b.dump(t))
}

func TestService_CreateNamesWhatIsWrongWithEachSubscription(t *testing.T) {
	t.Parallel()

	b := setup(t)
	in := b.input()
	in.EventTypes = []string{"item.created"}
	in.Subscriptions = []webhook.SubscriptionInput{
		{EventType: "*"}, {EventType: "item.created"}, {EventType: "*", Filter: new("1")}, {EventType: "item.gone"},
	}

	_, err := b.Create(t.Context(), b.scope, in)
	problems, ok := problem.Of(err)
	require.True(t, ok)

	fields := []string{}
	for _, one := range problems {
		fields = append(fields, fmt.Sprint(one.Code, " ", strings.Join(one.Field, ".")))
	}

	require.Equal(t, []string{
		"ALREADY_EXISTS subscriptions.1.eventType", "INVALID_EXPRESSION subscriptions.2.filter",
		"ALREADY_EXISTS subscriptions.2.eventType", "UNKNOWN_EVENT_TYPE subscriptions.3.eventType",
	}, fields)

	in.EventTypes = nil
	in.Subscriptions = slices.Repeat([]webhook.SubscriptionInput{{EventType: "*"}}, 101)

	_, err = b.Create(t.Context(), b.scope, in)
	requireProblem(t, err, problem.LimitExceeded, "subscriptions")
	require.Zero(t, b.count(t, "webhooks"))
}
