package event_test

import (
	"encoding/json"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
)

const (
	wantsNumber = `{"type":"object","required":["total"],"properties":{"total":{"type":"number"}}}`
	wantsAny    = `{"type":"object"}`
	wrong       = `{"total":"much"}`
)

// strict makes an event type that deals with payloads that do not match as told.
func (b *testBundle) strict(t *testing.T, validation eventtype.SchemaValidation) eventtype.EventType {
	t.Helper()

	return b.addType(t, eventtype.CreateInput{
		Name: "strict.type", Schema: json.RawMessage(wantsNumber), SchemaValidation: validation,
	})
}

// quarantine publishes an event that is kept from being delivered.
func (b *testBundle) quarantine(t *testing.T) event.Event {
	t.Helper()

	out := b.publishInput(t, with("strict.type", wrong)).Event
	require.NotNil(t, out.QuarantinedAt)

	return out
}

func TestPublish_PayloadThatDoesNotMatchIsDealtWithAsTheTypeSays(t *testing.T) {
	t.Parallel()

	for validation, test := range map[eventtype.SchemaValidation]struct {
		accepted, noted, quarantined bool
	}{
		eventtype.Off:        {true, false, false},
		eventtype.Quarantine: {true, true, true},
		eventtype.Reject:     {false, false, false},
		eventtype.Warn:       {true, true, false},
	} {
		t.Run(string(validation), func(t *testing.T) {
			t.Parallel()

			b := setup(t)
			hook := b.webhook(t, true, "*")
			b.strict(t, validation)

			good := b.publishInput(t, with("strict.type", `{"total":1}`))
			require.Equal(t, []id.ID{hook.ID}, b.reached(t, good.Event))
			require.Nil(t, good.Event.SchemaMismatch)
			require.Nil(t, good.Event.QuarantinedAt)

			published, err := b.events.Publish(t.Context(), b.scope, b.org, with("strict.type", wrong))
			if !test.accepted {
				problems, ok := problem.Of(err)
				require.True(t, ok, "%v", err)
				require.Len(t, problems, 1)
				require.Equal(t, problem.PayloadSchemaMismatch, problems[0].Code)
				require.Equal(t, "payload", problems[0].Field[0])
				require.Equal(t, 1, b.count(t, "events"))

				return
			}

			require.NoError(t, err)

			kept := b.stored(t, published.Event.ID)
			require.Equal(t, test.noted, kept.SchemaMismatch != nil)
			require.Equal(t, test.quarantined, kept.QuarantinedAt != nil)
			require.Equal(t, published.Event.SchemaMismatch, kept.SchemaMismatch)

			if test.noted {
				require.Contains(t, *kept.SchemaMismatch, "payload.total: ")
			}

			want := []id.ID{hook.ID}
			if test.quarantined {
				want = []id.ID{}
			}

			require.Equal(t, want, b.reached(t, kept))
			require.Equal(t, len(want), published.MatchedWebhookCount)
			require.Len(t, b.dispatcher.offered, 1+len(want))
		})
	}
}

func TestPublish_WhatIsWrongBesideTheSchemaIsRefusedInEveryMode(t *testing.T) {
	t.Parallel()

	for _, validation := range []eventtype.SchemaValidation{eventtype.Off, eventtype.Quarantine, eventtype.Warn} {
		b := setup(t)
		b.strict(t, validation)

		for _, payload := range []string{"[]", "{", `"text"`, "null", ""} {
			_, err := b.events.Publish(t.Context(), b.scope, b.org, with("strict.type", payload))
			require.Equal(t, problem.Invalid, problemOf(t, err).Code, "%s: %q", validation, payload)
		}

		require.Zero(t, b.count(t, "events"))
	}
}

func TestPublish_NothingIsDerivedFromWhatIsInQuarantineUntilItIsReleased(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.strict(t, eventtype.Quarantine)
	b.addType(t, eventtype.CreateInput{
		Name: "strict.wrong", DerivedFrom: new("strict.type"), When: new(`event.data.total == "much"`),
	})
	hook := b.webhook(t, true, "strict.wrong")

	held := b.publishInput(t, with("strict.type", wrong))
	require.Empty(t, held.Derived)
	require.Equal(t, 1, b.count(t, "events"))

	released, err := b.events.Release(t.Context(), b.scope, held.Event.ID, true)
	require.NoError(t, err)
	require.Equal(t, []string{"strict.wrong"}, types(released.Derived))
	require.Equal(t, 1, released.MatchedWebhookCount)
	require.Equal(t, []id.ID{hook.ID}, b.reached(t, released.Derived[0]))
	require.Nil(t, b.stored(t, released.Derived[0].ID).QuarantinedAt)
	require.Equal(t, held.Event.ID, *b.stored(t, released.Derived[0].ID).SourceEventID)
}

func TestPublish_SameKeyGivesWhatIsInQuarantine(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.webhook(t, true, "*")
	b.strict(t, eventtype.Quarantine)

	in := with("strict.type", wrong)
	in.IdempotencyKey = new("once")
	first := b.publishInput(t, in)

	again := b.publishInput(t, in)
	require.True(t, again.Duplicate)
	require.Equal(t, first.Event.ID, again.Event.ID)
	require.NotNil(t, again.Event.QuarantinedAt)
	require.Zero(t, again.MatchedWebhookCount)

	_, err := b.events.Release(t.Context(), b.scope, first.Event.ID, true)
	require.NoError(t, err)

	again = b.publishInput(t, in)
	require.True(t, again.Duplicate)
	require.Nil(t, again.Event.QuarantinedAt)
	require.Equal(t, 1, again.MatchedWebhookCount)
	require.Equal(t, 1, b.count(t, "deliveries"))
}

func TestList_TellsWhatIsInQuarantine(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.strict(t, eventtype.Quarantine)

	free, held := b.publish(t, "order.paid").Event, b.quarantine(t)

	for quarantined, want := range map[bool]id.ID{false: free.ID, true: held.ID} {
		found, err := b.events.List(t.Context(), b.scope, b.org, event.Filter{Quarantined: &quarantined},
			page.Query{Size: 10})
		require.NoError(t, err)
		require.Len(t, found.Items, 1)
		require.Equal(t, want, found.Items[0].ID)
	}
}

func TestRelease_SendsTheEventOnceTheSchemaIsMended(t *testing.T) {
	t.Parallel()

	b := setup(t)
	strict := b.strict(t, eventtype.Quarantine)
	held := b.quarantine(t)

	// Who subscribes meanwhile gets it, too: it counts as published when it is released.
	on, off := b.webhook(t, true, "*"), b.webhook(t, false, "strict.type")

	_, err := b.events.Release(t.Context(), b.scope, held.ID, false)
	mismatch := problemOf(t, err)
	require.Equal(t, problem.PayloadSchemaMismatch, mismatch.Code)
	require.Equal(t, "eventId", mismatch.Field[0])
	require.NotNil(t, b.stored(t, held.ID).QuarantinedAt)
	require.Zero(t, b.count(t, "deliveries"))

	_, _, err = b.types.AddSchema(t.Context(), b.scope, strict.ID, json.RawMessage(wantsAny))
	require.NoError(t, err)

	released, err := b.events.Release(t.Context(), b.scope, held.ID, false)
	require.NoError(t, err)
	require.Equal(t, held.ID, released.Event.ID)
	require.Nil(t, released.Event.QuarantinedAt)
	require.Equal(t, 2, released.MatchedWebhookCount)
	require.Nil(t, b.stored(t, held.ID).QuarantinedAt)
	require.NotNil(t, b.stored(t, held.ID).SchemaMismatch, "that it did not match stays known")
	require.Equal(t, held.Payload, b.stored(t, held.ID).Payload)
	require.ElementsMatch(t, []id.ID{on.ID, off.ID}, b.reached(t, held))
	require.Len(t, b.dispatcher.offered, 1)
	require.Equal(t, on.ID, b.dispatcher.offered[0].WebhookID)

	for _, one := range b.log(t, held) {
		require.Equal(t, one.WebhookID == off.ID, one.Status == delivery.Held)
	}
}

func TestRelease_UncheckedSendsItAsItIs(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hook := b.webhook(t, true, "*")
	b.strict(t, eventtype.Quarantine)
	held := b.quarantine(t)

	released, err := b.events.Release(t.Context(), b.scope, held.ID, true)
	require.NoError(t, err)
	require.Equal(t, 1, released.MatchedWebhookCount)
	require.Equal(t, []id.ID{hook.ID}, b.reached(t, held))
}

func TestRelease_LeavesUnclaimedWhatThisProcessCannotTakeOn(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.webhook(t, true, "*")
	b.strict(t, eventtype.Quarantine)
	held := b.quarantine(t)
	b.dispatcher.process = nil

	_, err := b.events.Release(t.Context(), b.scope, held.ID, true)
	require.NoError(t, err)
	require.False(t, b.log(t, held)[0].Claimed)
	require.Empty(t, b.dispatcher.offered)
}

func TestRelease_OfManyAtTheSameTimeOneDelivers(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.webhook(t, true, "*")
	b.strict(t, eventtype.Quarantine)
	b.addType(t, eventtype.CreateInput{Name: "strict.any", DerivedFrom: new("strict.type"), When: new("true")})

	held := b.quarantine(t)
	other := b.anotherProcess(t)

	var (
		all  sync.WaitGroup
		errs [12]error
	)

	for n := range errs {
		all.Go(func() {
			service := b.events
			if n%2 == 1 {
				service = other
			}

			_, errs[n] = service.Release(t.Context(), b.scope, held.ID, true)
		})
	}

	all.Wait()

	var released int

	for _, err := range errs {
		if err == nil {
			released++

			continue
		}

		require.Equal(t, problem.Conflict, problemOf(t, err).Code)
	}

	require.Equal(t, 1, released)
	require.Equal(t, 2, b.count(t, "events"))
	require.Equal(t, 2, b.count(t, "deliveries"))
	require.Len(t, b.dispatcher.offered, 2)
}

func TestRelease_RefusesWhatCannotBeReleased(t *testing.T) {
	t.Parallel()

	b := setup(t)
	strict := b.strict(t, eventtype.Quarantine)
	free, held := b.publish(t, "order.paid").Event, b.quarantine(t)
	missing := problem.Missing("event", "eventId")

	_, err := b.events.Release(t.Context(), b.scope, free.ID, true)
	require.Equal(t, problem.Conflict, problemOf(t, err).Code)

	for name, scope := range map[string]tenant.Scope{"another organization": tenant.Of(id.New(id.Organization)), "nobody": {}} {
		_, err = b.events.Release(t.Context(), scope, held.ID, true)
		require.Equal(t, missing, err, name)
	}

	for _, unknown := range []id.ID{id.New(id.Event), id.Delivery.From(held.ID.UUID()), {}} {
		_, err = b.events.Release(t.Context(), b.scope, unknown, true)
		require.Equal(t, missing, err)
	}

	_, err = b.types.Archive(t.Context(), b.scope, strict.ID, true)
	require.NoError(t, err)

	_, err = b.events.Release(t.Context(), b.scope, held.ID, true)
	require.Equal(t, problem.UnknownEventType, problemOf(t, err).Code, "it is out of use by now")
	require.NotNil(t, b.stored(t, held.ID).QuarantinedAt)
	require.Zero(t, b.count(t, "deliveries"))
}
