package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/e2e/stack"
)

// operation is a bulk operation as the API shows it.
type operation struct {
	ID                                string
	Status                            string
	Total, Processed, Failed, Skipped int
	RatePerSecond                     *float64
}

const operationFields = `id status total processed failed skipped ratePerSecond`

// start asks for a bulk operation with one of the mutations that can.
func (b *testBundle) start(t *testing.T, mutation, kind string, input map[string]any) operation {
	t.Helper()

	var made map[string]struct {
		BulkOperation *operation
		UserErrors    []stack.UserError
	}

	require.NoError(t, b.Do(t.Context(), `mutation ($input: `+kind+`!) { `+mutation+`(input: $input) {
		bulkOperation { `+operationFields+` } userErrors { code message field } } }`,
		map[string]any{"input": input}, &made))
	require.Empty(t, made[mutation].UserErrors)

	return *made[mutation].BulkOperation
}

func (b *testBundle) operation(ctx context.Context, id string) (operation, error) {
	var found struct{ BulkOperation operation }

	err := b.Do(ctx, `query ($id: ID!) { bulkOperation(id: $id) { `+operationFields+` } }`,
		map[string]any{"id": id}, &found)

	return found.BulkOperation, err
}

// until waits until an operation is as wanted. It must never go back while it is watched.
func (b *testBundle) until(t *testing.T, id string, from int, wanted func(operation) bool) operation {
	t.Helper()

	var now operation

	require.Eventually(t, func() bool {
		var err error

		now, err = b.operation(t.Context(), id)
		require.NoError(t, err)
		require.GreaterOrEqual(t, now.Processed, from, "progress never goes back")
		from = now.Processed

		return wanted(now)
	}, 2*patience, 20*time.Millisecond)

	return now
}

func done(o operation) bool { return o.Status == "COMPLETED" }

// count asks the database of an installation, which is there also when its process is not.
func count(t *testing.T, surehook *stack.Surehook, sql string) (n int) {
	t.Helper()

	conn, err := pgx.Connect(t.Context(), surehook.DatabaseURL)
	require.NoError(t, err)
	require.NoError(t, conn.QueryRow(t.Context(), sql).Scan(&n))
	require.NoError(t, conn.Close(t.Context()))

	return n
}

// fail makes n deliveries that have failed for good, long ago, without anything having been sent.
func (b *testBundle) fail(t *testing.T, n int, hook stack.Webhook) {
	t.Helper()
	b.switchWebhook(t, "disable", hook)

	for range n / 100 {
		b.publishMany(t, 100)
	}

	conn, err := pgx.Connect(t.Context(), b.surehook.DatabaseURL)
	require.NoError(t, err)

	changed, err := conn.Exec(t.Context(), `UPDATE deliveries SET status = 'FAILED', held_reason = NULL, attempt_count = 1,
		completed_at = now() - interval '1 day'`)
	require.NoError(t, err)
	require.EqualValues(t, n, changed.RowsAffected())
	require.NoError(t, conn.Close(t.Context()))
	b.switchWebhook(t, "enable", hook)
}

// switchWebhook enables or disables one.
func (b *testBundle) switchWebhook(t *testing.T, verb string, hook stack.Webhook) {
	t.Helper()

	mutation := map[string]string{
		"disable": `mutation ($id: ID!) { disableWebhook(input: {id: $id}) { userErrors { code } } }`,
		"enable":  `mutation ($id: ID!) { enableWebhook(input: {id: $id}) { userErrors { code } } }`,
	}[verb]

	var out map[string]struct{ UserErrors []stack.UserError }

	require.NoError(t, b.Do(t.Context(), mutation, map[string]any{"id": hook.ID}, &out))
	require.Empty(t, out[verb+"Webhook"].UserErrors)
}

func TestBulk_AKilledWorkerRetriesEachItemOnce(t *testing.T) {
	t.Parallel()

	const items = 5_000

	surehook := own(t, stack.Options{})
	b := in(t, surehook, "order.paid")
	to := receiver(t, nil)
	hook := b.webhook(t, to.URL, nil)
	b.fail(t, items, hook)
	require.Empty(t, to.All())

	began := time.Now()
	job := b.start(t, "retryDeliveries", "RetryDeliveriesInput", map[string]any{
		"organizationId": b.OrganizationID, "filter": map[string]any{"webhookIds": []string{hook.ID}},
	})
	require.Equal(t, items, job.Total)

	before := b.until(t, job.ID, 0, func(o operation) bool { return o.Processed >= items*40/100 })
	require.NoError(t, surehook.Kill())
	require.Less(t, before.Processed, items, "it was killed before its end")

	arrived := len(to.All())
	inFlight := arrived - count(t, surehook, "SELECT count(*) FROM delivery_attempts")

	require.NoError(t, surehook.Restart(t.Context(), stack.Options{}))
	after := b.until(t, job.ID, before.Processed, done)
	require.Equal(t, operation{
		ID: job.ID, Status: "COMPLETED", Total: items, Processed: items, RatePerSecond: after.RatePerSecond,
	}, after)

	require.Eventually(t, func() bool {
		return count(t, surehook, "SELECT count(*) FROM deliveries WHERE status = 'SUCCEEDED' AND attempt_count = 2") == items
	}, 2*patience, 100*time.Millisecond)
	t.Logf("%d items took %s, of which %d had arrived when the worker was killed, %d of them unrecorded",
		items, time.Since(began), arrived, inFlight)

	times := make(map[string]int)
	for _, one := range to.All() {
		times[one.Header.Get("webhook-id")]++
	}

	require.Len(t, times, items)

	repeated := len(to.All()) - items
	require.LessOrEqual(t, repeated, inFlight, "only what was in flight is sent again")
}

func TestBulk_PausesResumesAndTellsItsOwner(t *testing.T) {
	t.Parallel()

	const items = 300

	surehook := own(t, stack.Options{})
	b := in(t, surehook, "order.paid")
	to, owner := receiver(t, nil), receiver(t, nil)
	hook := b.webhook(t, to.URL, nil)
	b.webhook(t, owner.URL, map[string]any{"eventTypes": []string{"bulk_operation.completed"}})
	b.fail(t, items, hook)

	job := b.start(t, "recoverWebhook", "RecoverWebhookInput", map[string]any{
		"webhookId": hook.ID, "since": time.Now().Add(-time.Hour).Format(time.RFC3339), "maxPerSecond": 100,
	})
	b.until(t, job.ID, 0, func(o operation) bool { return o.Processed >= 50 })

	change := func(verb, input string) {
		t.Helper()

		var out map[string]struct{ UserErrors []stack.UserError }

		require.NoError(t, b.Do(t.Context(), `mutation ($input: `+input+`!) { `+verb+`BulkOperation(input: $input) {
			userErrors { code } } }`, map[string]any{"input": map[string]any{"id": job.ID}}, &out))
		require.Empty(t, out[verb+"BulkOperation"].UserErrors)
	}

	change("pause", "PauseBulkOperationInput")

	paused, err := b.operation(t.Context(), job.ID)
	require.NoError(t, err)
	require.Equal(t, "PAUSED", paused.Status)
	require.Less(t, paused.Processed, items)

	// Its workflow ends, and what was let loose arrives.
	client := temporal(t)
	require.NoError(t, client.GetWorkflow(t.Context(), job.ID, "").Get(t.Context(), nil))

	for range paused.Processed {
		next(t, to)
	}

	require.Equal(t, paused.Processed, count(t, surehook, "SELECT processed FROM bulk_operations"))

	change("resume", "ResumeBulkOperationInput")
	b.until(t, job.ID, paused.Processed, done)

	for range items - paused.Processed {
		next(t, to)
	}

	next(t, owner)
	require.Len(t, to.All(), items)
}
