package attempt_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/attempt"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/settings"
)

func TestRun_SendsWhatIsDueOnceAndRecordsIt(t *testing.T) {
	t.Parallel()

	b := setup(t, status(201, "X-Answer", "yes"))
	require.Equal(t, attempt.Succeeded, b.run(t).State)
	require.Equal(t, attempt.Succeeded, b.run(t).State)
	require.Equal(t, 1, b.sent())

	verifier, err := standardwebhooks.NewWebhook(b.secrets[0].Reveal())
	require.NoError(t, err)
	require.NoError(t, verifier.Verify(b.bodies[0], b.requests[0].Header))
	require.Equal(t, b.delivery.String(), b.requests[0].Header.Get("webhook-id"))
	require.Contains(t, string(b.bodies[0]), `"data":{"b":"<é>","a":1.10}`, "the payload goes out as it came in")

	state, last := b.state(t), b.last(t)
	require.Equal(t, delivery.Succeeded, state.Status)
	require.Equal(t, 201, *state.LastResponseStatus)
	require.NotNil(t, state.CompletedAt)
	require.Nil(t, state.DueAt)
	require.Equal(t, 1, last.Number)
	require.Equal(t, delivery.AttemptSucceeded, last.Status)
	require.Equal(t, "127.0.0.1", *last.RemoteIP)
	require.NotNil(t, last.Timings.Connect)
	require.NotNil(t, last.Timings.FirstByte)
	require.Contains(t, last.Response.Headers, delivery.Header{Name: "X-Answer", Value: "yes"})

	contents, err := b.log.Contents(t.Context(), []id.ID{b.delivery})
	require.NoError(t, err)
	require.Equal(t, delivery.Content{Method: "POST", Body: b.bodies[0]}, contents[b.delivery])
}

func TestRun_FollowsTheScheduleToItsEnd(t *testing.T) {
	t.Parallel()

	b := setup(t, status(500))

	for n, want := range []time.Duration{10 * time.Second, 20 * time.Second} {
		outcome := b.run(t)
		require.Equal(t, attempt.Waiting, outcome.State)
		require.InDelta(t, want.Seconds(), outcome.Wait.Seconds(), 1)
		require.Contains(t, outcome.Failure, "answered 500 Internal Server Error (HTTP_STATUS) on attempt")

		require.Equal(t, attempt.Waiting, b.run(t).State, "it is not due yet")
		require.Equal(t, n+1, b.sent())
		b.later(t)
	}

	require.Equal(t, attempt.Failed, b.run(t).State)
	require.Equal(t, 3, b.sent())
	require.Equal(t, delivery.Failed, b.state(t).Status)
	require.Contains(t, b.run(t).Failure, "on attempt 3 of 3")
	require.Equal(t, 3, b.sent(), "a delivery that has failed is left alone")
	require.Equal(t, b.bodies[0], b.bodies[2])
}

func TestRun_HonoursRetryAfter(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		header string
		want   time.Duration
	}{
		"longer than the schedule":  {"3600", time.Hour},
		"nonsense":                  {"soon", 10 * time.Second},
		"shorter than the schedule": {"1", time.Second},
		"unreasonable":              {"99999999", 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := setup(t, status(503, "Retry-After", test.header))
			require.InDelta(t, test.want.Seconds(), b.run(t).Wait.Seconds(), 1)
		})
	}
}

func TestRun_GoneForGoodIsNotRetried(t *testing.T) {
	t.Parallel()

	b := setup(t, status(410))
	require.Equal(t, attempt.Failed, b.run(t).State)
	require.Equal(t, delivery.Failed, b.state(t).Status)
}

func TestRun_RedirectIsAFailureAndNotFollowed(t *testing.T) {
	t.Parallel()

	for _, code := range []int{301, 302, 303, 307, 308} {
		b := setup(t, status(code, "Location", "/elsewhere"))
		require.Equal(t, attempt.Waiting, b.run(t).State)
		require.Equal(t, delivery.ErrorRedirect, b.last(t).Error.Code)
		require.Equal(t, 1, b.sent())
	}
}

func TestRun_RetryByHandUsesNothingOfTheScheduleUp(t *testing.T) {
	t.Parallel()

	b := setup(t, status(500))
	require.Equal(t, attempt.Waiting, b.run(t).State)

	scheduled := *b.state(t).DueAt
	b.exec(t, `UPDATE deliveries SET next_trigger = 'MANUAL', resume_at = next_attempt_at, next_attempt_at = now()`)

	require.Equal(t, attempt.Waiting, b.run(t).State)
	require.Equal(t, 2, b.sent())
	require.Equal(t, delivery.Manual, b.last(t).Trigger)

	state := b.state(t)
	require.Equal(t, scheduled, *state.DueAt)
	require.Equal(t, 2, state.AttemptCount)
	require.Equal(t, 1, state.ScheduledAttemptCount)

	b.later(t)
	require.InDelta(t, 20, b.run(t).Wait.Seconds(), 1, "the schedule's second wait is still to come")
}

func TestRun_SendsNothingForAWebhookOutOfUse(t *testing.T) {
	t.Parallel()

	b := setup(t, nil)
	b.exec(t, "UPDATE webhooks SET status = 'DISABLED', disabled_reason = 'MANUAL', disabled_at = now()")
	require.Equal(t, attempt.Held, b.run(t).State)
	require.Equal(t, delivery.Held, b.state(t).Status)
	require.Equal(t, delivery.WebhookDisabled, *b.state(t).HeldReason)

	b = setup(t, nil)
	b.exec(t, "UPDATE webhooks SET deleted_at = now()")
	require.Equal(t, attempt.Canceled, b.run(t).State)
	require.Equal(t, delivery.Canceled, b.state(t).Status)
	require.Equal(t, 0, b.sent())
}

func TestRun_SignsWithAllSecretsThatAreAlive(t *testing.T) {
	t.Parallel()

	b := setup(t, nil)
	b.addSecret(t)
	b.exec(t, "UPDATE webhook_secrets SET expires_at = now() + interval '1 minute' WHERE id = (SELECT min(id::text)::uuid FROM webhook_secrets)")
	b.run(t)

	for _, secret := range b.secrets {
		verifier, err := standardwebhooks.NewWebhook(secret.Reveal())
		require.NoError(t, err)
		require.NoError(t, verifier.Verify(b.bodies[0], b.requests[0].Header))
	}
}

func TestRun_CustomHeadersAreSentAndMaskedInTheLog(t *testing.T) {
	t.Parallel()

	b := setup(t, nil)
	raw, err := json.Marshal([]map[string]string{{"Name": "X-Api-Key", "Value": "sesame"}})
	require.NoError(t, err)

	b.exec(t, "UPDATE webhooks SET header_names = '{X-Api-Key}', sealed_headers = $1",
		b.seal(t, string(raw), "custom-headers"))
	b.run(t)

	require.Equal(t, "sesame", b.requests[0].Header.Get("X-Api-Key"))
	require.Contains(t, b.last(t).RequestHeaders, delivery.Header{Name: "X-Api-Key", Value: "***"})
}

func TestRun_WhatCouldNotBeRecordedIsHandedOnWithoutContent(t *testing.T) {
	t.Parallel()

	b := setup(t, status(500))
	b.edit(t, func(s *settings.Settings) { s.RetryPolicy.DelaysSeconds = []int{100, 200} })
	b.recorder.away = true

	outcome := b.run(t)
	require.Equal(t, attempt.Unrecorded, outcome.State)

	text, err := json.Marshal(outcome.Record)
	require.NoError(t, err)
	require.NotContains(t, string(text), "webhook-signature")

	b.recorder.away = false

	var record delivery.Record

	require.NoError(t, json.Unmarshal(text, &record))
	require.NoError(t, b.recorder.Record(t.Context(), record))
	require.NoError(t, b.recorder.Record(t.Context(), record), "recording it twice is harmless")
	require.Equal(t, 1, b.state(t).AttemptCount)
	require.Equal(t, attempt.Waiting, b.run(t).State)
	require.Equal(t, 1, b.sent())

	b.later(t)
	b.run(t)
	require.Equal(t, b.bodies[0], b.bodies[1])
}

func TestRun_UnknownDeliveryIsAnErrorOfItsOwn(t *testing.T) {
	t.Parallel()

	b := setup(t, nil)

	_, err := b.runner.Run(t.Context(), id.New(id.Delivery))
	require.ErrorIs(t, err, attempt.ErrNoDelivery)
}

func TestRun_LateResultOfACanceledDeliveryDoesNotBringItBack(t *testing.T) {
	t.Parallel()

	release := make(chan struct{})
	b := setup(t, func(w http.ResponseWriter, _ *http.Request) {
		<-release
		w.WriteHeader(http.StatusInternalServerError)
	})

	done := make(chan attempt.Outcome, 1)

	go func() {
		outcome, err := b.runner.Run(context.Background(), b.delivery)
		if err == nil {
			done <- outcome
		}
	}()

	require.Eventually(t, func() bool { return b.sent() == 1 }, 10*time.Second, 5*time.Millisecond)
	require.NoError(t, b.log.CancelOpenOf(t.Context(), b.webhook))
	close(release)
	<-done

	require.Equal(t, delivery.Canceled, b.state(t).Status)
	require.Equal(t, 1, b.state(t).AttemptCount)
}
