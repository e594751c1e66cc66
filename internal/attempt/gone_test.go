package attempt_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/attempt"
	"github.com/surehook/surehook/internal/delivery"
)

func TestRun_SendsNothingWhenThePayloadIsGone(t *testing.T) {
	t.Parallel()

	for name, change := range map[string]string{
		"due":                   "UPDATE deliveries SET next_attempt_at = now()",
		"due later":             "UPDATE deliveries SET next_attempt_at = now() + interval '1 hour'",
		"to a disabled webhook": "UPDATE webhooks SET status = 'DISABLED', disabled_reason = 'MANUAL', disabled_at = now()",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := setup(t, nil)
			b.exec(t, change)
			b.exec(t, "DELETE FROM event_payloads")

			require.Equal(t, attempt.Canceled, b.run(t).State)
			require.Equal(t, delivery.Canceled, b.state(t).Status)
			require.Equal(t, attempt.Canceled, b.run(t).State)
			require.Zero(t, b.sent())
			require.Zero(t, b.state(t).AttemptCount)
		})
	}
}

func TestRun_SendsWhatWasMadeBeforeThePayloadWent(t *testing.T) {
	t.Parallel()

	b := setup(t, status(500))
	require.Equal(t, attempt.Waiting, b.run(t).State)

	b.exec(t, "DELETE FROM event_payloads")
	b.later(t)
	require.Equal(t, attempt.Waiting, b.run(t).State)
	require.Len(t, b.bodies, 2)
	require.Equal(t, b.bodies[0], b.bodies[1])
}

func TestRun_GivesUpADeliveryWhoseEventIsGone(t *testing.T) {
	t.Parallel()

	b := setup(t, nil)
	b.exec(t, "DELETE FROM events")

	_, err := b.runner.Run(t.Context(), b.delivery)
	require.ErrorIs(t, err, attempt.ErrNoDelivery)
	require.Equal(t, delivery.Canceled, b.state(t).Status, "nobody tries it again")
	require.Zero(t, b.sent())
}

// The request is on its way when somebody has the event erased: it may arrive, and what it carried is not kept.
func TestRun_KeepsNothingOfARequestThatWasUnderWayWhenItsEventWasErased(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		code int
		want delivery.Status
	}{"accepted": {200, delivery.Succeeded}, "refused": {500, delivery.Canceled}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			release := make(chan struct{})
			b := setup(t, func(w http.ResponseWriter, _ *http.Request) {
				<-release
				w.Header().Set("X-Echo", "hunter2")
				w.WriteHeader(test.code)
				_, _ = w.Write([]byte("hunter2"))
			})

			done := make(chan error, 1)

			go func() {
				_, err := b.runner.Run(context.Background(), b.delivery)
				done <- err
			}()

			require.Eventually(t, func() bool { return b.sent() == 1 }, 10*time.Second, 5*time.Millisecond)
			b.exec(t, `UPDATE deliveries SET expunged = true, status = 'CANCELED', next_attempt_at = NULL, completed_at = now()`)
			b.exec(t, "DELETE FROM event_payloads")
			close(release)
			require.NoError(t, <-done)

			require.Equal(t, test.want, b.state(t).Status)
			require.Equal(t, 1, b.state(t).AttemptCount)
			require.Equal(t, delivery.Response{StatusCode: test.code, Headers: []delivery.Header{}}, *b.last(t).Response)

			var contents int

			require.NoError(t, b.pool.QueryRow(t.Context(), "SELECT count(*) FROM delivery_contents").Scan(&contents))
			require.Zero(t, contents)
		})
	}
}
