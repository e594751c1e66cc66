package e2e

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/e2e/stack"
)

// answered is a request that passed through a route, as KnoxCall tells of it. Without a status it timed out.
func answered(status int) map[string]any {
	out := map[string]any{
		"request": map[string]any{
			"method": "POST", "path": "/v1/orders", "headers": map[string]string{"x-from": "client"},
			"body": map[string]any{"sku": "kx-7"},
		},
		"timedOut": status == 0,
	}
	if status != 0 {
		out["response"] = map[string]any{
			"statusCode": status, "headers": map[string]string{"x-from": "backend"}, "body": map[string]any{"id": "ord_1"},
		}
	}

	return out
}

// requireSigned checks the signature that is always there.
func requireSigned(t *testing.T, got stack.Received, secret string) {
	t.Helper()

	signed := got.Body
	if got.Method == http.MethodGet {
		signed = []byte(got.Query)
	}

	require.NotEmpty(t, signed)
	require.Equal(t, "sha256="+hexHMAC(secret, signed), got.Header.Get("X-KnoxCall-Signature"))
}

func TestSeeds_KX1_PlainHTTPIsForDevelopmentOnly(t *testing.T) {
	t.Parallel()

	b := seed(t, "knoxcall")
	to := receiver(t, nil)

	refused := b.refusal(t, to.URL, nil)
	require.Equal(t, "INVALID_URL", refused.Code)
	require.Equal(t, []string{"url"}, refused.Field)

	require.NoError(t, b.surehook.ChangeLimits(t.Context(), b.OrganizationID, map[string]any{"allowInsecureUrls": true}))

	hook := b.webhook(t, to.URL, map[string]any{"name": "Datadog", "description": "Errors of the order routes"})
	state := b.state(t, hook.ID)
	require.Equal(t, "Datadog", state.Name)
	require.Equal(t, "Errors of the order routes", *state.Description)

	b.publish(t, "request.completed", answered(200))
	requireSigned(t, next(t, to), hook.Secret)
}

func TestSeeds_KX2_KX5_EachMethodIsReceivedAndSigned(t *testing.T) {
	t.Parallel()

	b := seed(t, "knoxcall")
	page := verifying(t, "node", "verify/kuviq.cjs") // The same header, by another name.

	usual := b.webhook(t, secure(t, nil).URL, nil)
	require.JSONEq(t, `{"method": "POST"}`, b.settingsOf(t, usual.ID, "method"))

	for _, method := range []string{"POST", "PUT", "PATCH", "GET"} {
		to := secure(t, nil)
		hook := b.webhook(t, to.URL+"/in?team=a%20b", with(
			map[string]any{"eventTypes": []string{"request.success"}}, settings(map[string]any{"method": method}),
		))
		b.publish(t, "request.completed", answered(201))

		got := next(t, to)
		require.Equal(t, method, got.Method)
		require.Equal(t, "/in", got.Path)
		requireSigned(t, got, hook.Secret)

		if method != "GET" {
			require.Equal(t, "team=a%20b", got.Query)
			require.Equal(t, "request.success", opened(t, got.Body).Event)
			page.requireGenuine(t, got.Body, got.Header.Get("X-KnoxCall-Signature"), hook.Secret)
			b.enable(t, hook.ID, false)

			continue
		}

		require.Empty(t, got.Body)
		require.Empty(t, got.Header.Get("Content-Type"))
		require.True(t, strings.HasPrefix(got.Query, "team=a%20b&event=request.success&timestamp="), got.Query)
		page.requireGenuine(t, []byte(got.Query), got.Header.Get("X-KnoxCall-Signature"), hook.Secret)

		parameters, err := url.ParseQuery(got.Query)
		require.NoError(t, err)
		require.Contains(t, parameters.Get("data"), `"statusCode":201`)
	}
}

func TestSeeds_KX3_OneFactIsSeveralEvents(t *testing.T) {
	t.Parallel()

	b := seed(t, "knoxcall")
	require.Equal(t, []string{
		"request.client_error", "request.completed", "request.error", "request.received", "request.redirect",
		"request.server_error", "request.success", "request.timeout",
	}, names(b.catalog(t)))

	to := secure(t, nil)
	b.webhook(t, to.URL, map[string]any{"eventTypes": names(b.catalog(t))})

	for status, want := range map[int][]string{
		0:   {"request.completed", "request.error", "request.timeout"},
		200: {"request.completed", "request.success"},
		204: {"request.completed", "request.success"},
		304: {"request.completed", "request.redirect"},
		404: {"request.client_error", "request.completed", "request.error"},
		503: {"request.completed", "request.error", "request.server_error"},
	} {
		made := b.post(t, "request.completed", answered(status), nil)
		require.Equal(t, len(want), made.MatchedWebhookCount)

		var seen []string

		for range want {
			got := opened(t, next(t, to).Body)
			seen = append(seen, got.Event)
			require.Contains(t, string(got.Data), `"path":"/v1/orders"`)
		}

		slices.Sort(seen)
		require.Equal(t, want, seen, "status %d", status)

		derived := ask[struct {
			Organization struct {
				Events struct {
					Nodes []struct {
						Type        string
						SourceEvent struct{ ID, Type string }
					}
				}
			}
		}](t, b.Client, `query ($id: ID!, $source: ID!) { organization(id: $id) {
			events(filter: {sourceEventIds: [$source]}) { nodes { type sourceEvent { id type } } }
		} }`, map[string]any{"id": b.OrganizationID, "source": made.Event.ID}).Organization.Events.Nodes
		require.Len(t, derived, len(want)-1)

		for _, one := range derived {
			require.Equal(t, made.Event.ID, one.SourceEvent.ID)
			require.Equal(t, "request.completed", one.SourceEvent.Type)
		}
	}

	// The eighth comes before the request is forwarded.
	b.publish(t, "request.received", map[string]any{"request": map[string]any{"method": "GET", "path": "/v1/orders"}})
	require.Equal(t, "request.received", opened(t, next(t, to).Body).Event)
}

func TestSeeds_KX4_RouteFilterLimitsAWebhookToItsRoutes(t *testing.T) {
	t.Parallel()

	b := seed(t, "knoxcall")
	all, some := secure(t, nil), secure(t, nil)
	b.webhook(t, all.URL, map[string]any{"eventTypes": []string{"request.completed"}})

	filtered := b.webhook(t, some.URL, map[string]any{"eventTypes": []string{}, "subscriptions": []map[string]any{
		{"eventType": "request.error", "resourceIds": []string{"route_orders", "route_carts"}},
	}})

	routes := func(ids ...string) map[string]any { return map[string]any{"resourceIds": ids} }
	published := []map[string]any{nil, routes("route_users"), routes("route_carts"), routes("route_users", "route_orders")}

	for n, one := range published {
		matched := b.post(t, "request.completed", answered(500), one).MatchedWebhookCount
		require.Equal(t, 1+n/2, matched, "%v", one)
		next(t, all)
	}

	for range 2 {
		require.Equal(t, "request.error", opened(t, next(t, some).Body).Event)
	}

	require.Len(t, some.All(), 2)

	// Turned off, the filter lets all routes through.
	subscription := ask[struct {
		Webhook struct {
			Subscriptions struct {
				Nodes []struct {
					ID          string
					ResourceIDs []string
				}
			}
		}
	}](t, b.Client, `query ($id: ID!) { webhook(id: $id) { subscriptions { nodes { id resourceIds } } } }`,
		map[string]any{"id": filtered.ID}).Webhook.Subscriptions.Nodes[0]
	require.Equal(t, []string{"route_orders", "route_carts"}, subscription.ResourceIDs)
	change(t, b.Client, "updateWebhookSubscription", map[string]any{"id": subscription.ID, "resourceIds": []string{}}, "", nil)
	require.Equal(t, 2, b.post(t, "request.completed", answered(500), routes("route_users")).MatchedWebhookCount)
	next(t, some)
}

func TestSeeds_KX6_PartsOfThePayloadCanBeSwitched(t *testing.T) {
	t.Parallel()

	b := seed(t, "knoxcall")
	to := secure(t, nil)
	hook := b.webhook(t, to.URL, map[string]any{"eventTypes": []string{"request.completed"}})

	const (
		requestBody  = `"body":{"sku":"kx-7"}`
		responseBody = `"body":{"id":"ord_1"}`
		headers      = `"headers"`
		statusCode   = `"statusCode":201`
	)

	parts := map[string]string{
		"requestBody": requestBody, "responseBody": responseBody, "headers": headers, "statusCode": statusCode,
	}
	included := map[string]bool{"requestBody": true, "responseBody": true, "headers": false, "statusCode": true}

	check := func() {
		b.publish(t, "request.completed", answered(201))

		body := string(next(t, to).Body)

		for name, text := range parts {
			require.Equal(t, included[name], strings.Contains(body, text), "%s in %s", name, body)
		}

		require.Contains(t, body, `"path":"/v1/orders"`)
	}
	check()

	for name := range parts {
		included[name] = !included[name]
		b.update(t, hook.ID, settings(map[string]any{
			"sections": []map[string]any{{"name": name, "included": included[name]}},
		}))
		check()
	}
}

func TestSeeds_KX7_FailuresOfTheNetworkAndTheServerAreRetried(t *testing.T) {
	t.Parallel()

	b := seed(t, "knoxcall")
	closed := secure(t, nil)
	closed.Close()

	later := map[string]any{"retryPolicy": map[string]any{"backoff": map[string]any{"baseSeconds": 3_600}}}

	for _, one := range []struct {
		url, stage, problem string
		settings            map[string]any
	}{
		{closed.URL, "RETRYING", "CONNECT", later},
		{secure(t, hangs(t)).URL, "RETRYING", "TIMEOUT", with(later, map[string]any{"timeoutSeconds": 1})},
		{secure(t, answers(500)).URL, "RETRYING", "HTTP_STATUS", later},
		{secure(t, answers(400)).URL, "FAILED", "HTTP_STATUS", later},
		{secure(t, answers(429)).URL, "FAILED", "HTTP_STATUS", later},
		{
			secure(t, answers(500)).URL, "FAILED", "HTTP_STATUS",
			map[string]any{"retryPolicy": map[string]any{"enabled": false}},
		},
	} {
		hook := b.webhook(t, one.url, with(map[string]any{"eventTypes": []string{"request.timeout"}}, settings(one.settings)))
		b.publish(t, "request.completed", answered(0))

		got := b.logged(t, map[string]any{"webhookIds": []string{hook.ID}}, one.stage, 1)[0]
		require.Equal(t, one.problem, got.LastError.Code)
		require.Equal(t, 1, got.AttemptCount)
		b.enable(t, hook.ID, false)
	}
}

func TestSeeds_KX7_KX8_RetriesComeAfterOneTwoAndFourSeconds(t *testing.T) {
	t.Parallel()

	b := seed(t, "knoxcall")
	to := secure(t, answers(500))
	hook := b.webhook(t, to.URL, map[string]any{"eventTypes": []string{"request.completed"}})
	b.publish(t, "request.completed", answered(200))

	seen := []stack.Received{next(t, to)}

	for n, wait := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second} {
		seen = append(seen, next(t, to))
		afterwards(t, wait, seen[n].At, seen[n+1].At)
		require.Equal(t, string(seen[0].Body), string(seen[n+1].Body))
		requireSigned(t, seen[n+1], hook.Secret)
	}

	failed := b.logged(t, nil, "FAILED", 1)[0]
	require.Equal(t, 4, failed.AttemptCount)
	require.Equal(t, 4, failed.MaxAttempts)
	require.Len(t, to.All(), 4)
}

func TestSeeds_KX8_ZeroToFiveRetriesMayBeChosen(t *testing.T) {
	t.Parallel()

	b := seed(t, "knoxcall")
	to := secure(t, nil)

	const policy = "retryPolicy { enabled delaysSeconds backoff { retries } }"

	usual := b.webhook(t, to.URL, nil)
	require.JSONEq(t, `{"retryPolicy": {"enabled": true, "delaysSeconds": [1, 2, 4], "backoff": {"retries": 3}}}`,
		b.settingsOf(t, usual.ID, policy))

	choose := func(retries int) map[string]any {
		return settings(map[string]any{"retryPolicy": map[string]any{"backoff": map[string]any{"retries": retries}}})
	}

	b.update(t, usual.ID, choose(0))
	require.JSONEq(t, `{"retryPolicy": {"enabled": true, "delaysSeconds": [], "backoff": {"retries": 0}}}`,
		b.settingsOf(t, usual.ID, policy))
	b.update(t, usual.ID, choose(5))
	require.JSONEq(t, `{"retryPolicy": {"enabled": true, "delaysSeconds": [1, 2, 4, 8, 16], "backoff": {"retries": 5}}}`,
		b.settingsOf(t, usual.ID, policy))

	for _, retries := range []int{-1, 6} {
		refused := b.refusal(t, to.URL, choose(retries))
		require.Equal(t, []string{"settings", "retryPolicy", "backoff", "retries"}, refused.Field)
	}
}
