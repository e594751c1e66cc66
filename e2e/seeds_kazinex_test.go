package e2e

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// chosen is a secret as a user of Kazinex chooses it: any text.
const chosen = "Hafenstraße-42 ✓"

func kazinex(input map[string]any) map[string]any {
	return with(map[string]any{"signingSecret": chosen}, input)
}

func TestSeeds_KZ1_OnlyAdministratorsSeeOrChangeWebhooks(t *testing.T) {
	t.Parallel()

	b := seed(t, "kazinex")
	hook := b.webhook(t, receiver(t, nil).URL, kazinex(nil))

	const list = `query ($id: ID!) { organization(id: $id) { webhooks { nodes { id } } } }`

	for _, role := range []string{"DEVELOPER", "VIEWER", "PUBLISHER"} {
		other := b.key(t, role)
		requireForbidden(t, other, list, map[string]any{"id": b.OrganizationID})
		requireForbidden(t, other, `query ($id: ID!) { webhook(id: $id) { id } }`, map[string]any{"id": hook.ID})
		requireForbidden(t, other, `mutation ($input: CreateWebhookInput!) {
			createWebhook(input: $input) { userErrors { code } }
		}`, map[string]any{"input": map[string]any{"organizationId": b.OrganizationID, "name": "x", "url": "https://example.com"}})
		requireForbidden(t, other, `mutation ($id: ID!) { deleteWebhook(input: {id: $id}) { userErrors { code } } }`,
			map[string]any{"id": hook.ID})
	}

	roles := ask[struct {
		Organization struct{ ManageRoles, ViewRoles []string }
	}](t, b.Client, `query ($id: ID!) { organization(id: $id) { manageRoles viewRoles } }`,
		map[string]any{"id": b.OrganizationID}).Organization
	require.Equal(t, []string{"ADMIN"}, roles.ManageRoles)
	require.Equal(t, []string{"ADMIN"}, roles.ViewRoles)

	require.Len(t, b.list(t), 1)
	b.update(t, hook.ID, map[string]any{"name": "by an administrator"})
	require.Equal(t, "by an administrator", b.list(t)[0].Name)
}

func TestSeeds_KZ2_ListHasTheColumnsOfThePage(t *testing.T) {
	t.Parallel()

	b := seed(t, "kazinex")
	good, bad := receiver(t, nil), receiver(t, answers(500))
	b.webhook(t, good.URL, kazinex(map[string]any{
		"name": "ERP Integration - Document Events", "eventTypes": []string{"document.created", "document.status_changed"},
	}))
	b.webhook(t, bad.URL, kazinex(map[string]any{"name": "Broken", "eventTypes": []string{"document.created"}}))
	b.webhook(t, "https://example.com/idle", kazinex(map[string]any{
		"name": "Idle", "eventTypes": []string{}, "enabled": false,
	}))

	b.publish(t, "document.created", b.sample(t, "document.created"))

	last := []time.Time{next(t, bad).At, next(t, good).At}

	b.logged(t, map[string]any{"stages": []string{"SUCCEEDED"}}, "SUCCEEDED", 1)
	b.logged(t, map[string]any{"stages": []string{"FAILED"}}, "FAILED", 1)

	rows := b.list(t)
	require.Len(t, rows, 3)

	for n, want := range []struct {
		name, url, status string
		events            int
		last              any
	}{
		{"Idle", "https://example.com/idle", "DISABLED", 0, nil},
		{"Broken", bad.URL, "ENABLED", 1, "FAILED"},
		{"ERP Integration - Document Events", good.URL, "ENABLED", 2, "SUCCEEDED"},
	} {
		row := rows[n]
		require.Equal(t, want.name, row.Name)
		require.Equal(t, want.url, row.URL)
		require.Equal(t, want.status, row.Status)
		require.Len(t, row.EventTypes, want.events)

		if want.last == nil {
			require.Nil(t, row.LastAttemptAt)
			require.Nil(t, row.LastAttemptStatus)

			continue
		}

		require.Equal(t, want.last, *row.LastAttemptStatus)
		require.WithinDuration(t, last[n-1], *row.LastAttemptAt, slack, "the time of the attempt")
	}
}

func TestSeeds_KZ3_SecretIsChosenAndSubscriptionsComeAfterwards(t *testing.T) {
	t.Parallel()

	b := seed(t, "kazinex")
	to := receiver(t, nil)

	refused := b.refusal(t, to.URL, nil)
	require.Equal(t, "REQUIRED", refused.Code)
	require.Equal(t, []string{"signingSecret"}, refused.Field)

	hook := b.webhook(t, to.URL, kazinex(map[string]any{"eventTypes": []string{}, "enabled": false}))
	require.Equal(t, chosen, hook.Secret)
	require.Equal(t, "DISABLED", b.state(t, hook.ID).Status)
	b.enable(t, hook.ID, true)

	payload := b.sample(t, "transmittal.issued")
	require.Zero(t, b.post(t, "transmittal.issued", payload, nil).MatchedWebhookCount, "it wants nothing yet")

	var made struct {
		Subscription struct{ ID, EventType string }
	}

	change(t, b.Client, "createWebhookSubscription", map[string]any{
		"webhookId": hook.ID, "eventType": "transmittal.issued",
	}, "subscription { id eventType }", &made)
	require.Equal(t, "transmittal.issued", made.Subscription.EventType)
	require.Equal(t, []string{"transmittal.issued"}, b.state(t, hook.ID).EventTypes)

	require.Equal(t, 1, b.post(t, "transmittal.issued", payload, nil).MatchedWebhookCount)

	got := next(t, to)
	require.Equal(t, "sha256="+hexHMAC(chosen, got.Body), got.Header.Get("X-Kazinex-Signature"))
	require.Len(t, to.All(), 1)
}

func TestSeeds_KZ4_CatalogHasSevenTypesWithDescriptionsAndSchemas(t *testing.T) {
	t.Parallel()

	b := seed(t, "kazinex")
	to := receiver(t, nil)
	b.webhook(t, to.URL, kazinex(nil))

	catalog := b.catalog(t)
	require.Equal(t, []string{
		"document.created", "document.status_changed", "transmittal.acknowledged", "transmittal.issued",
		"workflow.completed", "workflow.created", "workflow.step_completed",
	}, names(catalog))

	for _, one := range catalog {
		require.NotEmpty(t, one.Description)
		require.NotNil(t, one.Schema)
		require.NotEmpty(t, one.Schema.Schema, "the reference has a schema of each")
		require.NotEmpty(t, one.Samples)

		b.publish(t, one.Name, one.Samples[0].Payload)

		got := opened(t, next(t, to).Body)
		require.Equal(t, one.Name, got.Event)
		require.JSONEq(t, string(one.Samples[0].Payload), string(got.Data))
	}
}

func TestSeeds_KZ5_KZ6_SignatureVerifiesWithThePagesOwnCode(t *testing.T) {
	t.Parallel()

	b := seed(t, "kazinex")
	page := verifying(t, "python3", "verify/kazinex.py")
	to := receiver(t, nil)
	b.webhook(t, to.URL, kazinex(nil))

	for _, eventType := range []string{"document.status_changed", "workflow.step_completed"} {
		b.publish(t, eventType, b.sample(t, eventType))

		got := next(t, to)
		header := got.Header.Get("X-Kazinex-Signature")

		require.Equal(t, http.MethodPost, got.Method)
		require.Equal(t, "application/json", got.Header.Get("Content-Type"))
		require.Regexp(t, `^sha256=[0-9a-f]{64}$`, header)
		page.requireGenuine(t, got.Body, header, chosen)

		// The body is all that is signed, so nothing else says when.
		for name := range got.Header {
			require.NotContains(t, strings.ToLower(name), "timestamp")
		}
	}
}

func TestSeeds_KZ7_NoAnswerWithinTenSecondsIsAFailure(t *testing.T) {
	t.Parallel()

	b := seed(t, "kazinex")
	hook := b.webhook(t, receiver(t, hangs(t)).URL, kazinex(nil))
	require.JSONEq(t, `{"timeoutSeconds": 10}`, b.settingsOf(t, hook.ID, "timeoutSeconds"))
	b.publish(t, "document.created", b.sample(t, "document.created"))

	attempt := b.logged(t, nil, "FAILED", 1)[0].LastAttempt
	require.Equal(t, "TIMEOUT", attempt.Error.Code)
	require.Nil(t, attempt.Response)
	require.InDelta(t, 10_000, attempt.DurationMs, 1_000)
}

func TestSeeds_KZ7_KZ8_WhatIsNot2xxFailsAndIsNotTriedAgain(t *testing.T) {
	t.Parallel()

	b := seed(t, "kazinex")

	for _, code := range []int{200, 202, 299, 300, 304, 404, 429, 500, 503} {
		to := receiver(t, answers(code))
		hook := b.webhook(t, to.URL, kazinex(map[string]any{"eventTypes": []string{"document.created"}}))
		b.publish(t, "document.created", b.sample(t, "document.created"))

		stage := "FAILED"
		if code < 300 {
			stage = "SUCCEEDED"
		}

		one := b.logged(t, map[string]any{"webhookIds": []string{hook.ID}}, stage, 1)[0]
		require.Equal(t, 1, one.MaxAttempts)
		require.Equal(t, 1, one.AttemptCount)
		require.Nil(t, one.NextAttemptAt)
		require.Equal(t, code, one.LastAttempt.Response.StatusCode)
		b.enable(t, hook.ID, false)
		require.Len(t, to.All(), 1)
	}

	hook := b.webhook(t, receiver(t, nil).URL, kazinex(nil))
	require.JSONEq(t, `{"retryPolicy": {"enabled": false, "delaysSeconds": []}}`,
		b.settingsOf(t, hook.ID, "retryPolicy { enabled delaysSeconds }"))
}

func TestSeeds_KZ9_KZ10_KZ11_RetryByHandResendsTheSameBytesAndTheLogShowsAll(t *testing.T) {
	t.Parallel()

	b := seed(t, "kazinex")
	to := receiver(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n == 0 {
			w.WriteHeader(http.StatusInternalServerError)
		}

		_, _ = w.Write([]byte("handler said no"))
	})
	hook := b.webhook(t, to.URL, kazinex(nil))
	occurredAt := time.Date(2026, 3, 5, 16, 40, 12, 0, time.UTC)
	event := b.post(t, "document.status_changed", b.sample(t, "document.status_changed"),
		map[string]any{"occurredAt": occurredAt}).Event.ID

	first := next(t, to)
	failed := b.logged(t, nil, "FAILED", 1)[0]
	require.Equal(t, "failed", failed.StageName)
	require.Equal(t, "document.status_changed", failed.EventType)
	require.True(t, occurredAt.Equal(failed.Event.OccurredAt), "the log says when it happened")
	require.Equal(t, 500, failed.LastAttempt.Response.StatusCode)
	require.Positive(t, failed.LastAttempt.DurationMs)
	require.Equal(t, string(first.Body), failed.LastAttempt.Request.Body)
	require.Equal(t, "handler said no", failed.LastAttempt.Response.Body)

	// What the webhook is like by now does not matter to what was rendered before.
	b.update(t, hook.ID, with(map[string]any{"name": "Renamed"}, settings(map[string]any{
		"envelope": `{"edited": true, "id": event.id}`,
	})))
	require.Empty(t, b.retry(t, failed.ID))

	second := next(t, to)
	require.Equal(t, string(first.Body), string(second.Body))
	require.Equal(t, first.Header.Get("X-Kazinex-Signature"), second.Header.Get("X-Kazinex-Signature"))
	require.Equal(t, first.Method, second.Method)

	done := b.logged(t, nil, "SUCCEEDED", 1)[0]
	require.Equal(t, "success", done.StageName)
	require.Equal(t, failed.ID, done.ID)
	require.Equal(t, event, done.Event.ID, "there is no new event")
	require.Equal(t, "MANUAL", done.LastAttempt.Trigger)
	require.Equal(t, 200, done.LastAttempt.Response.StatusCode)
	require.Equal(t, string(second.Body), done.LastAttempt.Request.Body)

	// An event that comes after the edit is rendered anew.
	b.publish(t, "document.status_changed", b.sample(t, "document.status_changed"))
	require.Contains(t, string(next(t, to).Body), `"edited":true`)
}

func TestSeeds_KZ12_HelpAndReferenceAreInTheAPI(t *testing.T) {
	t.Parallel()

	b := seed(t, "kazinex")
	help := strings.Join(b.help(t), "\n")

	for _, want := range []string{"localhost", "firewall", "200", "500", "10 seconds", "webhook.site"} {
		require.Contains(t, help, want)
	}

	// What the tutorial does: a test event to a URL that was just made.
	to := receiver(t, nil)
	hook := b.webhook(t, to.URL, kazinex(map[string]any{"eventTypes": []string{}}))

	var sent struct {
		Attempt struct {
			Status   string
			Response struct{ StatusCode int }
		}
	}

	change(t, b.Client, "sendTestEvent", map[string]any{"webhookId": hook.ID, "waitSeconds": 30},
		"attempt { status response { statusCode } }", &sent)
	require.Equal(t, "SUCCEEDED", sent.Attempt.Status)
	require.Equal(t, "webhook.test", opened(t, next(t, to).Body).Event)

	for _, one := range b.catalog(t) {
		require.True(t, json.Valid(one.Schema.Schema))
	}
}
