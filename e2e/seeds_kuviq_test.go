package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/e2e/stack"
)

// iso is a time as Kuviq's page writes it.
var iso = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$`)

func TestSeeds_KU1_WebhooksAreMadeEditedDeactivatedAndDeleted(t *testing.T) {
	t.Parallel()

	b := seed(t, "kuviq")
	to := secure(t, nil)
	hook := b.webhook(t, to.URL, map[string]any{
		"name": "Warehouse", "eventTypes": []string{"item.created", "item.updated"}, "signingSecret": "warehouse-secret",
		"enabled": false,
	})
	require.Equal(t, "warehouse-secret", hook.Secret)
	require.Equal(t, "DISABLED", b.state(t, hook.ID).Status)

	b.enable(t, hook.ID, true)
	b.update(t, hook.ID, map[string]any{"name": "Warehouse 2", "url": to.URL + "/v2"})

	state := b.state(t, hook.ID)
	require.Equal(t, "Warehouse 2", state.Name)
	require.Equal(t, to.URL+"/v2", state.URL)
	require.Equal(t, "ENABLED", state.Status)
	require.Equal(t, []string{"item.created", "item.updated"}, state.EventTypes)

	b.publish(t, "item.updated", b.sample(t, "item.updated"))

	got := next(t, to)
	require.Equal(t, "/v2", got.Path)
	require.Equal(t, "sha256="+hexHMAC("warehouse-secret", got.Body), got.Header.Get("X-Webhook-Signature"))

	b.enable(t, hook.ID, false)
	require.Equal(t, "DISABLED", b.state(t, hook.ID).Status)
	change(t, b.Client, "deleteWebhook", map[string]any{"id": hook.ID}, "", nil)
	require.Empty(t, b.list(t))
	require.Zero(t, b.post(t, "item.updated", b.sample(t, "item.updated"), nil).MatchedWebhookCount)
}

func TestSeeds_KU2_PayloadsAreThoseOfThePage(t *testing.T) {
	t.Parallel()

	b := seed(t, "kuviq")
	to := secure(t, nil)
	b.webhook(t, to.URL, map[string]any{"eventTypes": []string{
		"action.created", "inspection.completed", "item.status_changed",
	}})

	// The samples of the catalog are the examples of the page, too.
	for eventType, payload := range kuviq {
		require.JSONEq(t, payload, string(b.sample(t, eventType)))
		b.post(t, eventType, json.RawMessage(payload),
			map[string]any{"occurredAt": time.Date(2024, 1, 15, 10, 30, 0, 0, time.UTC)})

		body := next(t, to).Body
		require.JSONEq(t, `{"event": "`+eventType+`", "timestamp": "2024-01-15T10:30:00Z", "data": `+payload+`}`, string(body))
		require.Regexp(t, `^\{"event":"[a-z._]+","timestamp":"2024-01-15T10:30:00Z","data":\{`, string(body))
	}

	b.publish(t, "action.created", json.RawMessage(kuviq["action.created"]))
	require.Regexp(t, iso, opened(t, next(t, to).Body).Timestamp)
}

func TestSeeds_KU3_CatalogHasFifteenTypesAndResultsAreDerived(t *testing.T) {
	t.Parallel()

	b := seed(t, "kuviq")
	catalog := b.catalog(t)
	require.Equal(t, []string{
		"action.completed", "action.created", "action.overdue", "action.updated",
		"inspection.completed", "inspection.created", "inspection.failed", "inspection.passed",
		"item.created", "item.deleted", "item.status_changed", "item.updated",
		"user.created", "user.deactivated", "user.updated",
	}, names(catalog))

	to := secure(t, nil)
	b.webhook(t, to.URL, nil)

	for _, one := range catalog {
		require.NotEmpty(t, one.Description)

		if one.DerivedFrom != nil {
			require.Equal(t, "inspection.completed", *one.DerivedFrom)

			continue
		}

		require.NotNil(t, one.Schema)
		require.NotEmpty(t, one.Samples)

		if one.Name == "inspection.completed" {
			continue
		}

		b.publish(t, one.Name, one.Samples[0].Payload)
		require.Equal(t, one.Name, opened(t, next(t, to).Body).Event)
	}

	for _, result := range []string{"passed", "failed"} {
		payload := map[string]any{
			"id": "insp_1", "item": map[string]any{"id": "item_1", "name": "Extinguisher"}, "result": result,
			"inspector": map[string]any{"id": "user_1", "name": "Jane Doe"}, "completedAt": "2024-01-15T10:30:00Z",
		}
		derived := b.post(t, "inspection.completed", payload, nil).DerivedEvents
		require.Len(t, derived, 1)
		require.Equal(t, "inspection."+result, derived[0].Type)

		seen := map[string]json.RawMessage{}
		for range 2 {
			got := opened(t, next(t, to).Body)
			seen[got.Event] = got.Data
		}

		require.Len(t, seen, 2)
		require.JSONEq(t, string(seen["inspection.completed"]), string(seen["inspection."+result]))
	}
}

func TestSeeds_KU4_SignatureVerifiesWithThePagesOwnCode(t *testing.T) {
	t.Parallel()

	b := seed(t, "kuviq")
	page := verifying(t, "node", "verify/kuviq.cjs")
	to := secure(t, nil)
	hook := b.webhook(t, to.URL, nil)
	before := time.Now().Add(-2 * time.Second)

	for _, eventType := range []string{"item.status_changed", "action.created", "user.deactivated"} {
		b.publish(t, eventType, b.sample(t, eventType))

		got := next(t, to)
		header := got.Header.Get("X-Webhook-Signature")
		require.Regexp(t, `^sha256=[0-9a-f]{64}$`, header)
		require.Equal(t, "application/json", got.Header.Get("Content-Type"))
		require.Equal(t, http.MethodPost, got.Method)
		page.requireGenuine(t, got.Body, header, hook.Secret)

		require.Regexp(t, iso, got.Header.Get("X-Webhook-Timestamp"))

		at, err := time.Parse(time.RFC3339, got.Header.Get("X-Webhook-Timestamp"))
		require.NoError(t, err)
		require.WithinRange(t, at, before, time.Now().Add(time.Second))
	}
}

func TestSeeds_KU5_PlainHTTPIsRefusedAndSelfSignedCertificatesFail(t *testing.T) {
	t.Parallel()

	b := seed(t, "kuviq")
	require.Equal(t, stack.UserError{
		Code: "INVALID_URL", Message: "must start with https://: the organization does not allow http://", Field: []string{"url"},
	}, b.refusal(t, "http://example.com/hooks", nil))

	stranger, err := stack.NewAuthority("nobody knows it")
	require.NoError(t, err)
	config, err := stranger.ServerTLS()
	require.NoError(t, err)

	selfSigned, unknown := stack.NewTLSReceiver(nil, nil), stack.NewTLSReceiver(config, nil)
	t.Cleanup(selfSigned.Close)
	t.Cleanup(unknown.Close)

	for _, to := range []*stack.Receiver{selfSigned, unknown} {
		hook := b.webhook(t, to.URL, retries())
		b.publish(t, "item.created", b.sample(t, "item.created"))

		failed := b.logged(t, map[string]any{"webhookIds": []string{hook.ID}}, "FAILED", 1)[0]
		require.Equal(t, "TLS", failed.LastError.Code)
		require.Nil(t, failed.LastAttempt.Response)
		require.Empty(t, to.All())
		b.enable(t, hook.ID, false)
	}
}

func TestSeeds_KU6_DetailsShowActivityAndSuccessRate(t *testing.T) {
	t.Parallel()

	b := seed(t, "kuviq")
	to := secure(t, answers(200, 404, 200, 200))
	hook := b.webhook(t, to.URL, map[string]any{"name": "Detail", "eventTypes": []string{"user.created", "user.updated"}})

	fresh := b.state(t, hook.ID)
	require.Nil(t, fresh.SuccessRate)
	require.Nil(t, fresh.LastAttemptAt)

	var last stack.Received

	for n := range 4 {
		b.publish(t, "user.created", b.sample(t, "user.created"))
		last = next(t, to)
		require.Eventually(t, func() bool {
			counts := b.counts(t)

			return counts.Succeeded+counts.Failed == n+1
		}, patience, 20*time.Millisecond)
	}

	state := b.state(t, hook.ID)
	require.Equal(t, "Detail", state.Name)
	require.Equal(t, to.URL, state.URL)
	require.Equal(t, []string{"user.created", "user.updated"}, state.EventTypes)
	require.Equal(t, "ENABLED", state.Status)
	require.WithinDuration(t, last.At, *state.LastAttemptAt, slack)
	require.InDelta(t, 0.75, *state.SuccessRate, 0.0001)
}

func TestSeeds_KU7_TestButtonSendsExactlyThePagesPayloadAndShowsTheResult(t *testing.T) {
	t.Parallel()

	b := seed(t, "kuviq")
	page := verifying(t, "node", "verify/kuviq.cjs")
	to := secure(t, func(n int, w http.ResponseWriter, r *http.Request) {
		switch n {
		case 1:
			w.WriteHeader(http.StatusTeapot)
		case 2:
			hangs(t)(n, w, r)
		}
	})
	hook := b.webhook(t, to.URL, map[string]any{"eventTypes": []string{}})

	type result struct {
		Attempt  *logAttempt
		Delivery struct {
			Origin, EventType string
			Event             struct{ Test bool }
		}
	}

	press := func() (out result) {
		change(t, b.Client, "sendTestEvent", map[string]any{"webhookId": hook.ID, "waitSeconds": 40},
			"attempt { "+attemptFields+" } delivery { origin eventType event { test } }", &out)
		require.NotNil(t, out.Attempt, "it waits for the result")

		return out
	}

	success := press()
	got := next(t, to)
	sent := opened(t, got.Body)
	require.Regexp(t, iso, sent.Timestamp)
	want := fmt.Sprintf(`{"event":"test.webhook","timestamp":%q,"isTest":true,"data":{"message":`+
		`"This is a test webhook from Kuviq","endpointId":%q,"organizationId":%q}}`, sent.Timestamp, hook.ID, b.OrganizationID)
	require.Equal(t, want, string(got.Body))
	page.requireGenuine(t, got.Body, got.Header.Get("X-Webhook-Signature"), hook.Secret)
	require.Equal(t, "SUCCEEDED", success.Attempt.Status)
	require.Equal(t, 200, success.Attempt.Response.StatusCode)
	require.Positive(t, success.Attempt.DurationMs)
	require.Equal(t, "TEST", success.Delivery.Origin)
	require.Equal(t, "test.webhook", success.Delivery.EventType)
	require.True(t, success.Delivery.Event.Test)

	failure := press()
	require.Equal(t, "FAILED", failure.Attempt.Status)
	require.Equal(t, http.StatusTeapot, failure.Attempt.Response.StatusCode)
	require.Equal(t, "HTTP_STATUS", failure.Attempt.Error.Code)

	b.update(t, hook.ID, settings(map[string]any{"timeoutSeconds": 1}))

	timeout := press()
	require.Equal(t, "FAILED", timeout.Attempt.Status)
	require.Nil(t, timeout.Attempt.Response)
	require.Equal(t, "TIMEOUT", timeout.Attempt.Error.Code)
	require.InDelta(t, 1_000, timeout.Attempt.DurationMs, 900)

	require.Nil(t, b.state(t, hook.ID).SuccessRate, "tests do not count")
}

func TestSeeds_KU8_WaitsThirtySecondsForAnAnswer(t *testing.T) {
	t.Parallel()

	b := seed(t, "kuviq")
	hook := b.webhook(t, secure(t, hangs(t)).URL, nil)
	require.JSONEq(t, `{"timeoutSeconds": 30}`, b.settingsOf(t, hook.ID, "timeoutSeconds"))
	b.publish(t, "item.deleted", b.sample(t, "item.deleted"))

	// A timeout is retried.
	attempt := b.logged(t, nil, "RETRYING", 1)[0].LastAttempt
	require.Equal(t, "TIMEOUT", attempt.Error.Code)
	require.InDelta(t, 30_000, attempt.DurationMs, 2_000)
}

func TestSeeds_KU8_KU10_AnswersAreClassifiedAsThePageSays(t *testing.T) {
	t.Parallel()

	b := seed(t, "kuviq")
	gone := secure(t, nil)
	gone.Close()

	cases := map[string]struct{ url, stage, problem string }{
		"connection refused": {gone.URL, "RETRYING", "CONNECT"},
		"timeout":            {secure(t, hangs(t)).URL, "RETRYING", "TIMEOUT"},
	}
	for code, stage := range map[int]string{
		200: "SUCCEEDED", 201: "SUCCEEDED", 204: "SUCCEEDED", 299: "SUCCEEDED", 301: "FAILED", 307: "FAILED",
		400: "FAILED", 401: "FAILED", 404: "FAILED", 408: "FAILED", 410: "FAILED", 422: "FAILED", 429: "FAILED",
		500: "RETRYING", 502: "RETRYING", 503: "RETRYING", 599: "RETRYING",
	} {
		problem := ""
		switch {
		case code >= 400:
			problem = "HTTP_STATUS"
		case code >= 300:
			problem = "REDIRECT"
		}

		cases[fmt.Sprintf("status %d", code)] = struct{ url, stage, problem string }{
			secure(t, redirects(code)).URL, stage, problem,
		}
	}

	hooks := make(map[string]string)
	for name, one := range cases {
		hooks[name] = b.webhook(t, one.url, map[string]any{
			"eventTypes": []string{"item.deleted"}, "settings": map[string]any{"timeoutSeconds": 5},
		}).ID
	}

	b.publish(t, "item.deleted", b.sample(t, "item.deleted"))

	for name, one := range cases {
		got := b.logged(t, map[string]any{"webhookIds": []string{hooks[name]}}, one.stage, 1)[0]
		require.Equal(t, 1, got.AttemptCount, name)
		require.Equal(t, one.stage == "RETRYING", got.NextAttemptAt != nil, name)

		if one.problem == "" {
			require.Nil(t, got.LastError, name)
		} else {
			require.Equal(t, one.problem, got.LastError.Code, name)
		}

		require.Equal(t, "ENABLED", b.state(t, hooks[name]).Status)
	}
}

// redirects answers with a status code, and with somewhere to go if it is a redirect, which nobody must follow.
func redirects(code int) responder {
	return func(n int, w http.ResponseWriter, _ *http.Request) {
		if n > 0 {
			code = http.StatusOK
		}

		if code >= 300 && code < 400 {
			w.Header().Set("Location", "/elsewhere")
		}

		w.WriteHeader(code)
	}
}
