package attempt_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbtest"
	"github.com/surehook/surehook/internal/attempt"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/dispatch"
	"github.com/surehook/surehook/internal/egress"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/secretbox"
	"github.com/surehook/surehook/internal/signing"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("internal/poll.runtime_pollWait"))
}

// recorder is the real one, unless it is told to be away.
type recorder struct {
	*delivery.Recorder

	mu   sync.Mutex
	away bool
}

func (r *recorder) Record(ctx context.Context, record delivery.Record) error {
	r.mu.Lock()
	defer r.mu.Unlock()

	if r.away {
		<-ctx.Done()

		return errors.New("database is away")
	}

	return r.Recorder.Record(ctx, record)
}

type testBundle struct {
	pool     *db.Pool
	log      *delivery.Service
	recorder *recorder
	runner   *attempt.Runner
	box      *secretbox.Box
	now      func() time.Time

	organization, webhook, delivery id.ID
	secrets                         []signing.Secret

	mu       sync.Mutex
	requests []*http.Request
	bodies   [][]byte
}

// setup makes a webhook whose receiver answers as told, and a delivery to it that is due.
func setup(t *testing.T, respond http.HandlerFunc) *testBundle {
	t.Helper()

	b := &testBundle{
		pool: dbtest.Pool(t), now: time.Now,
		organization: id.New(id.Organization), webhook: id.New(id.Webhook), delivery: id.New(id.Delivery),
	}
	silent := slog.New(slog.DiscardHandler)

	keyset, err := secretbox.Generate()
	require.NoError(t, err)

	b.box, err = secretbox.New([]byte(keyset))
	require.NoError(t, err)

	client := egress.New(egress.Config{
		AllowedPrefixes: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, AnyPort: true, UserAgent: "test",
	})
	b.log = delivery.NewService(b.pool, dispatch.Elsewhere{}, silent, b.clock)
	b.recorder = &recorder{Recorder: delivery.NewRecorder(b.pool)}
	b.runner = attempt.NewRunner(b.pool, b.log, b.recorder, client, b.box, silent, b.clock)

	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}

		b.mu.Lock()
		b.requests, b.bodies = append(b.requests, r), append(b.bodies, body)
		b.mu.Unlock()

		if respond != nil {
			respond(w, r)
		}
	}))

	t.Cleanup(func() {
		b.runner.Close()
		b.recorder.Close()
		client.Close()
		server.Close()
	})

	b.insert(t, server.URL)

	return b
}

func (b *testBundle) clock() time.Time { return b.now() }

func (b *testBundle) insert(t *testing.T, url string) {
	t.Helper()

	organization := b.organization
	b.exec(t, "INSERT INTO organizations VALUES ($1, 'a', 'a', 1000, now(), now())", organization.UUID())
	b.exec(t, `INSERT INTO webhooks (id, organization_id, name, url, status, timeout_seconds, retry_delays_seconds,
		retry_jitter_percent, created_at, updated_at) VALUES ($1, $2, 'a', $3, 'ENABLED', 5, '{10,20}', 0, now(), now())`,
		b.webhook.UUID(), organization.UUID(), url)
	b.addSecret(t)

	dbtest.Publish(t, b.pool, organization.UUID(), "a.b", `{"b":"<é>","a":1.10}`, nil,
		dbtest.Delivery{ID: b.delivery.UUID(), WebhookID: b.webhook.UUID()})
}

func (b *testBundle) addSecret(t *testing.T) {
	t.Helper()

	secret := signing.NewSecret()

	sealed, err := b.box.Seal([]byte(secret.Reveal()), []byte(b.organization.String()+"/"+b.webhook.String()+"/signing-secret"))
	require.NoError(t, err)
	b.exec(t, "INSERT INTO webhook_secrets VALUES ($1, $2, $3, 'hint', now())", id.New(id.Secret).UUID(), b.webhook.UUID(), sealed)

	b.secrets = append([]signing.Secret{secret}, b.secrets...)
}

func (b *testBundle) exec(t *testing.T, sql string, args ...any) {
	t.Helper()

	_, err := b.pool.Exec(t.Context(), sql, args...)
	require.NoError(t, err)
}

func (b *testBundle) run(t *testing.T) attempt.Outcome {
	t.Helper()

	outcome, err := b.runner.Run(t.Context(), b.delivery)
	require.NoError(t, err)

	return outcome
}

func (b *testBundle) sent() int {
	b.mu.Lock()
	defer b.mu.Unlock()

	return len(b.requests)
}

func (b *testBundle) state(t *testing.T) delivery.Delivery {
	t.Helper()

	found, err := b.log.ByIDs(t.Context(), []id.ID{b.delivery})
	require.NoError(t, err)

	return found[b.delivery]
}

func (b *testBundle) last(t *testing.T) delivery.Attempt {
	t.Helper()

	found, err := b.log.LastAttempts(t.Context(), []id.ID{b.delivery})
	require.NoError(t, err)

	return found[b.delivery]
}

// later moves the clock to when the next attempt is due.
func (b *testBundle) later(t *testing.T) {
	t.Helper()

	at := *b.state(t).DueAt
	b.now = func() time.Time { return at }
}

func status(code int, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for n := 0; n < len(headers); n += 2 {
			w.Header().Set(headers[n], headers[n+1])
		}

		w.WriteHeader(code)
	}
}

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

	bodies, err := b.log.Bodies(t.Context(), []id.ID{b.delivery})
	require.NoError(t, err)
	require.Equal(t, b.bodies[0], bodies[b.delivery])
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
	b.exec(t, "UPDATE webhooks SET status = 'DISABLED'")
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

	sealed, err := b.box.Seal(raw, []byte(b.organization.String()+"/"+b.webhook.String()+"/custom-headers"))
	require.NoError(t, err)
	b.exec(t, "UPDATE webhooks SET header_names = '{X-Api-Key}', sealed_headers = $1", sealed)
	b.run(t)

	require.Equal(t, "sesame", b.requests[0].Header.Get("X-Api-Key"))
	require.Contains(t, b.last(t).RequestHeaders, delivery.Header{Name: "X-Api-Key", Value: "***"})
}

func TestRun_WhatCouldNotBeRecordedIsHandedOnWithoutContent(t *testing.T) {
	t.Parallel()

	b := setup(t, status(500))
	b.exec(t, "UPDATE webhooks SET retry_delays_seconds = '{100,200}'")
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
