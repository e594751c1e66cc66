package e2e

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/e2e/stack"
)

func TestSeeds_KX9_TimeoutIsOneToSixtySeconds(t *testing.T) {
	t.Parallel()

	b := seed(t, "knoxcall")
	to := secure(t, nil)
	usual := b.webhook(t, to.URL, nil)
	require.JSONEq(t, `{"timeoutSeconds": 30}`, b.settingsOf(t, usual.ID, "timeoutSeconds"))

	for _, allowed := range []int{1, 60} {
		b.update(t, usual.ID, settings(map[string]any{"timeoutSeconds": allowed}))
	}

	for _, refused := range []int{0, 61} {
		problem := b.refusal(t, to.URL, settings(map[string]any{"timeoutSeconds": refused}))
		require.Equal(t, "INVALID", problem.Code)
		require.Equal(t, []string{"settings", "timeoutSeconds"}, problem.Field)
	}

	require.Regexp(t, `10 to 15 seconds.*30 seconds.*60 seconds`, strings.Join(b.help(t), " "))
}

func TestSeeds_KX10_CustomHeadersAreSentAndEnabledIsTheDefault(t *testing.T) {
	t.Parallel()

	b := seed(t, "knoxcall")
	to := secure(t, nil)
	hook := b.webhook(t, to.URL, map[string]any{"customHeaders": []map[string]any{
		{"name": "X-Source", "value": "knoxcall"}, {"name": "X-Environment", "value": "staging"},
	}})
	require.Equal(t, "ENABLED", b.state(t, hook.ID).Status)
	b.publish(t, "request.completed", answered(200))

	got := next(t, to)
	require.Equal(t, "knoxcall", got.Header.Get("X-Source"))
	require.Equal(t, "staging", got.Header.Get("X-Environment"))
	requireSigned(t, got, hook.Secret)
	require.Equal(t, "***", b.state(t, hook.ID).CustomHeaders[0].Value)
}

func TestSeeds_KX11_TestShowsSuccessOrTheErrorAndTheResponse(t *testing.T) {
	t.Parallel()

	b := seed(t, "knoxcall")
	to := secure(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n > 0 {
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte("who are you?"))
		}
	})
	hook := b.webhook(t, to.URL, map[string]any{"eventTypes": []string{}})

	press := func() logAttempt {
		var out struct{ Attempt logAttempt }

		change(t, b.Client, "sendTestEvent", map[string]any{"webhookId": hook.ID, "waitSeconds": 40},
			"attempt { "+attemptFields+" }", &out)

		return out.Attempt
	}

	success := press()
	require.Equal(t, "SUCCEEDED", success.Status)
	require.Equal(t, 200, success.Response.StatusCode)

	got := next(t, to)
	require.Equal(t, "webhook.test", opened(t, got.Body).Event)
	requireSigned(t, got, hook.Secret)

	failure := press()
	require.Equal(t, "FAILED", failure.Status)
	require.Equal(t, "answered 403 Forbidden", failure.Error.Message)
	require.Equal(t, 403, failure.Response.StatusCode)
	require.Equal(t, "who are you?", failure.Response.Body)
}

func TestSeeds_KX12_SecretsAreUniqueRevealedAndRegenerated(t *testing.T) {
	t.Parallel()

	b := seed(t, "knoxcall")
	to := secure(t, nil)
	hook, other := b.webhook(t, to.URL, nil), b.webhook(t, secure(t, nil).URL, nil)
	require.NotEmpty(t, hook.Secret)
	require.NotEqual(t, hook.Secret, other.Secret)

	reveal := func() string {
		var out struct{ Value string }

		change(t, b.Client, "revealWebhookSecret", map[string]any{"webhookId": hook.ID}, "value", &out)

		return out.Value
	}
	require.Equal(t, hook.Secret, reveal())

	var regenerated struct{ SigningSecret string }

	change(t, b.Client, "rotateWebhookSecret", map[string]any{"webhookId": hook.ID, "overlapSeconds": 0}, "signingSecret",
		&regenerated)
	require.NotEqual(t, hook.Secret, regenerated.SigningSecret)
	require.Equal(t, regenerated.SigningSecret, reveal())

	b.publish(t, "request.completed", answered(200))

	got := next(t, to)
	requireSigned(t, got, regenerated.SigningSecret)
	require.Empty(t, got.Header.Get("X-KnoxCall-Signature-Previous"))

	audit := ask[struct {
		Organization struct {
			AuditLog struct {
				Nodes []struct{ Action, SubjectID string }
			}
		}
	}](t, b.Client, `query ($id: ID!) { organization(id: $id) { auditLog { nodes { action subjectId } } } }`,
		map[string]any{"id": b.OrganizationID}).Organization.AuditLog.Nodes
	require.Len(t, audit, 3)

	for n, want := range []string{"WEBHOOK_SECRET_REVEALED", "WEBHOOK_SECRET_ROTATED", "WEBHOOK_SECRET_REVEALED"} {
		require.Equal(t, want, audit[n].Action)
		require.Equal(t, hook.ID, audit[n].SubjectID)
	}
}

func TestSeeds_KX13_PresetsAreThoseOfThePage(t *testing.T) {
	t.Parallel()

	b := seed(t, "knoxcall")
	titles, to := []string{}, make(map[string]*stack.Receiver)

	for _, one := range b.recipes(t) {
		titles = append(titles, one.Title)
		to[one.Title] = secure(t, nil)
		change(t, b.Client, "createWebhook", map[string]any{
			"organizationId": b.OrganizationID, "name": one.Title, "url": to[one.Title].URL, "recipe": one.Name,
		}, "", nil)
	}

	require.Equal(t, []string{"Slack Error Alerts", "Analytics Logging", "Zapier Integration"}, titles)
	b.publish(t, "request.completed", answered(502))
	b.publish(t, "request.completed", answered(200))

	require.JSONEq(t, `{"text": "*request.error* POST /v1/orders: 502"}`, string(next(t, to["Slack Error Alerts"]).Body))

	for range 2 {
		logged := opened(t, next(t, to["Analytics Logging"]).Body)
		require.Equal(t, "request.completed", logged.Event)
		require.NotContains(t, string(logged.Data), `"body"`)
		require.Contains(t, string(logged.Data), `"statusCode"`)
	}

	var zap map[string]json.RawMessage

	require.NoError(t, json.Unmarshal(next(t, to["Zapier Integration"]).Body, &zap))
	require.Contains(t, zap, "response")
	require.NotContains(t, zap, "event")
	require.Len(t, to["Slack Error Alerts"].All(), 1)
	require.Len(t, to["Zapier Integration"].All(), 1)
}
