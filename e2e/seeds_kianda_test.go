package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/e2e/stack"
)

// instance is what an application tells of a process instance.
func instance(id, process string) map[string]any {
	return map[string]any{"instanceID": id, "processName": process}
}

func TestSeeds_KI1_AdministratorsAndDevelopersMayOpenTheDialog(t *testing.T) {
	t.Parallel()

	b := seed(t, "kianda")
	hook := b.webhook(t, receiver(t, nil).URL, nil)

	const list = `query ($id: ID!) { organization(id: $id) { manageRoles webhooks { nodes { id url } } } }`

	for _, role := range []string{"VIEWER", "PUBLISHER"} {
		requireForbidden(t, b.key(t, role), list, map[string]any{"id": b.OrganizationID})
		requireForbidden(t, b.key(t, role), `mutation ($id: ID!) {
			updateWebhook(input: {id: $id, name: "x"}) { userErrors { code } }
		}`, map[string]any{"id": hook.ID})
	}

	type answer struct {
		Organization struct {
			ManageRoles []string
			Webhooks    struct{ Nodes []struct{ ID, URL string } }
		}
	}

	developer := b.key(t, "DEVELOPER")
	seen := ask[answer](t, developer, list, map[string]any{"id": b.OrganizationID}).Organization
	require.ElementsMatch(t, []string{"ADMIN", "DEVELOPER"}, seen.ManageRoles)
	require.Len(t, seen.Webhooks.Nodes, 1)

	// Help, and what a dialog does that is closed instead of saved: it shows a draft and changes nothing.
	require.Contains(t, strings.Join(b.help(t), "\n"), "instanceID, processName and eventType")

	request := ask[struct {
		WebhookPreview struct {
			Previews []struct{ Request struct{ URL string } }
		}
	}](t, developer, `query ($input: WebhookPreviewInput!) { webhookPreview(input: $input) {
		previews { request { url } }
	} }`, map[string]any{"input": map[string]any{
		"webhookId": hook.ID, "url": "https://example.com/draft",
		"event": map[string]any{"eventType": "instance.created", "payload": instance("1", "P")},
	}}).WebhookPreview.Previews[0].Request
	require.Equal(t, "https://example.com/draft?instanceID=1&processName=P&eventType=created", request.URL)
	require.NotContains(t, b.list(t)[0].URL, "draft")

	change(t, developer, "updateWebhook", map[string]any{"id": hook.ID, "url": "https://example.com/saved"}, "", nil)
	require.Equal(t, "https://example.com/saved", b.list(t)[0].URL)
}

func TestSeeds_KI2_ThreeCallbacksAreSwitchedIndependently(t *testing.T) {
	t.Parallel()

	b := seed(t, "kianda")
	require.Equal(t, []string{"instance.created", "instance.deleted", "instance.updated"}, names(b.catalog(t)))

	callbacks := map[string]*stack.Receiver{"created": nil, "updated": nil, "deleted": nil}
	hooks := make(map[string]string)

	for name := range callbacks {
		callbacks[name] = receiver(t, nil)
		hooks[name] = b.webhook(t, callbacks[name].URL, map[string]any{"eventTypes": []string{"instance." + name}}).ID
	}

	subscription := ask[struct {
		Webhook struct {
			Subscriptions struct{ Nodes []struct{ ID string } }
		}
	}](t, b.Client, `query ($id: ID!) { webhook(id: $id) { subscriptions { nodes { id } } } }`,
		map[string]any{"id": hooks["updated"]}).Webhook.Subscriptions.Nodes[0].ID

	slide := func(on bool) {
		change(t, b.Client, "updateWebhookSubscription", map[string]any{"id": subscription, "enabled": on}, "", nil)
	}
	matched := func(name string) int {
		return b.post(t, "instance."+name, instance("i-1", "Leave"), nil).MatchedWebhookCount
	}

	for name, to := range callbacks {
		require.Equal(t, 1, matched(name))
		require.Equal(t, "instanceID=i-1&processName=Leave&eventType="+name, next(t, to).Query)
	}

	slide(false)
	require.Zero(t, matched("updated"))
	require.Equal(t, 1, matched("created"))
	require.Equal(t, 1, matched("deleted"))
	slide(true)
	require.Equal(t, 1, matched("updated"))
	next(t, callbacks["updated"])
	require.Len(t, callbacks["updated"].All(), 2)
}

func TestSeeds_KI3_AllURLsOfACallbackAreCalled(t *testing.T) {
	t.Parallel()

	b := seed(t, "kianda")
	lines := []*stack.Receiver{receiver(t, nil), receiver(t, answers(500)), receiver(t, nil)}

	for _, one := range lines {
		b.webhook(t, one.URL, map[string]any{"eventTypes": []string{"instance.deleted"}})
	}

	require.Equal(t, 3, b.post(t, "instance.deleted", instance("i-2", "Expenses"), nil).MatchedWebhookCount)

	for _, one := range lines {
		require.Equal(t, "instanceID=i-2&processName=Expenses&eventType=deleted", next(t, one).Query)
		require.Len(t, one.All(), 1)
	}
}

func TestSeeds_KI4_QueryIsExactlyAsDocumented(t *testing.T) {
	t.Parallel()

	b := seed(t, "kianda")

	for _, one := range []struct{ suffix, id, process, path, query string }{
		{"/cb", "leave-request-17", "Leave request", "/cb", "instanceID=leave-request-17&processName=Leave%20request"},
		{"/cb?key=a%2Fb&x=1", "1", "P", "/cb", "key=a%2Fb&x=1&instanceID=1&processName=P"},
		{"/cb?", "1", "P", "/cb", "instanceID=1&processName=P"},
		{"", "a&b=c", "100% #1+2/ü?", "/", "instanceID=a%26b%3Dc&processName=100%25%20%231%2B2%2F%C3%BC%3F"},
	} {
		to := receiver(t, nil)
		hook := b.webhook(t, to.URL+one.suffix, nil)

		for _, eventType := range []string{"created", "updated", "deleted"} {
			b.publish(t, "instance."+eventType, instance(one.id, one.process))

			got := next(t, to)
			require.Equal(t, http.MethodGet, got.Method)
			require.Equal(t, one.path, got.Path)
			require.Equal(t, one.query+"&eventType="+eventType, got.Query)
		}

		b.enable(t, hook.ID, false)
	}
}

func TestSeeds_KI5_OneBareRequestAndItIsLogged(t *testing.T) {
	t.Parallel()

	b := seed(t, "kianda")
	to := receiver(t, answers(500))
	hook := b.webhook(t, to.URL, nil)
	require.Empty(t, hook.Secret)
	require.JSONEq(t, `{"timeoutSeconds": 10, "signatures": [], "retryPolicy": {"enabled": false, "delaysSeconds": []}}`,
		b.settingsOf(t, hook.ID, "timeoutSeconds signatures { scheme } retryPolicy { enabled delaysSeconds }"))
	b.publish(t, "instance.created", instance("i-3", "Leave"))

	got := next(t, to)
	require.Empty(t, got.Body)
	require.Empty(t, got.Header.Get("Content-Type"))

	for name := range got.Header {
		require.NotRegexp(t, "(?i)signature|webhook-", name)
	}

	failed := b.logged(t, nil, "FAILED", 1)[0]
	require.Equal(t, 1, failed.AttemptCount)
	require.Equal(t, 1, failed.MaxAttempts)
	require.Equal(t, 500, failed.LastAttempt.Response.StatusCode)
	require.Equal(t, to.URL+"?instanceID=i-3&processName=Leave&eventType=created", failed.LastAttempt.Request.URL)
	require.Equal(t, "GET", failed.LastAttempt.Request.Method)
	require.Empty(t, failed.LastAttempt.Request.Body)
	require.Len(t, to.All(), 1)
}

func TestSeeds_KI5_NoAnswerWithinTenSecondsIsAFailure(t *testing.T) {
	t.Parallel()

	b := seed(t, "kianda")
	to := receiver(t, hangs(t))
	b.webhook(t, to.URL, nil)

	began := time.Now()

	b.publish(t, "instance.updated", instance("i-4", "Leave"))

	failed := b.logged(t, nil, "FAILED", 1)[0]
	require.Equal(t, "TIMEOUT", failed.LastError.Code)
	require.InDelta(t, 10_000, failed.LastAttempt.DurationMs, 1_000)
	require.GreaterOrEqual(t, time.Since(began), 10*time.Second)
	require.Len(t, to.All(), 1)
}
