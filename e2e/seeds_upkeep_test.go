package e2e

import (
	"encoding/json"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	temporal_enums "go.temporal.io/api/enums/v1"
	temporal_client "go.temporal.io/sdk/client"

	"github.com/surehook/surehook/workflows"
)

// sql changes the database of the shared installation, to make days go by.
func sql(t *testing.T, statement string, args ...any) {
	t.Helper()

	conn, err := pgx.Connect(t.Context(), shared.surehook.DatabaseURL)
	require.NoError(t, err)

	changed, err := conn.Exec(t.Context(), statement, args...)
	require.NoError(t, err)
	require.Positive(t, changed.RowsAffected())
	require.NoError(t, conn.Close(t.Context()))
}

// tend has the schedule run now that looks after webhooks.
func tend(t *testing.T) {
	t.Helper()

	schedule := temporal(t).ScheduleClient().GetHandle(t.Context(), workflows.UpkeepSchedule(shared.surehook.TaskQueue))
	require.NoError(t, schedule.Trigger(t.Context(),
		temporal_client.ScheduleTriggerOptions{Overlap: temporal_enums.SCHEDULE_OVERLAP_POLICY_BUFFER_ONE}))
}

// disabled is the operational event that tells an owner.
type disabled struct{ WebhookID, WebhookName, URL, Reason string }

func TestSeeds_KR7_TwentyExhaustedDeliveriesInARowDisableAndEnablingReleases(t *testing.T) {
	t.Parallel()

	b := seed(t, "krebit")
	page := verifying(t, "node", "verify/krebit.mjs")

	var recovered atomic.Bool

	to := secure(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		if !recovered.Load() {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	hook := b.webhook(t, to.URL, with(
		map[string]any{"name": "Archive", "eventTypes": []string{"signing.*"}},
		settings(map[string]any{"retryPolicy": map[string]any{"enabled": false}}),
	))

	owner := secure(t, nil)
	told := b.webhook(t, owner.URL, map[string]any{"eventTypes": []string{"webhook.disabled"}})
	payload := b.sample(t, "signing.sent")
	fail := func(times int) {
		for range times {
			b.publish(t, "signing.sent", payload)
		}
	}

	// Nineteen are not enough, and a success makes it start anew.
	fail(19)
	b.logged(t, nil, "FAILED", 19)
	require.Equal(t, 19, b.state(t, hook.ID).ConsecutiveFailures)
	require.Equal(t, "ENABLED", b.state(t, hook.ID).Status)

	recovered.Store(true)
	fail(1)
	b.logged(t, map[string]any{"stages": []string{"SUCCEEDED"}}, "SUCCEEDED", 1)
	require.Zero(t, b.state(t, hook.ID).ConsecutiveFailures)
	recovered.Store(false)

	fail(20)
	require.Eventually(t, func() bool { return b.state(t, hook.ID).Status == "DISABLED" }, patience, 50*time.Millisecond)
	require.Equal(t, "CONSECUTIVE_FAILURES", *b.state(t, hook.ID).DisabledReason)

	// Its owner is told, once.
	notice := next(t, owner)
	page.requireGenuine(t, notice.Body, notice.Header.Get("X-Signature"), told.Secret)

	var about disabled

	require.Equal(t, "webhook.disabled", opened(t, notice.Body).Event)
	require.NoError(t, json.Unmarshal(opened(t, notice.Body).Data, &about))
	require.Equal(t, disabled{WebhookID: hook.ID, WebhookName: "Archive", URL: to.URL, Reason: "CONSECUTIVE_FAILURES"}, about)

	// What comes meanwhile is held, and sent once the owner enables it again.
	sent := len(to.All())

	fail(3)

	for _, one := range b.logged(t, map[string]any{"stages": []string{"HELD"}}, "HELD", 3) {
		require.Equal(t, "WEBHOOK_DISABLED", *one.HeldReason)
	}

	require.Equal(t, 3, b.state(t, hook.ID).HeldDeliveryCount)
	require.Len(t, to.All(), sent)

	recovered.Store(true)
	require.Equal(t, 3, b.enable(t, hook.ID, true))

	ofHook := map[string]any{"webhookIds": []string{hook.ID}, "stages": []string{"SUCCEEDED"}}
	b.logged(t, ofHook, "SUCCEEDED", 4)

	state := b.state(t, hook.ID)
	require.Equal(t, "ENABLED", state.Status)
	require.Zero(t, state.ConsecutiveFailures)
	require.Len(t, owner.All(), 1)
}

func TestSeeds_KR7_FailingForDaysOrGoneDisables(t *testing.T) {
	t.Parallel()

	b := seed(t, "krebit")
	made := func(name string, code int) string {
		return b.webhook(t, secure(t, answers(code)).URL, with(retries(3_600), map[string]any{"name": t.Name() + name})).ID
	}
	long, short, gone := made(" long", 500), made(" short", 500), made(" gone", 410)

	owner := secure(t, nil)
	b.webhook(t, owner.URL, map[string]any{"eventTypes": []string{"webhook.disabled"}})
	b.publish(t, "signing.sent", b.sample(t, "signing.sent"))
	b.logged(t, map[string]any{"webhookIds": []string{long, short}}, "RETRYING", 2)

	// 410 does it at once.
	require.Contains(t, string(next(t, owner).Body), `"reason":"GONE"`)
	require.Equal(t, "GONE", *b.state(t, gone).DisabledReason)

	for name, age := range map[string]string{" long": "120 hours", " short": "119 hours"} {
		sql(t, `UPDATE webhook_activity SET failing_since = now() - $2::text::interval
			WHERE webhook_id IN (SELECT id FROM webhooks WHERE name = $1)`, t.Name()+name, age)
	}

	tend(t)

	got := next(t, owner)
	require.Contains(t, string(got.Body), `"reason":"FAILING_FOR_HOURS"`)
	require.Contains(t, string(got.Body), long)
	require.Equal(t, "FAILING_FOR_HOURS", *b.state(t, long).DisabledReason)
	require.Equal(t, "ENABLED", b.state(t, short).Status)
}

func TestSeeds_KR8_SecretRotatesOnScheduleAndBothSignMeanwhile(t *testing.T) {
	t.Parallel()

	b := seed(t, "krebit")
	page := verifying(t, "node", "verify/krebit.mjs")
	to, owner := secure(t, nil), secure(t, nil)
	rotation := map[string]any{"secretRotation": map[string]any{"everyDays": 1, "overlapSeconds": 3600}}
	hook := b.webhook(t, to.URL, with(map[string]any{"name": t.Name()}, settings(rotation)))
	b.webhook(t, owner.URL, map[string]any{"eventTypes": []string{"webhook.secret_rotated"}})

	// It is not due before its day is over.
	sql(t, `UPDATE webhook_secrets SET created_at = created_at - interval '23 hours'
		WHERE webhook_id IN (SELECT id FROM webhooks WHERE name = $1)`, t.Name())
	tend(t)
	b.publish(t, "signing.sent", b.sample(t, "signing.sent"))
	require.Empty(t, next(t, to).Header.Get("X-Signature-Previous"))
	require.Len(t, b.state(t, hook.ID).Secrets, 1)

	sql(t, `UPDATE webhook_secrets SET created_at = created_at - interval '1 hour'
		WHERE webhook_id IN (SELECT id FROM webhooks WHERE name = $1)`, t.Name())
	tend(t)

	notice := opened(t, next(t, owner).Body)
	require.Equal(t, "webhook.secret_rotated", notice.Event)
	require.Contains(t, string(notice.Data), hook.ID)

	var revealed struct{ Value string }

	change(t, b.Client, "revealWebhookSecret", map[string]any{"webhookId": hook.ID}, "value", &revealed)
	require.NotEqual(t, hook.Secret, revealed.Value)

	b.publish(t, "signing.sent", b.sample(t, "signing.sent"))

	got := next(t, to)
	page.requireGenuine(t, got.Body, got.Header.Get("X-Signature"), revealed.Value)
	page.requireGenuine(t, got.Body, got.Header.Get("X-Signature-Previous"), hook.Secret)

	secrets := b.state(t, hook.ID).Secrets
	require.Len(t, secrets, 2)
	require.Nil(t, secrets[0].ExpiresAt)
	require.WithinDuration(t, time.Now().Add(time.Hour), *secrets[1].ExpiresAt, time.Minute)
}
