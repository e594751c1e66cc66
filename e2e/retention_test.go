package e2e

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	temporal_enums "go.temporal.io/api/enums/v1"
	temporal_client "go.temporal.io/sdk/client"

	"github.com/surehook/surehook/activities"
	"github.com/surehook/surehook/e2e/stack"
	"github.com/surehook/surehook/workflows"
)

// told is an operational event as it arrives.
type told struct {
	Type string
	Data map[string]any
}

func notice(t *testing.T, from *stack.Receiver) (out told) {
	t.Helper()
	require.NoError(t, json.Unmarshal(next(t, from).Body, &out))

	return out
}

func TestNotices_OwnersHearOfExhaustedDeliveriesAndExpiringSecrets(t *testing.T) {
	t.Parallel()

	b := setup(t, "order.paid")
	to, owner := receiver(t, answers(500)), receiver(t, nil)
	hook := b.webhook(t, to.URL, with(retries(1), map[string]any{"name": "Shop"}))
	// It fails as well, and nobody is told of that.
	deaf := receiver(t, answers(404))
	operational := map[string]any{"eventTypes": []string{"delivery.exhausted", "webhook.secret_expiring"}}
	b.webhook(t, owner.URL, operational)
	b.webhook(t, deaf.URL, with(operational, settings(map[string]any{"retryPolicy": map[string]any{"enabled": false}})))

	event := b.publish(t, "order.paid", map[string]any{"text": secretText})
	failed := b.eventually(t, map[string]any{"webhookIds": []string{hook.ID}}, allHave("FAILED", 1))[0]

	got := notice(t, owner)
	require.Equal(t, "delivery.exhausted", got.Type)
	require.NotEmpty(t, got.Data["failedAt"])
	delete(got.Data, "failedAt")
	require.Equal(t, map[string]any{
		"deliveryId": failed.ID, "eventId": event, "eventType": "order.paid", "webhookId": hook.ID, "webhookName": "Shop",
		"attemptCount": 2.0, "lastResponseStatus": 500.0,
		"lastError": map[string]any{"code": "HTTP_STATUS", "message": "answered 500 Internal Server Error"},
	}, got.Data)

	change(t, b.Client, "rotateWebhookSecret", map[string]any{"webhookId": hook.ID, "overlapSeconds": 3_600}, "", nil)
	tend(t)

	got = notice(t, owner)
	require.Equal(t, "webhook.secret_expiring", got.Type)
	require.Equal(t, hook.ID, got.Data["webhookId"])

	// The one that is deaf got both, failed both times, and no third came of it.
	next(t, deaf)
	next(t, deaf)
	b.eventually(t, map[string]any{
		"eventTypes": []string{"delivery.exhausted", "webhook.secret_expiring"}, "statuses": []string{"FAILED"},
	}, allHave("FAILED", 2))
	tend(t)
	b.eventually(t, map[string]any{"eventTypes": []string{"delivery.exhausted"}}, func(found []stack.Delivery) bool {
		require.Len(t, found, 2)

		return true
	})
}

func TestExpunge_EndsWhatIsUnderWay(t *testing.T) {
	t.Parallel()

	b := setup(t, "order.paid")
	to := receiver(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = w.Write([]byte(secretText))
	})
	b.webhook(t, to.URL, retries(3, 3_600))

	event := b.publish(t, "order.paid", map[string]any{"text": secretText})
	next(t, to)
	b.eventually(t, nil, allHave("RETRYING", 1))

	change(t, b.Client, "expungeEvent", map[string]any{"eventId": event}, "event { id expungedAt }", nil)

	canceled := b.eventually(t, nil, allHave("CANCELED", 1))[0]
	require.Empty(t, canceled.Attempts.Nodes[0].Request.Body)
	require.Empty(t, canceled.Attempts.Nodes[0].Response.Body)

	// Its workflow looks once more, and finds that there is nothing to do.
	require.NoError(t, temporal(t).GetWorkflow(t.Context(), canceled.ID, "").Get(t.Context(), nil))
	require.Len(t, to.All(), 1)
}

func TestRetention_ScheduleDropsWhatIsOldWhilePublishingGoesOn(t *testing.T) {
	t.Parallel()

	surehook := own(t, stack.Options{Env: []string{"SUREHOOK_RETENTION_DAYS=10", "SUREHOOK_PAYLOAD_RETENTION_DAYS=1"}})
	b := in(t, surehook, "order.paid")
	to := receiver(t, nil)
	b.webhook(t, to.URL, nil)

	b.publish(t, "order.paid", map[string]any{"n": 1})
	next(t, to)
	b.eventually(t, nil, allHave("SUCCEEDED", 1))

	conn, err := pgx.Connect(t.Context(), surehook.DatabaseURL)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close(context.WithoutCancel(t.Context()))) })

	// Each table gets a part that ended five days ago.
	_, err = conn.Exec(t.Context(), `
		DO $$
		DECLARE
			log_table text;
			ended text := lpad(to_hex((extract(epoch FROM date_trunc('day', now()) - interval '5 days') * 1000)::bigint),
				12, '0') || '70000000000000000000';
			bound text;
		BEGIN
			FOREACH log_table IN ARRAY
				ARRAY['events', 'event_payloads', 'deliveries', 'delivery_contents', 'delivery_attempts']
			LOOP
				SELECT substring(pg_get_expr(relpartbound, oid) FROM 'TO .*$') INTO bound FROM pg_class
				WHERE oid = (log_table || '_first')::regclass;
				EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', log_table, log_table || '_first');
				EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (MINVALUE) TO (%L)',
					log_table || '_old', log_table, ended);
				EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) %s',
					log_table, log_table || '_first', ended, bound);
			END LOOP;
		END
		$$`)
	require.NoError(t, err)

	// A backup reads for as long as the dropping takes.
	backup, err := conn.Begin(t.Context())
	require.NoError(t, err)

	_, err = backup.Exec(t.Context(), "SELECT count(*) FROM event_payloads")
	require.NoError(t, err)

	schedule := temporal(t).ScheduleClient().GetHandle(t.Context(), workflows.RetentionSchedule(surehook.TaskQueue))
	require.NoError(t, schedule.Trigger(t.Context(),
		temporal_client.ScheduleTriggerOptions{Overlap: temporal_enums.SCHEDULE_OVERLAP_POLICY_ALLOW_ALL}))

	var started temporal_client.ScheduleWorkflowExecution

	require.Eventually(t, func() bool {
		found, err := schedule.Describe(t.Context())
		require.NoError(t, err)

		if len(found.Info.RecentActions) > 0 {
			started = *found.Info.RecentActions[0].StartWorkflowResult
		}

		return started.WorkflowID != ""
	}, patience, 50*time.Millisecond)

	for n := range 20 {
		b.publish(t, "order.paid", map[string]any{"n": n})
		next(t, to)
	}

	require.NoError(t, backup.Rollback(t.Context()))

	var result activities.KeepRetentionResult

	run := temporal(t).GetWorkflow(t.Context(), started.WorkflowID, started.FirstExecutionRunID)
	require.NoError(t, run.Get(t.Context(), &result))
	require.Equal(t, activities.KeepRetentionResult{Dropped: 2}, result, "payloads, and what was sent")
	b.eventually(t, nil, allHave("SUCCEEDED", 21))

	var left int

	require.NoError(t, conn.QueryRow(t.Context(),
		"SELECT count(*) FROM pg_class WHERE relname LIKE '%\\_old' AND relkind = 'r'").Scan(&left))
	require.Equal(t, 3, left, "the rest is kept for ten days")
}
