package e2e

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	temporal_workflowservice "go.temporal.io/api/workflowservice/v1"
	temporal_client "go.temporal.io/sdk/client"
	"golang.org/x/sync/errgroup"

	"github.com/surehook/surehook/e2e/stack"
	"github.com/surehook/surehook/internal/id"
)

// change runs a mutation that must not be refused.
func (b *testBundle) change(t *testing.T, name, input string, values map[string]any, selection string) {
	t.Helper()

	var answer map[string]struct{ UserErrors []stack.UserError }

	query := fmt.Sprintf("mutation ($input: %s!) { %s(input: $input) { %s userErrors { code message field } } }",
		input, name, selection)
	require.NoError(t, b.Do(t.Context(), query, map[string]any{"input": values}, &answer))
	require.Empty(t, answer[name].UserErrors)
}

// backlog is what is held for a webhook.
type backlog struct {
	Status            string
	HeldDeliveryCount int
	Holding           *struct{ Reason string }
}

func (b *testBundle) backlog(t *testing.T, webhook string) backlog {
	t.Helper()

	var out struct{ Webhook backlog }

	require.NoError(t, b.Do(t.Context(), `query ($id: ID!) { webhook(id: $id) {
		status heldDeliveryCount holding { reason } } }`, map[string]any{"id": webhook}, &out))

	return out.Webhook
}

// unlimited lets the organization publish as much as a test needs.
func (b *testBundle) unlimited(t *testing.T) {
	t.Helper()
	require.NoError(t, b.surehook.ChangeLimits(t.Context(), b.OrganizationID, map[string]any{"maxPublishPerMinute": 100_000}))
}

func TestFlow_ResumingSendsWhatWasHeldInOrderAtTheChosenRate(t *testing.T) {
	t.Parallel()

	const (
		events = 1_000
		rate   = 100
	)

	b := setup(t, "order.paid")
	b.unlimited(t)

	to := receiver(t, nil)
	hook := b.webhook(t, to.URL, nil)

	b.change(t, "pauseWebhook", "PauseWebhookInput", map[string]any{"id": hook.ID}, "webhook { status }")

	for range events / 100 {
		b.publishMany(t, 100)
	}

	held := b.backlog(t, hook.ID)
	require.Equal(t, events, held.HeldDeliveryCount)
	require.Equal(t, "WEBHOOK_PAUSED", held.Holding.Reason)
	require.Empty(t, to.All())

	b.change(t, "resumeWebhook", "ResumeWebhookInput", map[string]any{"id": hook.ID, "maxPerSecond": rate},
		"releasedDeliveryCount")

	started := time.Now()

	for range events {
		next(t, to)
	}

	t.Logf("%d deliveries in %s", events, time.Since(started))

	got := to.All()
	require.Len(t, got, events)

	// Ids sort by when they were made, so sorting by them is the order of publishing.
	order := make(map[string]time.Time, events)
	for _, one := range got {
		order[one.Header.Get("webhook-id")] = one.At
	}

	require.Len(t, order, events, "each came once")

	ids := make([]string, 0, events)
	for one := range order {
		ids = append(ids, one)
	}

	slices.Sort(ids)

	var latest time.Time

	for _, one := range ids {
		require.Less(t, latest.Sub(order[one]), 2*time.Second, "nothing overtakes but what is let go at about the same time")

		if order[one].After(latest) {
			latest = order[one]
		}
	}

	// What Surehook lets go keeps to the rate whatever else the machine does. On a busy one, requests may bunch on the
	// way.
	released := b.released(t, hook.ID)
	require.Len(t, released, events)
	require.True(t, slices.IsSortedFunc(released, time.Time.Compare), "they are let go in the order of publishing")
	require.LessOrEqual(t, busiest(released), rate*11/10)

	arrived := make([]time.Time, len(got))
	for n, one := range got {
		arrived[n] = one.At
	}

	t.Logf("at most %d let go and %d received in a second", busiest(released), busiest(arrived))
	require.LessOrEqual(t, busiest(arrived), rate*3/2)
	require.Nil(t, b.backlog(t, hook.ID).Holding)
}

// released returns when each delivery to a webhook was let go, in the order of publishing.
func (b *testBundle) released(t *testing.T, webhook string) []time.Time {
	t.Helper()

	hook, err := id.Parse(webhook)
	require.NoError(t, err)

	conn, err := pgx.Connect(t.Context(), b.surehook.DatabaseURL)
	require.NoError(t, err)

	rows, err := conn.Query(t.Context(), "SELECT claimed_at FROM deliveries WHERE webhook_id = $1 ORDER BY id",
		hook.UUID().String())
	require.NoError(t, err)

	out, err := pgx.CollectRows(rows, pgx.RowTo[time.Time])
	require.NoError(t, err)
	require.NoError(t, conn.Close(t.Context()))

	return out
}

// busiest is how many of the moments, which are in order, lie within any second.
func busiest(all []time.Time) (most int) {
	first := 0

	for n, one := range all {
		for one.Sub(all[first]) >= time.Second {
			first++
		}

		most = max(most, n-first+1)
	}

	return most
}

// openWorkflows counts the workflows that run for a webhook.
func openWorkflows(ctx context.Context, temporal temporal_client.Client, webhook string) (int, error) {
	found, err := temporal.CountWorkflow(ctx, &temporal_workflowservice.CountWorkflowExecutionsRequest{
		Namespace: "default", Query: fmt.Sprintf("WebhookId = '%s' AND ExecutionStatus = 'Running'", webhook),
	})

	return int(found.GetCount()), err
}

//nolint:paralleltest // it keeps the machine busy, and measures
func TestFlow_DeadEndpointCostsFewWorkflowsAndGetsEverythingWhenItIsBack(t *testing.T) {
	const events = 20_000

	b := setup(t, "order.paid")
	b.unlimited(t)

	var up atomic.Bool

	to := receiver(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		if !up.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	hook := b.webhook(t, to.URL, map[string]any{"settings": map[string]any{"breaker": map[string]any{"cooldownSeconds": 2}}})

	temporal, err := temporal_client.Dial(temporal_client.Options{HostPort: shared.stack.TemporalAddress})
	require.NoError(t, err)
	t.Cleanup(temporal.Close)

	watching, stop := context.WithCancel(t.Context())

	var (
		most    int
		watcher sync.WaitGroup
	)

	watcher.Go(func() {
		for watching.Err() == nil {
			if open, err := openWorkflows(watching, temporal, hook.ID); err == nil {
				most = max(most, open)
			}
		}
	})

	publishers, _ := errgroup.WithContext(t.Context())
	for range 4 {
		publishers.Go(func() error {
			for range events / 400 {
				b.publishMany(t, 100)
			}

			return nil
		})
	}

	require.NoError(t, publishers.Wait())

	require.Equal(t, "BREAKER_OPEN", b.backlog(t, hook.ID).Holding.Reason)
	require.Eventually(t, func() bool { return b.backlog(t, hook.ID).HeldDeliveryCount > events-500 },
		patience, 100*time.Millisecond, "what was about to be sent is put aside")

	down := len(to.All())

	up.Store(true)

	back := time.Now()

	accepted := make(map[string]bool, events)
	for n := 0; len(accepted) < events; n++ {
		one := next(t, to)
		if n >= down {
			accepted[one.Header.Get("webhook-id")] = true
		}
	}

	took := time.Since(back)

	stop()
	watcher.Wait()

	t.Logf("%d requests while it was down, at most %d workflows open, all %d accepted %s after it was back",
		down, most, events, took)
	require.LessOrEqual(t, most, 500)
	require.Positive(t, most)

	b.eventually(t, map[string]any{"statuses": []string{"PENDING", "RETRYING", "HELD", "FAILED"}}, allHave("", 0))
}
