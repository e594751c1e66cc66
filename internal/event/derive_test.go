package event_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/problem"
)

// setupDerived makes an organization with a type from which two others are derived.
func setupDerived(t *testing.T) *testBundle {
	t.Helper()

	b := setup(t)
	b.derive(t, "order.large", "event.data.total >= 100")
	b.derive(t, "order.huge", "event.data.total >= 1000")

	return b
}

func (b *testBundle) derive(t *testing.T, name, when string) eventtype.EventType {
	t.Helper()

	return b.addType(t, eventtype.CreateInput{Name: name, DerivedFrom: new("order.paid"), When: &when})
}

// types returns the types of events, in their order.
func types(events []event.Event) []string {
	out := []string{}
	for _, one := range events {
		out = append(out, one.Type)
	}

	return out
}

func TestPublish_DerivesOneEventOfEachTypeWhoseConditionHolds(t *testing.T) {
	t.Parallel()

	b := setupDerived(t)
	paid, large := b.webhook(t, true, "order.paid"), b.webhook(t, true, "order.large")
	all, picky := b.webhook(t, true, "*"), b.subscribe(t, filtered("order.huge", `event.type == "order.huge" && event.data.x`))
	off := b.webhook(t, false, "order.huge")

	in := with("order.paid", `{ "total": 1000.50, "x": true }`)
	in.OccurredAt, in.ResourceIDs = new(time.Date(2024, 1, 15, 10, 30, 0, 0, time.UTC)), []string{"a", "b"}
	published := b.publishInput(t, in)

	require.Equal(t, []string{"order.large", "order.huge"}, types(published.Derived))
	require.Equal(t, 7, published.MatchedWebhookCount)
	require.ElementsMatch(t, []id.ID{paid.ID, all.ID}, b.reached(t, published.Event))
	require.ElementsMatch(t, []id.ID{large.ID, all.ID}, b.reached(t, published.Derived[0]))
	require.ElementsMatch(t, []id.ID{picky.ID, all.ID, off.ID}, b.reached(t, published.Derived[1]))
	require.Len(t, b.dispatcher.offered, 6, "what is held is not carried out")

	for _, one := range published.Derived {
		require.NotEqual(t, published.Event.ID, one.ID)

		kept := b.stored(t, one.ID)
		require.Equal(t, one.Type, kept.Type)
		require.Equal(t, published.Event.ID, *kept.SourceEventID)
		require.Equal(t, `{"total":1000.50,"x":true}`, string(kept.Payload), "the bytes of the source")
		require.True(t, in.OccurredAt.Equal(kept.OccurredAt))
		require.Equal(t, in.ResourceIDs, kept.ResourceIDs)
		require.Nil(t, kept.IdempotencyKey)

		for _, d := range b.log(t, one) {
			require.Equal(t, one.Type, d.EventType)
			require.Equal(t, delivery.OriginPublish, d.Origin)
		}
	}

	require.Nil(t, b.stored(t, published.Event.ID).SourceEventID)

	derived, err := b.events.Derived(t.Context(), []id.ID{published.Event.ID, published.Derived[0].ID})
	require.NoError(t, err)
	require.Len(t, derived, 1)
	require.Equal(t, []string{"order.large", "order.huge"}, types(derived[published.Event.ID]))
}

func TestPublish_DerivesNothingWhereNoConditionHolds(t *testing.T) {
	t.Parallel()

	b := setupDerived(t)
	b.webhook(t, true, "order.large")

	for name, payload := range map[string]string{
		"it does not hold": `{"total":99}`,
		"what is missing":  `{}`,
		"what fails":       `{"total":"sesame"}`,
	} {
		published := b.publishInput(t, with("order.paid", payload))
		require.Empty(t, published.Derived, name)
		require.Zero(t, published.MatchedWebhookCount, name)
	}

	require.Equal(t, 3, b.count(t, "events"))

	logged := b.logs.String()
	require.Contains(t, logged, "a condition failed, and no event was derived")
	require.Contains(t, logged, "order.large")
	require.NotContains(t, logged, "sesame", "payloads are not for the log")
}

func TestPublish_SameKeyGivesWhatWasDerivedThen(t *testing.T) {
	t.Parallel()

	b := setupDerived(t)
	b.webhook(t, true, "*")

	in := with("order.paid", `{"total":100}`)
	in.IdempotencyKey = new("order-1")
	first := b.publishInput(t, in)
	require.Equal(t, 2, first.MatchedWebhookCount)

	b.derive(t, "order.any", "true")

	again := b.publishInput(t, in)
	require.True(t, again.Duplicate)
	require.Equal(t, first.Event.ID, again.Event.ID)
	require.Equal(t, []id.ID{first.Derived[0].ID}, []id.ID{again.Derived[0].ID})
	require.Len(t, again.Derived, 1)
	require.Equal(t, 2, again.MatchedWebhookCount)

	in.Payload = json.RawMessage(`{"total":1000}`)
	_, err := b.events.Publish(t.Context(), b.scope, b.org, in)
	require.Equal(t, problem.IdempotencyConflict, problemOf(t, err).Code)

	require.Equal(t, 2, b.count(t, "events"))
	require.Equal(t, 2, b.count(t, "deliveries"))
	require.Equal(t, 1, b.count(t, "idempotency_keys"))
	require.Len(t, b.dispatcher.offered, 2)
}

func TestPublish_ManyWithOneKeyAtTheSameTimeDeriveOnce(t *testing.T) {
	t.Parallel()

	b := setupDerived(t)
	b.webhook(t, true, "*")

	var (
		all  sync.WaitGroup
		outs [30]event.Published
		errs [30]error
	)

	for n := range outs {
		all.Go(func() {
			in := with("order.paid", `{"total":1000}`)
			in.IdempotencyKey = new("once")
			outs[n], errs[n] = b.events.Publish(context.Background(), b.scope, b.org, in)
		})
	}

	all.Wait()

	for n, one := range outs {
		require.NoError(t, errs[n])
		require.Equal(t, outs[0].Event.ID, one.Event.ID)
		require.Equal(t, []string{"order.large", "order.huge"}, types(one.Derived))
		require.Equal(t, 3, one.MatchedWebhookCount)
	}

	require.Equal(t, 3, b.count(t, "events"))
	require.Equal(t, 3, b.count(t, "deliveries"))
	require.Len(t, b.dispatcher.offered, 3)
}

func TestPublish_DerivedTypeCannotBePublishedItself(t *testing.T) {
	t.Parallel()

	b := setupDerived(t)
	_, err := b.events.Publish(t.Context(), b.scope, b.org, with("order.large", `{"total":100}`))

	wrong := problemOf(t, err)
	require.Equal(t, problem.Invalid, wrong.Code)
	require.Equal(t, []string{"eventType"}, wrong.Field)
	require.Contains(t, wrong.Message, "order.paid")

	results, err := b.events.PublishMany(t.Context(), b.scope, b.org,
		[]event.Input{with("order.huge", "{}"), with("order.paid", `{"total":100}`)})
	require.NoError(t, err)
	require.Error(t, results[0].Err)
	require.Len(t, results[1].Derived, 1)
	require.Equal(t, 2, b.count(t, "events"))
}

func TestPublish_ArchivedDerivedTypeIsLeftOut(t *testing.T) {
	t.Parallel()

	b := setupDerived(t)
	gone := b.derive(t, "order.any", "true")

	_, err := b.types.Archive(t.Context(), b.scope, gone.ID, true)
	require.NoError(t, err)

	published := b.publishInput(t, with("order.paid", `{"total":100}`))
	require.Equal(t, []string{"order.large"}, types(published.Derived))
}

func TestList_FindsWhatWasDerivedFromAnEvent(t *testing.T) {
	t.Parallel()

	b := setupDerived(t)
	first, second := b.publishInput(t, with("order.paid", `{"total":1000}`)), b.publishInput(t, with("order.paid", `{"total":100}`))

	for _, published := range []event.Published{first, second} {
		found, err := b.events.List(t.Context(), b.scope, b.org,
			event.Filter{SourceEventIDs: []id.ID{published.Event.ID}}, page.Query{Size: 10, Ascending: true})
		require.NoError(t, err)
		require.Equal(t, types(published.Derived), types(found.Items))
	}
}

// sample returns the payload of a sample of an event type.
func (b *testBundle) sample(t *testing.T, eventType string, n int) json.RawMessage {
	t.Helper()

	known, err := b.types.GetByName(t.Context(), b.scope, b.org, eventType)
	require.NoError(t, err)

	return known.Samples[n].Payload
}

func TestSeeds_KX3_EveryTypeThatMatchesTheFactIsDerived(t *testing.T) {
	t.Parallel()

	b := setupProfile(t, "knoxcall")
	answered := func(status string) string {
		return `{"request":{"method":"GET","path":"/"},"timedOut":false,"response":{"statusCode":` + status + `}}`
	}

	for name, test := range map[string]struct {
		payload string
		want    []string
	}{
		"200":     {answered("200"), []string{"request.success"}},
		"299":     {answered("299"), []string{"request.success"}},
		"300":     {answered("300"), []string{"request.redirect"}},
		"399":     {answered("399"), []string{"request.redirect"}},
		"400":     {answered("400"), []string{"request.client_error", "request.error"}},
		"499":     {answered("499"), []string{"request.client_error", "request.error"}},
		"500":     {answered("500"), []string{"request.server_error", "request.error"}},
		"599":     {answered("599"), []string{"request.server_error", "request.error"}},
		"timeout": {`{"request":{"method":"GET","path":"/"},"timedOut":true}`, []string{"request.timeout", "request.error"}},
	} {
		published := b.publishInput(t, with("request.completed", test.payload))
		require.Equal(t, test.want, types(published.Derived), name)
		require.Equal(t, "request.completed", published.Event.Type, "it is there whatever came of the request")
	}

	received := b.publishInput(t, event.Input{
		EventType: "request.received", Payload: b.sample(t, "request.received", 0),
	})
	require.Empty(t, received.Derived)
}

func TestSeeds_KU3_ResultOfAnInspectionIsDerived(t *testing.T) {
	t.Parallel()

	b := setupProfile(t, "kuviq")

	var payload map[string]any

	require.NoError(t, json.Unmarshal(b.sample(t, "inspection.completed", 0), &payload))

	for result, want := range map[string]string{"failed": "inspection.failed", "passed": "inspection.passed"} {
		payload["result"] = result

		text, err := json.Marshal(payload)
		require.NoError(t, err)

		published := b.publishInput(t, with("inspection.completed", string(text)))
		require.Equal(t, []string{want}, types(published.Derived))
	}
}
