package bulk_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/bulk"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/pubsub"
	"github.com/surehook/surehook/internal/tenant"
)

func TestControl_APausedJobDoesNothingUntilItIsResumed(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.put(t, 1_200, b.webhook(t), delivery.Failed)
	job := b.retry(t, delivery.Filter{})
	require.Equal(t, 500, b.step(t, job.ID).Processed)

	next := b.hear(t)
	paused, err := b.bulk.Pause(t.Context(), b.scope, job.ID)
	require.NoError(t, err)
	require.Equal(t, bulk.Paused, paused.Status)
	require.Nil(t, paused.CompletedAt)
	require.Equal(t, hint(job), next())

	// Whoever is at it stops by itself, and nobody starts again.
	status, err := b.bulk.Run(t.Context(), job.ID, nil)
	require.NoError(t, err)
	require.Equal(t, bulk.Paused, status)
	require.Equal(t, 500, b.get(t, job.ID).Processed)
	require.Nil(t, b.get(t, job.ID).EstimatedCompletionAt(time.Now()))

	due, err := b.bulk.Due(t.Context())
	require.NoError(t, err)
	require.Empty(t, due)

	resumed, err := b.bulk.Resume(t.Context(), b.scope, job.ID)
	require.NoError(t, err)
	require.Equal(t, bulk.Running, resumed.Status)
	require.Equal(t, hint(job), next())
	require.Equal(t, pubsub.Tend, next())

	due, err = b.bulk.Due(t.Context())
	require.NoError(t, err)
	require.Equal(t, []id.ID{job.ID}, due)

	require.Equal(t, 1_000, b.step(t, job.ID).Processed, "it goes on where it stopped")
}

func TestControl_ACanceledJobIsOver(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.put(t, 1_200, b.webhook(t), delivery.Failed)

	for name, pause := range map[string]bool{"running": false, "paused": true} {
		job := b.retry(t, delivery.Filter{})
		b.step(t, job.ID)

		if pause {
			_, err := b.bulk.Pause(t.Context(), b.scope, job.ID)
			require.NoError(t, err, name)
		}

		canceled, err := b.bulk.Cancel(t.Context(), b.scope, job.ID)
		require.NoError(t, err, name)
		require.Equal(t, bulk.Canceled, canceled.Status, name)
		require.NotNil(t, canceled.CompletedAt, name)

		before := b.get(t, job.ID)
		require.Equal(t, before, b.step(t, job.ID), name)
		require.Equal(t, 1, b.count(t, `SELECT count(*) FROM audit_log WHERE action = 'BULK_OPERATION_CANCELED'
			AND subject_id = $1`, job.ID.String()), name)
	}

	// What was let loose goes on, and nobody is told of an end.
	require.Equal(t, 1_000, b.count(t, "SELECT count(*) FROM deliveries WHERE status = 'RETRYING'"))

	require.NoError(t, b.bulk.Announce(t.Context()))
	require.Zero(t, b.count(t, "SELECT count(*) FROM events WHERE event_type = 'bulk_operation.completed'"))
}

func TestControl_RefusesWhatTheStatusDoesNotAllow(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.put(t, 2, b.webhook(t), delivery.Failed)

	running := b.retry(t, delivery.Filter{}).ID
	paused, canceled := b.retry(t, delivery.Filter{}).ID, b.retry(t, delivery.Filter{}).ID
	completed := b.finish(t, b.retry(t, delivery.Filter{})).ID

	_, err := b.bulk.Pause(t.Context(), b.scope, paused)
	require.NoError(t, err)
	_, err = b.bulk.Cancel(t.Context(), b.scope, canceled)
	require.NoError(t, err)

	type change = func(context.Context, tenant.Scope, id.ID) (bulk.Operation, error)

	for name, test := range map[string]struct {
		change change
		of     id.ID
		code   problem.Code
	}{
		"cancel canceled":  {b.bulk.Cancel, canceled, problem.Conflict},
		"cancel completed": {b.bulk.Cancel, completed, problem.Conflict},
		"cancel unknown":   {b.bulk.Cancel, id.New(id.BulkOperation), problem.NotFound},
		"pause canceled":   {b.bulk.Pause, canceled, problem.Conflict},
		"pause completed":  {b.bulk.Pause, completed, problem.Conflict},
		"pause paused":     {b.bulk.Pause, paused, problem.Conflict},
		"pause unknown":    {b.bulk.Pause, id.New(id.BulkOperation), problem.NotFound},
		"resume canceled":  {b.bulk.Resume, canceled, problem.Conflict},
		"resume completed": {b.bulk.Resume, completed, problem.Conflict},
		"resume running":   {b.bulk.Resume, running, problem.Conflict},
		"resume unknown":   {b.bulk.Resume, id.New(id.BulkOperation), problem.NotFound},
	} {
		_, err := test.change(t.Context(), b.scope, test.of)
		code, field := refusal(t, err)
		require.Equal(t, test.code, code, name)
		require.Equal(t, []string{"id"}, field, name)
	}

	require.Equal(t, bulk.Running, b.get(t, running).Status)
	require.Equal(t, bulk.Paused, b.get(t, paused).Status)
	require.Equal(t, bulk.Completed, b.get(t, completed).Status)
}

func TestDue_IsWhatRunsAndNobodyLooksAfter(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.put(t, 700, b.webhook(t), delivery.Failed)

	clock := time.Now()
	service := b.anotherProcess(bulk.Parts{Now: func() time.Time { return clock }})
	job := b.retry(t, delivery.Filter{})

	due := func() []id.ID {
		found, err := service.Due(t.Context())
		require.NoError(t, err)

		return found
	}

	require.Equal(t, []id.ID{job.ID}, due(), "a new one at once")

	clock = clock.Add(time.Second)
	_, _, err := service.Step(t.Context(), job.ID)
	require.NoError(t, err)
	require.Empty(t, due())

	clock = clock.Add(14 * time.Second)
	require.Empty(t, due())

	clock = clock.Add(2 * time.Second)
	require.Equal(t, []id.ID{job.ID}, due())

	// Time in which nobody looked after it is no time that it was active in.
	before := b.get(t, job.ID).Active
	require.Positive(t, before)

	_, _, err = service.Step(t.Context(), job.ID)
	require.NoError(t, err)
	require.Equal(t, before, b.get(t, job.ID).Active)
	require.Empty(t, due())
}

func TestOperation_SaysHowFastItIsAndWhenItWillBeDone(t *testing.T) {
	t.Parallel()

	now := time.Now()
	one := bulk.Operation{Status: bulk.Running, Total: 1_000}
	require.Nil(t, one.RatePerSecond())
	require.Nil(t, one.EstimatedCompletionAt(now))

	one.Processed, one.Active = 250, 10*time.Second
	require.InDelta(t, 25, *one.RatePerSecond(), 1e-9)
	require.Equal(t, now.Add(30*time.Second), *one.EstimatedCompletionAt(now))

	for _, status := range []bulk.Status{bulk.Canceled, bulk.Completed, bulk.Paused} {
		one.Status = status
		require.Nil(t, one.EstimatedCompletionAt(now))
		require.NotNil(t, one.RatePerSecond())
	}
}

func TestStep_TellsTheOwnerOnceThatAJobHasComeToItsEnd(t *testing.T) {
	t.Parallel()

	b := setup(t)
	listener := b.webhook(t, to(eventtype.BulkOperationCompleted))
	b.webhook(t, to("*"))
	b.put(t, 3, b.webhook(t), delivery.Failed)

	done := b.finish(t, b.retry(t, delivery.Filter{}))

	announced := func() []event.Event {
		found, err := b.events.List(t.Context(), b.scope, b.org,
			event.Filter{EventTypes: []string{eventtype.BulkOperationCompleted}}, page.Query{Size: 10})
		require.NoError(t, err)

		return found.Items
	}
	require.Len(t, announced(), 1)
	require.Equal(t, listener, b.deliveriesOf(t, announced()[0].ID)[0].WebhookID)
	require.Len(t, b.deliveriesOf(t, announced()[0].ID), 1)

	whole, err := b.events.ByIDs(t.Context(), []id.ID{announced()[0].ID})
	require.NoError(t, err)

	var data map[string]any

	require.NoError(t, json.Unmarshal(whole[announced()[0].ID].Payload, &data))
	require.Equal(t, map[string]any{
		"bulkOperationId": done.ID.String(), "kind": "RETRY_DELIVERIES", "webhookId": nil, "eventId": nil, "total": 3.0,
		"processed": 3.0, "failed": 0.0, "skipped": 0.0, "createdAt": done.CreatedAt.UTC().Format(time.RFC3339Nano),
		"completedAt": done.CompletedAt.UTC().Format(time.RFC3339Nano),
	}, data)

	require.Zero(t, b.count(t, "SELECT count(*) FROM bulk_operations WHERE notice_due"), "it was told at once")

	// A notice that was given but not noted is not given twice.
	b.exec(t, "UPDATE bulk_operations SET notice_due = true")

	require.NoError(t, b.bulk.Announce(t.Context()))
	require.Len(t, announced(), 1)
	require.Zero(t, b.count(t, "SELECT count(*) FROM bulk_operations WHERE notice_due"))
}

func TestList_IsNewestFirst(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.put(t, 1, b.webhook(t), delivery.Failed)

	one, two := b.retry(t, delivery.Filter{}), b.retry(t, delivery.Filter{})

	found, err := b.bulk.List(t.Context(), b.scope, b.org, page.Query{Size: 10})
	require.NoError(t, err)
	require.Equal(t, []bulk.Operation{two, one}, found.Items)

	_, scope := b.organization(t)
	_, err = b.bulk.List(t.Context(), scope, b.org, page.Query{Size: 10})
	code, _ := refusal(t, err)
	require.Equal(t, problem.NotFound, code)
}
