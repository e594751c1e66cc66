package event_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
)

// marked is in the payload, and wherever a payload may get to.
const marked = "hunter2"

// traces returns the tables that have anything of the payload.
func (b *testBundle) traces(t *testing.T) []string {
	t.Helper()

	rows, err := b.pool.Query(t.Context(), `SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY c.relname`)
	require.NoError(t, err)

	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)

	out := []string{}

	for _, table := range tables {
		var all *string

		require.NoError(t, b.pool.QueryRow(t.Context(), "SELECT string_agg(t::text, ' ') FROM "+table+" t").Scan(&all))

		if all != nil && (strings.Contains(*all, marked) || strings.Contains(*all, hex.EncodeToString([]byte(marked)))) {
			out = append(out, table)
		}
	}

	return out
}

// carrying is an attempt of a delivery that has the payload wherever it can be.
func carrying(of delivery.Delivery, status delivery.Status) delivery.Record {
	return delivery.Record{
		Attempt: delivery.Attempt{
			ID: id.New(id.Attempt), OrganizationID: of.OrganizationID, WebhookID: of.WebhookID, DeliveryID: of.ID,
			EventType: of.EventType, Number: of.AttemptCount + 1, Trigger: delivery.Automatic, Status: delivery.AttemptFailed,
			StartedAt: time.Now(), Method: "GET", URL: "https://example.com/hook?q=" + marked,
			RequestHeaders: []delivery.Header{{Name: "Webhook-Id", Value: of.ID.String()}},
			Response: &delivery.Response{
				StatusCode: 400, Headers: []delivery.Header{{Name: "X-Echo", Value: marked}}, Body: []byte(marked), Truncated: true,
			},
			Error: &delivery.Error{Code: delivery.ErrorRender, Message: "no such key: " + marked},
		},
		EventID: of.EventID, Content: &delivery.Content{Method: "GET", Query: "q=" + marked, Body: []byte(marked)},
		Status: status, MaxAttempts: 1, Counted: true,
	}
}

func (b *testBundle) record(t *testing.T, record delivery.Record) {
	t.Helper()

	recorder := delivery.NewRecorder(b.pool)
	defer recorder.Close()

	require.NoError(t, recorder.Record(t.Context(), record))
}

// carried publishes an event with a derived one. Of its deliveries one failed, one waits for another attempt, and two
// were not attempted.
func (b *testBundle) carried(t *testing.T) (source, derived event.Event) {
	t.Helper()

	b.addType(t, eventtype.CreateInput{
		Name: "user.added", Schema: json.RawMessage(`{"properties":{"name":{"enum":["nobody"]}}}`),
		SchemaValidation: eventtype.Warn,
	})
	b.addType(t, eventtype.CreateInput{Name: "user.seen", DerivedFrom: new("user.added"), When: new("true")})
	b.webhook(t, true, "user.added", "user.seen")
	b.webhook(t, true, "user.*")
	b.webhook(t, false, "user.added")

	in := with("user.added", `{"name":"`+marked+`"}`)
	in.IdempotencyKey = new("first")
	out := b.publishInput(t, in)
	require.Contains(t, *out.Event.SchemaMismatch, "name")

	all := b.log(t, out.Event)
	require.Len(t, all, 3)
	b.record(t, carrying(all[0], delivery.Failed))

	retried := carrying(all[1], delivery.Retrying)
	retried.NextAttemptAt = new(time.Now().Add(time.Hour))
	b.record(t, retried)

	return out.Event, out.Derived[0]
}

func TestExpunge_ErasesThePayloadEverywhere(t *testing.T) {
	t.Parallel()

	for name, which := range map[string]func(source, derived event.Event) id.ID{
		"of the event":             func(source, _ event.Event) id.ID { return source.ID },
		"of what was made from it": func(_, derived event.Event) id.ID { return derived.ID },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := setup(t)
			source, derived := b.carried(t)
			other := b.publish(t, "order.paid")
			asked := which(source, derived)
			require.Equal(t, []string{"deliveries", "delivery_attempts", "delivery_contents", "event_payloads"}, b.traces(t))

			out, err := b.events.Expunge(t.Context(), b.scope, asked)
			require.NoError(t, err)
			require.Equal(t, asked, out.ID)
			require.WithinDuration(t, time.Now(), *out.ExpungedAt, time.Minute)
			require.Empty(t, b.traces(t))

			for _, one := range []event.Event{b.stored(t, source.ID), b.stored(t, derived.ID)} {
				require.Nil(t, one.Payload)
				require.Nil(t, one.SchemaMismatch)
				require.NotNil(t, one.ExpungedAt)
			}

			// That it was there stays, and nothing of it is under way.
			statuses := map[delivery.Status]int{}
			for _, one := range append(b.log(t, source), b.log(t, derived)...) {
				statuses[one.Status]++
				require.Nil(t, one.DueAt)
				require.Nil(t, one.HeldReason)
				require.NotNil(t, one.CompletedAt)
			}

			require.Equal(t, map[delivery.Status]int{delivery.Failed: 1, delivery.Canceled: 4}, statuses)

			last, err := b.deliveries.LastAttempts(t.Context(), []id.ID{b.log(t, source)[0].ID})
			require.NoError(t, err)

			attempt := last[b.log(t, source)[0].ID]
			require.Equal(t, "https://example.com/hook", attempt.URL)
			require.Len(t, attempt.RequestHeaders, 1)
			require.Equal(t, delivery.Response{StatusCode: 400, Headers: []delivery.Header{}}, *attempt.Response)
			require.Equal(t, delivery.Error{Code: delivery.ErrorRender, Message: "erased"}, *attempt.Error)

			// To publish it again is a duplicate still, and another event is not touched.
			in := with("user.added", `{"name":"`+marked+`"}`)
			in.IdempotencyKey = new("first")
			again := b.publishInput(t, in)
			require.True(t, again.Duplicate)
			require.Equal(t, source.ID, again.Event.ID)
			require.NotNil(t, b.stored(t, other.Event.ID).Payload)
			require.Empty(t, b.traces(t))

			var action, subject string

			require.NoError(t, b.pool.QueryRow(t.Context(), "SELECT action, subject_id FROM audit_log").Scan(&action, &subject))
			require.Equal(t, "EVENT_EXPUNGED", action)
			require.Equal(t, asked.String(), subject)
			require.NotContains(t, b.logs.String(), marked)
		})
	}
}

func TestExpunge_TwiceIsHarmless(t *testing.T) {
	t.Parallel()

	b := setup(t)
	source, derived := b.carried(t)

	first, err := b.events.Expunge(t.Context(), b.scope, source.ID)
	require.NoError(t, err)

	before := b.log(t, source)

	for _, one := range []id.ID{source.ID, derived.ID} {
		again, err := b.events.Expunge(t.Context(), b.scope, one)
		require.NoError(t, err)
		require.Equal(t, first.ExpungedAt, again.ExpungedAt)
	}

	require.Equal(t, before, b.log(t, source))
	require.Equal(t, 1, b.count(t, "audit_log"))
}

func TestExpunge_OfWhatIsNotTheirsIsRefused(t *testing.T) {
	t.Parallel()

	b := setup(t)
	source, _ := b.carried(t)

	other, err := b.organizations.Create(t.Context(), organization.CreateInput{Name: "Other"})
	require.NoError(t, err)

	for name, test := range map[string]struct {
		scope tenant.Scope
		event id.ID
	}{
		"another organization's": {tenant.Of(other.ID), source.ID},
		"no event":               {b.scope, id.New(id.Event)},
		"no event's id":          {b.scope, b.log(t, source)[0].ID},
	} {
		_, err := b.events.Expunge(t.Context(), test.scope, test.event)
		require.Equal(t, problem.NotFound, problemOf(t, err).Code, name)
	}

	require.Nil(t, b.stored(t, source.ID).ExpungedAt)
	require.Zero(t, b.count(t, "audit_log"))
}

// What an attempt brings that was under way is not kept, whichever of the two the database takes first.
func TestExpunge_LeavesNothingOfAttemptsThatAreUnderWay(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.webhook(t, true, "order.paid")

	recorder := delivery.NewRecorder(b.pool)
	t.Cleanup(recorder.Close)

	for range 30 {
		one := b.publishInput(t, with("order.paid", `{"name":"`+marked+`"}`)).Event
		record := carrying(b.log(t, one)[0], delivery.Succeeded)
		record.Attempt.Status = delivery.AttemptSucceeded

		var (
			both             sync.WaitGroup
			recorded, erased error
		)

		both.Go(func() { recorded = recorder.Record(context.Background(), record) })
		both.Go(func() { _, erased = b.events.Expunge(context.Background(), b.scope, one.ID) })
		both.Wait()

		require.NoError(t, recorded)
		require.NoError(t, erased)
		require.Empty(t, b.traces(t))
		require.Equal(t, delivery.Succeeded, b.log(t, one)[0].Status, "the receiver has it")
		require.Equal(t, 1, b.log(t, one)[0].AttemptCount)
	}
}

// An attempt is recorded by a statement that began before the event was erased, and has to wait for it.
func TestExpunge_IsSeenByARecorderThatHadToWaitForIt(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.webhook(t, true, "order.paid")
	one := b.publishInput(t, with("order.paid", `{"name":"`+marked+`"}`)).Event

	recorder := delivery.NewRecorder(b.pool)
	t.Cleanup(recorder.Close)

	tx, err := b.pool.Begin(t.Context())
	require.NoError(t, err)

	for _, statement := range []string{
		"UPDATE deliveries SET expunged = true, status = 'CANCELED', next_attempt_at = NULL, completed_at = now()",
		"DELETE FROM event_payloads",
	} {
		_, err = tx.Exec(t.Context(), statement)
		require.NoError(t, err)
	}

	record := carrying(b.log(t, one)[0], delivery.Failed)
	done := make(chan error, 1)

	go func() { done <- recorder.Record(context.Background(), record) }()

	require.Eventually(t, func() bool {
		return b.count(t, "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") > 0
	}, 10*time.Second, 5*time.Millisecond)
	require.NoError(t, tx.Commit(t.Context()))
	require.NoError(t, <-done)
	require.Empty(t, b.traces(t))
	require.Equal(t, delivery.Canceled, b.log(t, one)[0].Status)
	require.Equal(t, 1, b.log(t, one)[0].AttemptCount)
	require.Zero(t, b.count(t, "webhook_activity WHERE failed > 0"), "what was canceled has not failed")
}

func TestRelease_IsRefusedWithoutAPayload(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.addType(t, eventtype.CreateInput{
		Name: "user.added", Schema: json.RawMessage(`{"required":["n"]}`), SchemaValidation: eventtype.Quarantine,
	})
	b.webhook(t, true, "user.added")

	one, two := b.publish(t, "user.added").Event, b.publish(t, "user.added").Event
	require.NotNil(t, two.QuarantinedAt)

	_, err := b.events.Expunge(t.Context(), b.scope, one.ID)
	require.NoError(t, err)
	require.Nil(t, b.stored(t, one.ID).QuarantinedAt, "it can never be released")

	// The other's went with its part.
	_, err = b.pool.Exec(t.Context(), "DELETE FROM event_payloads")
	require.NoError(t, err)

	for _, event := range []id.ID{one.ID, two.ID} {
		_, err := b.events.Release(t.Context(), b.scope, event, true)
		require.Equal(t, problem.PayloadGone, problemOf(t, err).Code)
	}

	require.Zero(t, b.count(t, "deliveries"))
}

func TestPublish_AKeyIsFreeAgainWhenItsEventIsNotKeptAnyMore(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.webhook(t, true, "order.paid")

	in := input("order.paid")
	in.IdempotencyKey = new("first")
	old := b.publishInput(t, in)

	// Its part of the log was dropped.
	_, err := b.pool.Exec(t.Context(), "DELETE FROM events")
	require.NoError(t, err)

	b.dispatcher.offered = nil

	var (
		all     sync.WaitGroup
		results [8]event.Published
		errs    [8]error
	)

	in.Payload = json.RawMessage(`{"total":2}`)

	for n := range results {
		all.Go(func() { results[n], errs[n] = b.events.Publish(context.Background(), b.scope, b.org, in) })
	}

	all.Wait()

	first := 0

	for n, one := range results {
		require.NoError(t, errs[n])
		require.Equal(t, results[0].Event.ID, one.Event.ID)

		if !one.Duplicate {
			first++
		}
	}

	require.Equal(t, 1, first, "it is published once")
	require.NotEqual(t, old.Event.ID, results[0].Event.ID)
	require.Len(t, b.dispatcher.offered, 1)
	require.Equal(t, 1, b.count(t, "idempotency_keys"))
}
