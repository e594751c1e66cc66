package event_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/search"
	"github.com/surehook/surehook/internal/tenant"
)

// matches are pairs of a path and a value.
func matches(pairs ...string) []search.Match {
	out := make([]search.Match, 0, len(pairs)/2)
	for n := 0; n < len(pairs); n += 2 {
		out = append(out, search.Match{Path: pairs[n], Value: json.RawMessage(pairs[n+1])})
	}

	return out
}

// found returns the events that a filter keeps, oldest first, after it has read them page by page in both directions.
func (b *testBundle) found(t *testing.T, f event.Filter) []id.ID {
	t.Helper()

	var out, backward []id.ID

	for q := (page.Query{Size: 2, Ascending: true}); ; {
		got, err := b.events.List(t.Context(), b.scope, b.org, f, q)
		require.NoError(t, err)

		for _, one := range got.Items {
			out = append(out, one.ID)
		}

		if !got.HasNext {
			break
		}

		q.After = new(out[len(out)-1].UUID())
	}

	for q := (page.Query{Size: 2}); ; {
		got, err := b.events.List(t.Context(), b.scope, b.org, f, q)
		require.NoError(t, err)

		for _, one := range got.Items {
			backward = append([]id.ID{one.ID}, backward...)
		}

		if !got.HasNext {
			break
		}

		q.After = new(backward[0].UUID())
	}

	require.Equal(t, out, backward)

	return out
}

func TestList_FindsEventsByAllThatIsInTheLog(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.strict(t, eventtype.Quarantine)
	b.derive(t, "order.paid.large", "event.data.total > 100")
	paid, all := b.webhook(t, true, "order.paid"), b.webhook(t, true, "*")

	keyed := with("order.paid", `{"total":5,"customer":{"id":"c-1","tags":["new","vip"]}}`)
	keyed.IdempotencyKey = new("k")
	first := b.publishInput(t, keyed).Event.ID
	second := b.publishInput(t, with("order.paid", `{"total":500,"customer":{"id":"c-2"}}`))
	large := second.Derived[0].ID
	third := b.publishInput(t, with("item.created", `{"total":5.0,"customer":{"id":"c-1"},"note":null}`)).Event.ID
	held := b.quarantine(t).ID
	_, tested := b.sendTest(t, event.TestInput{WebhookID: all.ID, EventType: new("item.created"), Payload: []byte(`{"total":5}`)})

	_, err := b.pool.Exec(t.Context(), `UPDATE deliveries SET status = 'FAILED', next_attempt_at = NULL, completed_at = now()
		WHERE event_id = $1 AND webhook_id = $2`, first.UUID(), paid.ID.UUID())
	require.NoError(t, err)

	failed, pending := []delivery.Status{delivery.Failed}, []delivery.Status{delivery.Pending}

	for name, test := range map[string]struct {
		filter event.Filter
		want   []id.ID
	}{
		"ids":                        {event.Filter{IDs: []id.ID{third, first, id.New(id.Event)}}, []id.ID{first, third}},
		"ids of a type":              {event.Filter{IDs: []id.ID{third, first}, EventTypes: []string{"order.paid"}}, []id.ID{first}},
		"ids of a webhook":           {event.Filter{IDs: []id.ID{third, first}, WebhookIDs: []id.ID{paid.ID}}, []id.ID{first}},
		"no ids":                     {event.Filter{IDs: []id.ID{}}, nil},
		"number":                     {event.Filter{Payload: matches("total", "5")}, []id.ID{first, third, tested.ID}},
		"derived as well":            {event.Filter{Payload: matches("$.customer.id", `"c-2"`)}, []id.ID{second.Event.ID, large}},
		"item of a list":             {event.Filter{Payload: matches("customer.tags[*]", `"vip"`)}, []id.ID{first}},
		"null":                       {event.Filter{Payload: []search.Match{{Path: "note"}}}, []id.ID{third}},
		"all of several":             {event.Filter{Payload: matches("total", "5", "customer.id", `"c-1"`)}, []id.ID{first, third}},
		"not all of several":         {event.Filter{Payload: matches("total", "5", "customer.id", `"c-2"`)}, nil},
		"payload and type":           {event.Filter{Payload: matches("total", "5"), EventTypes: []string{"order.paid"}}, []id.ID{first}},
		"payload and key":            {event.Filter{Payload: matches("total", "5"), IdempotencyKey: new("k")}, []id.ID{first}},
		"payload and webhook":        {event.Filter{Payload: matches("total", "5"), WebhookIDs: []id.ID{paid.ID}}, []id.ID{first}},
		"payload and no webhook":     {event.Filter{Payload: matches("total", "5"), WebhookIDs: []id.ID{}}, nil},
		"key and webhook":            {event.Filter{IdempotencyKey: new("k"), WebhookIDs: []id.ID{all.ID}}, []id.ID{first}},
		"source":                     {event.Filter{SourceEventIDs: []id.ID{second.Event.ID, first}}, []id.ID{large}},
		"source and webhook":         {event.Filter{SourceEventIDs: []id.ID{second.Event.ID}, WebhookIDs: []id.ID{all.ID}}, []id.ID{large}},
		"source, another webhook":    {event.Filter{SourceEventIDs: []id.ID{second.Event.ID}, WebhookIDs: []id.ID{paid.ID}}, nil},
		"quarantined":                {event.Filter{Quarantined: new(true)}, []id.ID{held}},
		"quarantined of a type":      {event.Filter{Quarantined: new(true), EventTypes: []string{"order.paid"}}, nil},
		"not quarantined of a type":  {event.Filter{Quarantined: new(false), EventTypes: []string{"item.created"}}, []id.ID{third, tested.ID}},
		"tests":                      {event.Filter{TestEvents: new(true)}, []id.ID{tested.ID}},
		"no tests of a type":         {event.Filter{TestEvents: new(false), EventTypes: []string{"item.created"}}, []id.ID{third}},
		"no tests of a webhook":      {event.Filter{TestEvents: new(false), WebhookIDs: []id.ID{paid.ID}}, []id.ID{first, second.Event.ID}},
		"of two webhooks, each once": {event.Filter{WebhookIDs: []id.ID{paid.ID, all.ID}}, []id.ID{first, second.Event.ID, large, third, tested.ID}},
		"failed somewhere":           {event.Filter{DeliveryStatuses: failed}, []id.ID{first}},
		"failed there":               {event.Filter{DeliveryStatuses: failed, WebhookIDs: []id.ID{paid.ID}}, []id.ID{first}},
		"failed elsewhere":           {event.Filter{DeliveryStatuses: failed, WebhookIDs: []id.ID{all.ID}}, nil},
		"pending there":              {event.Filter{DeliveryStatuses: pending, WebhookIDs: []id.ID{paid.ID}}, []id.ID{second.Event.ID}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, b.found(t, test.filter))
		})
	}
}

func TestList_SeesNoPayloadsOfOthers(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.publish(t, "order.paid")

	other := id.New(id.Organization)

	found, err := b.events.List(t.Context(), tenant.All(), other, event.Filter{Payload: matches("total", "1")}, page.Query{Size: 5})
	require.NoError(t, err)
	require.Empty(t, found.Items)
}

func TestList_RefusesPayloadMatchesThatMakeNoSense(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for name, test := range map[string]struct {
		matches []search.Match
		code    problem.Code
		field   []string
	}{
		"no path":       {matches("", "1"), problem.Invalid, []string{"filter", "payload", "0", "path"}},
		"position":      {matches("a", "1", "a[0]", "1"), problem.Invalid, []string{"filter", "payload", "1", "path"}},
		"too many":      {make([]search.Match, 6), problem.LimitExceeded, []string{"filter", "payload"}},
		"object":        {matches("a", "{}"), problem.Invalid, []string{"filter", "payload", "0", "value"}},
		"no JSON":       {matches("a", "x"), problem.Invalid, []string{"filter", "payload", "0", "value"}},
		"with webhooks": {matches("a", "[]"), problem.Invalid, []string{"filter", "payload", "0", "value"}},
	} {
		_, err := b.events.List(t.Context(), b.scope, b.org, event.Filter{Payload: test.matches}, page.Query{Size: 5})
		refused := problemOf(t, err)
		require.Equal(t, test.code, refused.Code, name)
		require.Equal(t, test.field, refused.Field, name)
	}
}
