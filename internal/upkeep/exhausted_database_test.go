package upkeep_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db/dbtest"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/settings"
	"github.com/surehook/surehook/internal/tenant"
	"github.com/surehook/surehook/internal/upkeep"
)

// fail publishes an event to a webhook, and records that its delivery failed for good.
func (s *services) fail(t *testing.T, to id.ID, change func(*delivery.Record)) id.ID {
	t.Helper()

	out := id.New(id.Delivery)
	published := dbtest.Publish(t, s.pool, s.owner.UUID(), "a.b", "{}", nil,
		dbtest.Delivery{ID: out.UUID(), WebhookID: to.UUID()})
	s.attempt(t, to, id.Event.From(published), out, 1, change)

	return out
}

func (s *services) attempt(t *testing.T, to, of, dlv id.ID, number int, change func(*delivery.Record)) {
	t.Helper()

	one := delivery.Record{
		Attempt: delivery.Attempt{
			ID: id.New(id.Attempt), OrganizationID: s.owner, WebhookID: to, DeliveryID: dlv, EventType: "a.b",
			Number: number, Trigger: delivery.Automatic, Status: delivery.AttemptFailed, StartedAt: s.clock, Method: "POST",
			Response: &delivery.Response{StatusCode: 503},
			Error:    &delivery.Error{Code: delivery.ErrorHTTPStatus, Message: "answered 503"},
		},
		EventID: of, Status: delivery.Failed, MaxAttempts: 1, Counted: true,
	}
	change(&one)

	recorder := delivery.NewRecorder(s.pool)
	defer recorder.Close()

	require.NoError(t, recorder.Record(t.Context(), one))
}

func asItIs(*delivery.Record) {}

func TestUpkeep_TellsOfDeliveriesThatFailedForGood(t *testing.T) {
	t.Parallel()

	s := realServices(t)
	hook := s.create(t, "Shop", settings.Changes{})
	listener := s.create(t, "listener", settings.Changes{}, eventtype.DeliveryExhausted)

	// At once, where it happens.
	now := s.fail(t, hook.ID, asItIs)
	s.tender.Failed(t.Context(), hook.ID, now)
	s.tender.Failed(t.Context(), hook.ID, now)

	told := s.told(t, eventtype.DeliveryExhausted)
	require.Len(t, told, 1)

	state, err := s.deliveries.Get(t.Context(), tenant.All(), now)
	require.NoError(t, err)
	require.Equal(t, map[string]any{
		"deliveryId": now.String(), "eventId": state.EventID.String(), "eventType": "a.b", "webhookId": hook.ID.String(),
		"webhookName": "Shop", "attemptCount": 1.0, "lastResponseStatus": 503.0,
		"lastError": map[string]any{"code": "HTTP_STATUS", "message": "answered 503"},
		"failedAt":  state.CompletedAt.UTC().Format(time.RFC3339Nano),
	}, told[0])

	// Or later, where the process that made the attempt did not come to it.
	s.fail(t, hook.ID, asItIs)
	s.fail(t, hook.ID, asItIs)
	require.Equal(t, upkeep.Result{Exhausted: 2}, s.tend(t))
	require.Zero(t, s.tend(t))
	require.Len(t, s.told(t, eventtype.DeliveryExhausted), 3)

	// When it is tried again and fails again, that is another occasion, and one that was not noted is not.
	_, err = s.deliveries.Retry(t.Context(), tenant.All(), now)
	require.NoError(t, err)
	s.attempt(t, hook.ID, state.EventID, now, 2, asItIs)
	require.Equal(t, upkeep.Result{Exhausted: 1}, s.tend(t))
	s.exec(t, "UPDATE deliveries SET notice_due = true WHERE status = 'FAILED'")
	require.Equal(t, upkeep.Result{Exhausted: 3}, s.tend(t))
	require.Len(t, s.told(t, eventtype.DeliveryExhausted), 4)

	var reached int

	require.NoError(t, s.pool.QueryRow(t.Context(),
		"SELECT count(*) FROM deliveries WHERE webhook_id = $1 AND event_type = 'delivery.exhausted'",
		listener.ID.UUID()).Scan(&reached))
	require.Equal(t, 4, reached)
}

func TestUpkeep_SaysNothingOfDeliveriesThatNobodyHasToHearOf(t *testing.T) {
	t.Parallel()

	s := realServices(t)
	hook := s.create(t, "Shop", settings.Changes{})
	due := func() int { return s.count(t, "deliveries WHERE notice_due") }

	// Nobody is subscribed, or only by a pattern, or by a webhook that is deleted, or to another organization's.
	s.fail(t, hook.ID, asItIs)
	s.create(t, "all", settings.Changes{}, "*")
	s.fail(t, hook.ID, asItIs)
	require.Zero(t, due())

	listener := s.create(t, "listener", settings.Changes{}, eventtype.DeliveryExhausted)

	for name, change := range map[string]func(*delivery.Record){
		"a test":           func(r *delivery.Record) { r.Counted = false },
		"of our own":       func(r *delivery.Record) { r.Attempt.EventType = eventtype.DeliveryExhausted },
		"not the last one": func(r *delivery.Record) { r.Status, r.NextAttemptAt = delivery.Retrying, new(s.clock) },
		"it arrived": func(r *delivery.Record) {
			r.Status, r.Attempt.Status, r.Attempt.Error = delivery.Succeeded, delivery.AttemptSucceeded, nil
		},
	} {
		s.fail(t, hook.ID, change)
		require.Zero(t, due(), name)
	}

	s.fail(t, hook.ID, asItIs)
	require.Equal(t, 1, due())

	// Whoever wanted to hear of it does no more.
	_, _, err := s.hooks.Delete(t.Context(), tenant.All(), listener.ID)
	require.NoError(t, err)
	require.Zero(t, s.tend(t))
	require.Zero(t, due())
	require.Empty(t, s.told(t, eventtype.DeliveryExhausted))
}
