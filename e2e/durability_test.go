package e2e

import (
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/e2e/stack"
)

func TestDurability_KilledBetweenPublishAndReceiptEverythingAcknowledgedArrives(t *testing.T) {
	t.Parallel()

	surehook := own(t, stack.Options{})
	b := in(t, surehook, "order.paid")

	// The receiver lets nothing through until the process has been killed.
	killed := make(chan struct{})
	to := receiver(t, func(_ int, _ http.ResponseWriter, r *http.Request) {
		select {
		case <-killed:
		case <-r.Context().Done():
		}
	})
	b.webhook(t, to.URL, map[string]any{"settings": map[string]any{"timeoutSeconds": 60}})

	acknowledged := make(map[string]bool)
	for n := range 100 {
		acknowledged[b.publish(t, "order.paid", map[string]any{"n": n})] = true
	}

	require.NoError(t, surehook.Kill())
	close(killed)
	require.NoError(t, surehook.Restart(t.Context(), stack.Options{}))

	arrived := make(map[string]string)
	for len(arrived) < len(acknowledged) {
		got := next(t, to)

		event := got.Header.Get("surehook-event-id")
		if got.Header.Get("surehook-attempt") == "" || !acknowledged[event] {
			require.Fail(t, "something came that was never published")
		}

		if before, twice := arrived[event]; twice {
			require.Equal(t, before, got.Header.Get("webhook-id"), "a repeated request has the same webhook id")
		}

		arrived[event] = got.Header.Get("webhook-id")
	}

	b.eventually(t, map[string]any{"statuses": []string{"PENDING", "RETRYING", "FAILED"}}, allHave("", 0))
}

//nolint:paralleltest // it takes Temporal away from everybody else
func TestDurability_PublishingGoesOnWhileTemporalIsStopped(t *testing.T) {
	surehook := own(t, stack.Options{})
	b := in(t, surehook, "order.paid")
	to := receiver(t, nil)
	b.webhook(t, to.URL, nil)

	require.NoError(t, shared.stack.Temporal.Kill())

	acknowledged := make(map[string]bool)
	for n := range 50 {
		acknowledged[b.publish(t, "order.paid", map[string]any{"n": n})] = true
	}

	require.Empty(t, to.All())

	// A process that starts meanwhile accepts events too.
	require.NoError(t, surehook.Stop())
	require.NoError(t, surehook.Restart(t.Context(), stack.Options{NotReady: true}))

	acknowledged[b.publish(t, "order.paid", map[string]any{"n": 50})] = true

	require.NoError(t, shared.stack.StartTemporal(t.Context()))

	for len(acknowledged) > 0 {
		delete(acknowledged, next(t, to).Header.Get("surehook-event-id"))
	}
}

func TestDurability_GracefulStopFinishesWhatIsInFlight(t *testing.T) {
	t.Parallel()

	surehook := own(t, stack.Options{})
	b := in(t, surehook, "order.paid")

	arrived, release := make(chan struct{}), make(chan struct{})

	var first sync.Once

	to := receiver(t, func(int, http.ResponseWriter, *http.Request) {
		first.Do(func() { close(arrived) })
		<-release
	})
	b.webhook(t, to.URL, nil)
	b.publish(t, "order.paid", map[string]any{"n": 1})
	<-arrived

	require.NoError(t, surehook.Signal(syscall.SIGTERM))

	// It is stopping once it takes no more requests.
	require.Eventually(t, func() bool {
		_, err := b.Publish(t.Context(), "order.paid", map[string]any{"n": 2})

		return err != nil
	}, patience, 20*time.Millisecond)
	close(release)
	<-surehook.Done()

	require.NoError(t, surehook.Restart(t.Context(), stack.Options{}))
	b.eventually(t, nil, func(found []stack.Delivery) bool {
		for _, one := range found {
			if one.Status != "SUCCEEDED" || one.AttemptCount != 1 {
				return false
			}
		}

		return len(found) > 0
	})

	seen := make(map[string]int)
	for _, one := range to.All() {
		seen[one.Header.Get("webhook-id")]++
	}

	for webhookID, times := range seen {
		require.Equal(t, 1, times, "%s was sent more than once", webhookID)
	}
}

func TestDurability_DatabaseOutageNeverCausesASecondRequest(t *testing.T) {
	t.Parallel()

	postgres, env, err := shared.stack.StartPostgres(t.Context(), "doomed")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, postgres.Stop()) })

	surehook := own(t, stack.Options{Server: env["SUREHOOK_DATABASE_URL"]})
	b := in(t, surehook, "order.paid")

	// One travels alone, the others share a batch.
	const events = 6

	arrived, release := make(chan struct{}, events), make(chan struct{})
	to := receiver(t, func(int, http.ResponseWriter, *http.Request) {
		arrived <- struct{}{}
		<-release
	})
	b.webhook(t, to.URL, map[string]any{"settings": map[string]any{"timeoutSeconds": 60}})
	b.publish(t, "order.paid", map[string]any{"n": 1})
	<-arrived
	b.publishMany(t, events-1)

	for range events - 1 {
		<-arrived
	}

	// The database is gone when the answers come, for longer than an attempt waits for it.
	require.NoError(t, postgres.Stop())
	close(release)

	require.Eventually(t, func() bool { return strings.Contains(surehook.Output(), `"record_error"`) },
		patience, 50*time.Millisecond)

	postgres, err = shared.stack.RestartPostgres(t.Context(), "doomed", env["SUREHOOK_DATABASE_URL"])
	require.NoError(t, err)

	var found []stack.Delivery

	require.Eventually(t, func() bool {
		// The first queries may still meet connections that are gone.
		found, err = b.Deliveries(t.Context(), nil)

		return err == nil && allHave("SUCCEEDED", events)(found)
	}, patience, 50*time.Millisecond)

	for _, one := range found {
		require.Equal(t, 1, one.AttemptCount)
	}

	require.Len(t, to.All(), events)
}
