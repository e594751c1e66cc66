package delivery_test

import (
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/db/dbtest"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/job"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type dispatcher struct {
	process uuid.UUID
	offered []job.Job
	full    bool
}

func (d *dispatcher) Reserve(int) *uuid.UUID {
	if d.full {
		return nil
	}

	return &d.process
}

func (d *dispatcher) Offer(jobs ...job.Job) { d.offered = append(d.offered, jobs...) }

type testBundle struct {
	pool       *db.Pool
	dispatcher *dispatcher
	service    *delivery.Service
	recorder   *delivery.Recorder
	org        id.ID
	scope      tenant.Scope
}

func setup(t *testing.T) *testBundle {
	t.Helper()

	b := &testBundle{pool: dbtest.Pool(t), dispatcher: &dispatcher{process: uuid.New()}, org: id.New(id.Organization)}
	b.scope = tenant.Of(b.org)
	b.service = delivery.NewService(b.pool, b.dispatcher, slog.New(slog.DiscardHandler), time.Now)
	b.recorder = delivery.NewRecorder(b.pool)
	t.Cleanup(b.recorder.Close)

	return b
}

// insert makes a delivery of an event type to a webhook.
func (b *testBundle) insert(t *testing.T, webhook id.ID, eventType string) delivery.Delivery {
	t.Helper()

	one := id.New(id.Delivery)
	dbtest.Publish(t, b.pool, b.org.UUID(), eventType, "{}", nil, dbtest.Delivery{ID: one.UUID(), WebhookID: webhook.UUID()})

	return b.get(t, one)
}

func (b *testBundle) get(t *testing.T, one id.ID) delivery.Delivery {
	t.Helper()

	found, err := b.service.Get(t.Context(), b.scope, one)
	require.NoError(t, err)

	return found
}

// record writes the next attempt of a delivery.
func (b *testBundle) record(
	t *testing.T, d delivery.Delivery, code int, status delivery.Status, next *time.Time,
) delivery.Record {
	t.Helper()

	record := delivery.Record{
		Attempt: delivery.Attempt{
			ID: id.New(id.Attempt), OrganizationID: d.OrganizationID, WebhookID: d.WebhookID, DeliveryID: d.ID,
			EventType: d.EventType, Number: d.AttemptCount + 1, Trigger: delivery.Automatic, Status: delivery.AttemptFailed,
			StartedAt: time.Now(), Duration: time.Millisecond, Method: "POST", URL: "https://example.com",
			Response: &delivery.Response{StatusCode: code, Body: []byte{0, 255}},
			Error:    &delivery.Error{Code: delivery.ErrorHTTPStatus, Message: "answered"},
		},
		EventID: d.EventID, Content: &delivery.Content{Method: "POST", Body: []byte("{}")}, Status: status, MaxAttempts: 3,
		NextAttemptAt: next, Counted: true,
	}
	if status == delivery.Succeeded {
		record.Attempt.Status, record.Attempt.Error = delivery.AttemptSucceeded, nil
	}

	require.NoError(t, b.recorder.Record(t.Context(), record))

	return record
}

func TestList_FiltersByEverythingOffered(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one, two := id.New(id.Webhook), id.New(id.Webhook)
	first := b.insert(t, one, "a.b")
	b.record(t, first, 200, delivery.Succeeded, nil)
	second := b.insert(t, two, "a.c")
	b.record(t, second, 500, delivery.Failed, nil)
	third := b.insert(t, two, "a.b")

	// Another organization's are never seen.
	foreign := setup(t)
	foreign.pool = b.pool
	foreign.insertInto(t, b)

	for name, test := range map[string]struct {
		filter delivery.Filter
		want   []id.ID
	}{
		"all":             {delivery.Filter{}, []id.ID{first.ID, second.ID, third.ID}},
		"created":         {delivery.Filter{CreatedAt: delivery.TimeRange{To: &first.CreatedAt}}, nil},
		"created since":   {delivery.Filter{CreatedAt: delivery.TimeRange{From: new(first.ID.Time())}}, []id.ID{first.ID, second.ID, third.ID}},
		"event":           {delivery.Filter{EventIDs: []id.ID{second.EventID}}, []id.ID{second.ID}},
		"event type":      {delivery.Filter{EventTypes: []string{"a.b"}}, []id.ID{first.ID, third.ID}},
		"nothing":         {delivery.Filter{WebhookIDs: []id.ID{}}, nil},
		"origin":          {delivery.Filter{Origins: []delivery.Origin{delivery.OriginTest}}, nil},
		"response status": {delivery.Filter{ResponseStatuses: []int{500, 404}}, []id.ID{second.ID}},
		"status":          {delivery.Filter{Statuses: []delivery.Status{delivery.Pending}}, []id.ID{third.ID}},
		"together":        {delivery.Filter{WebhookIDs: []id.ID{two}, EventTypes: []string{"a.b"}}, []id.ID{third.ID}},
		"webhook":         {delivery.Filter{WebhookIDs: []id.ID{two}}, []id.ID{second.ID, third.ID}},
	} {
		q, err := page.Args{}.Query(true)
		require.NoError(t, err)

		found, err := b.service.List(t.Context(), b.scope, b.org, test.filter, q)
		require.NoError(t, err)

		var got []id.ID
		for _, d := range found.Items {
			got = append(got, d.ID)
		}

		require.Equal(t, test.want, got, name)
	}
}

// insertInto makes a delivery of this bundle's organization in another's database.
func (b *testBundle) insertInto(t *testing.T, other *testBundle) {
	t.Helper()

	b.pool = other.pool
	b.service = other.service
	b.insert(t, id.New(id.Webhook), "a.b")
}

func TestListAttempts_FiltersByEverythingOffered(t *testing.T) {
	t.Parallel()

	b := setup(t)
	d := b.insert(t, id.New(id.Webhook), "a.b")
	first := b.record(t, d, 500, delivery.Retrying, new(time.Now()))
	second := b.record(t, b.get(t, d.ID), 200, delivery.Succeeded, nil)

	for name, test := range map[string]struct {
		filter delivery.AttemptFilter
		want   []id.ID
	}{
		"all":             {delivery.AttemptFilter{}, []id.ID{first.Attempt.ID, second.Attempt.ID}},
		"delivery":        {delivery.AttemptFilter{DeliveryIDs: []id.ID{id.New(id.Delivery)}}, nil},
		"event type":      {delivery.AttemptFilter{EventTypes: []string{"a.b"}}, []id.ID{first.Attempt.ID, second.Attempt.ID}},
		"response status": {delivery.AttemptFilter{ResponseStatuses: []int{200}}, []id.ID{second.Attempt.ID}},
		"started":         {delivery.AttemptFilter{StartedAt: delivery.TimeRange{From: new(time.Now().Add(time.Hour))}}, nil},
		"status":          {delivery.AttemptFilter{Statuses: []delivery.AttemptStatus{delivery.AttemptFailed}}, []id.ID{first.Attempt.ID}},
		"webhook":         {delivery.AttemptFilter{WebhookIDs: []id.ID{d.WebhookID}}, []id.ID{first.Attempt.ID, second.Attempt.ID}},
	} {
		q, err := page.Args{}.Query(true)
		require.NoError(t, err)

		found, err := b.service.ListAttempts(t.Context(), b.scope, b.org, test.filter, q)
		require.NoError(t, err)

		var got []id.ID
		for _, a := range found.Items {
			got = append(got, a.ID)
		}

		require.Equal(t, test.want, got, name)
	}
}

func TestRecorder_RepeatedAndLateResultsChangeNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	d := b.insert(t, id.New(id.Webhook), "a.b")
	first := b.record(t, d, 200, delivery.Succeeded, nil)
	require.NoError(t, b.recorder.Record(t.Context(), first))

	// The same attempt made by another process, which thinks that it failed.
	late := first
	late.Attempt.ID, late.Status, late.NextAttemptAt = id.New(id.Attempt), delivery.Retrying, new(time.Now())
	require.NoError(t, b.recorder.Record(t.Context(), late))

	got := b.get(t, d.ID)
	require.Equal(t, delivery.Succeeded, got.Status)
	require.Equal(t, 1, got.AttemptCount)
	require.Equal(t, 1, got.ScheduledAttemptCount)
}

func TestRecorder_OneBadRecordDoesNotFailTheOthers(t *testing.T) {
	t.Parallel()

	b := setup(t)

	var all sync.WaitGroup

	for n := range 40 {
		d := b.insert(t, id.New(id.Webhook), "a.b")
		record := delivery.Record{
			Attempt: delivery.Attempt{
				ID: id.New(id.Attempt), OrganizationID: b.org, WebhookID: d.WebhookID, DeliveryID: d.ID, EventType: "a.b",
				Number: 1, Trigger: delivery.Automatic, Status: delivery.AttemptSucceeded, StartedAt: time.Now(),
			},
			Status: delivery.Succeeded, MaxAttempts: 1,
		}

		if n == 17 {
			record.Attempt.Status = "NONSENSE"
		}

		all.Go(func() {
			err := b.recorder.Record(t.Context(), record)
			require.Equal(t, n == 17, err != nil, fmt.Sprint(err))
		})
	}

	all.Wait()
}

func TestRetry_IsCommittedAndOfferedToTheDispatcher(t *testing.T) {
	t.Parallel()

	b := setup(t)
	d := b.insert(t, id.New(id.Webhook), "a.b")
	b.record(t, d, 500, delivery.Failed, nil)

	got, err := b.service.Retry(t.Context(), b.scope, d.ID)
	require.NoError(t, err)
	require.Equal(t, delivery.Retrying, got.Status)
	require.Equal(t, delivery.Manual, got.NextTrigger)
	require.Nil(t, got.ResumeAt)
	require.Nil(t, got.CompletedAt)
	require.Equal(t, []job.Job{{
		DeliveryID: d.ID, OrganizationID: b.org, WebhookID: d.WebhookID, EventType: "a.b", Wake: true,
	}}, b.dispatcher.offered)

	_, err = b.service.Retry(t.Context(), b.scope, d.ID)
	require.Equal(t, problem.NotRetryable, code(t, err), "it is under way")
}

func TestRetry_KeepsAScheduleThatIsUnderWay(t *testing.T) {
	t.Parallel()

	b := setup(t)
	later := time.Now().Add(time.Hour).Truncate(time.Microsecond)
	d := b.insert(t, id.New(id.Webhook), "a.b")
	b.record(t, d, 500, delivery.Retrying, &later)

	got, err := b.service.Retry(t.Context(), b.scope, d.ID)
	require.NoError(t, err)
	require.WithinDuration(t, later, *got.ResumeAt, 0)
	require.WithinDuration(t, time.Now(), *got.DueAt, time.Minute)
}

func TestRetry_RefusesWhatCannotBeRetriedAndChangesNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	pending := b.insert(t, id.New(id.Webhook), "a.b")
	succeeded := b.insert(t, id.New(id.Webhook), "a.b")
	b.record(t, succeeded, 200, delivery.Succeeded, nil)

	held := b.insert(t, id.New(id.Webhook), "a.b")
	b.hold(t, held)

	for _, one := range []id.ID{pending.ID, succeeded.ID, held.ID} {
		before := b.get(t, one)
		_, err := b.service.Retry(t.Context(), b.scope, one)
		require.Equal(t, problem.NotRetryable, code(t, err))
		require.Equal(t, before, b.get(t, one))
	}

	_, err := b.service.Retry(t.Context(), tenant.Of(id.New(id.Organization)), pending.ID)
	require.Equal(t, problem.NotFound, code(t, err))

	_, err = b.service.Retry(t.Context(), b.scope, id.New(id.Delivery))
	require.Equal(t, problem.NotFound, code(t, err))
	require.Empty(t, b.dispatcher.offered)
}

// hold puts a delivery aside, as the flow does.
func (b *testBundle) hold(t *testing.T, one delivery.Delivery) {
	t.Helper()

	_, err := dbsqlc.New(b.pool).HoldDeliveries(t.Context(), dbsqlc.HoldDeliveriesParams{
		Ids: []uuid.UUID{one.ID.UUID()}, Reasons: []string{string(delivery.WebhookDisabled)}, Now: time.Now(),
	})
	require.NoError(t, err)
}

func code(t *testing.T, err error) problem.Code {
	t.Helper()

	problems, ok := problem.Of(err)
	require.True(t, ok, "%v", err)

	return problems[0].Code
}
