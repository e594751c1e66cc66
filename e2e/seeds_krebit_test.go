package e2e

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/e2e/stack"
)

func TestSeeds_KR1_CreationAnswersWithAGeneratedSecret(t *testing.T) {
	t.Parallel()

	b := seed(t, "krebit")
	to := secure(t, nil)

	hook := b.webhook(t, to.URL, map[string]any{"eventTypes": []string{"signing.sent", "signing.cancelled"}})
	require.NotEmpty(t, hook.Secret)
	require.Equal(t, []string{"signing.cancelled", "signing.sent"}, b.state(t, hook.ID).EventTypes)

	refused := b.refusal(t, to.URL, map[string]any{"signingSecret": "chosen by myself"})
	require.Equal(t, []string{"signingSecret"}, refused.Field)

	b.publish(t, "signing.document.completed", b.sample(t, "signing.document.completed"))
	b.publish(t, "signing.sent", b.sample(t, "signing.sent"))

	got := next(t, to)
	require.Equal(t, "signing.sent", opened(t, got.Body).Event)
	require.Equal(t, hexHMAC(hook.Secret, got.Body), got.Header.Get("X-Signature"))
	require.Len(t, to.All(), 1, "only what it is subscribed to")
}

func TestSeeds_KR2_PostsOverHTTPSOnlyAndAny2xxWillDo(t *testing.T) {
	t.Parallel()

	b := seed(t, "krebit")
	refused := b.refusal(t, "http://example.com/hooks", nil)
	require.Equal(t, "INVALID_URL", refused.Code)
	require.Equal(t, []string{"url"}, refused.Field)

	for _, code := range []int{200, 201, 202, 204} {
		to := secure(t, answers(code))
		hook := b.webhook(t, to.URL, nil)
		b.publish(t, "signing.sent", b.sample(t, "signing.sent"))

		got := next(t, to)
		require.Equal(t, http.MethodPost, got.Method)
		require.Equal(t, "application/json", got.Header.Get("Content-Type"))
		require.Equal(t, 1, b.logged(t, map[string]any{"webhookIds": []string{hook.ID}}, "SUCCEEDED", 1)[0].AttemptCount)
		b.enable(t, hook.ID, false)
	}

	require.Equal(t, "INVALID_URL", try(t, b.Client, "updateWebhook", map[string]any{
		"id": b.list(t)[0].ID, "url": "http://example.com/hooks",
	}, "", nil)[0].Code)
}

func TestSeeds_KR3_SignatureVerifiesWithThePagesOwnCode(t *testing.T) {
	t.Parallel()

	b := seed(t, "krebit")
	page := verifying(t, "node", "verify/krebit.mjs")
	to := secure(t, nil)
	hook := b.webhook(t, to.URL, nil)

	for _, one := range b.catalog(t) {
		b.publish(t, one.Name, one.Samples[0].Payload)

		got := next(t, to)
		header := got.Header.Get("X-Signature")
		require.Regexp(t, `^[0-9a-f]{64}$`, header)
		require.Equal(t, b.OrganizationID, got.Header.Get("X-Client-Id"))
		page.requireGenuine(t, got.Body, header, hook.Secret)
	}
}

func TestSeeds_KR4_CatalogCanBeAskedForAndGrows(t *testing.T) {
	t.Parallel()

	b := seed(t, "krebit")
	require.Equal(t, []string{"signing.cancelled", "signing.document.completed", "signing.sent"}, names(b.catalog(t)))

	to := secure(t, nil)
	b.webhook(t, to.URL, nil)
	require.NoError(t, b.CreateEventType(t.Context(), "signing.declined"))
	require.Contains(t, names(b.catalog(t)), "signing.declined")

	b.publish(t, "signing.declined", map[string]any{"signingId": "sgn_1"})
	require.Equal(t, "signing.declined", opened(t, next(t, to).Body).Event)
}

func TestSeeds_KR5_PayloadHasTheSameIDAndBytesOnEveryRetry(t *testing.T) {
	t.Parallel()

	b := seed(t, "krebit")
	to := secure(t, answers(500, 502, 500, 200))
	hook := b.webhook(t, to.URL, retries(1, 3))
	event := b.publish(t, "signing.sent", b.sample(t, "signing.sent"))

	first := next(t, to)
	require.Equal(t, event, opened(t, first.Body).ID)

	// The webhook is edited while the delivery waits for its retries.
	b.update(t, hook.ID, settings(map[string]any{"envelope": `{"id": "another", "data": event.data}`}))

	requests := []stack.Received{first, next(t, to), next(t, to)}
	failed := b.logged(t, nil, "FAILED", 1)[0]
	require.Equal(t, 3, failed.AttemptCount)
	require.Empty(t, b.retry(t, failed.ID))

	for _, one := range append(requests, next(t, to)) {
		require.Equal(t, string(first.Body), string(one.Body))
		require.Equal(t, first.Header.Get("X-Signature"), one.Header.Get("X-Signature"))
	}

	b.logged(t, nil, "SUCCEEDED", 1)

	other := b.publish(t, "signing.sent", b.sample(t, "signing.sent"))
	require.NotEqual(t, event, other)
	require.Equal(t, "another", opened(t, next(t, to).Body).ID)
}

func TestSeeds_KR6_TransientFailuresAreRetriedAndLogged(t *testing.T) {
	t.Parallel()

	b := seed(t, "krebit")

	for _, one := range []struct {
		code    int
		stage   string
		message string
	}{
		{500, "RETRYING", "answered 500 Internal Server Error"},
		{408, "RETRYING", "answered 408 Request Timeout"},
		{429, "RETRYING", "answered 429 Too Many Requests"},
		{400, "FAILED", "answered 400 Bad Request"},
		{404, "FAILED", "answered 404 Not Found"},
	} {
		to := secure(t, answers(one.code))
		hook := b.webhook(t, to.URL, map[string]any{"eventTypes": []string{"signing.sent"}})
		b.publish(t, "signing.sent", b.sample(t, "signing.sent"))

		got := b.logged(t, map[string]any{"webhookIds": []string{hook.ID}}, one.stage, 1)[0]
		require.Equal(t, 10, got.MaxAttempts)
		require.Equal(t, 1, got.LastAttempt.Number)
		require.Equal(t, "HTTP_STATUS", got.LastError.Code)
		require.Equal(t, one.message, got.LastError.Message)

		if one.stage == "RETRYING" {
			wait := got.NextAttemptAt.Sub(got.LastAttempt.StartedAt).Seconds()
			require.InDelta(t, 5, wait, 1, "5 s, and at most a tenth more or less")
		}

		b.enable(t, hook.ID, false)
	}

	require.JSONEq(t, `{"retryPolicy": {
		"enabled": true, "jitterPercent": 10, "honorRetryAfter": true,
		"delaysSeconds": [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400],
		"retryOn": ["NETWORK", "TIMEOUT", "STATUS_408_429", "STATUS_5XX"]
	}}`, b.settingsOf(t, b.list(t)[0].ID,
		"retryPolicy { enabled jitterPercent honorRetryAfter delaysSeconds retryOn }"))
}

func TestSeeds_KR9_ReferenceHasTheExactPayloadAndRequestFields(t *testing.T) {
	t.Parallel()

	b := seed(t, "krebit")
	to := secure(t, nil)
	hook := b.webhook(t, to.URL, nil)
	event := b.publish(t, "signing.document.completed", b.sample(t, "signing.document.completed"))
	got := next(t, to)

	// The preview shows what is sent, to the byte.
	request := ask[struct {
		WebhookPreview struct {
			Previews []struct {
				Matched bool
				Request struct {
					Method, URL, Body string
					Headers           []struct{ Name, Value string }
				}
			}
		}
	}](t, b.Client, `query ($input: WebhookPreviewInput!) { webhookPreview(input: $input) { previews {
		matched request { method url body headers { name value } }
	} } }`, map[string]any{"input": map[string]any{"webhookId": hook.ID, "eventIds": []string{event}}},
	).WebhookPreview.Previews[0]
	require.True(t, request.Matched)
	require.Equal(t, string(got.Body), request.Request.Body)
	require.Equal(t, http.MethodPost, request.Request.Method)
	require.Equal(t, to.URL, request.Request.URL)

	headers := make(map[string]string)
	for _, one := range request.Request.Headers {
		headers[http.CanonicalHeaderKey(one.Name)] = one.Value
	}

	for _, name := range []string{"X-Signature", "X-Client-Id", "Content-Type"} {
		require.Equal(t, got.Header.Get(name), headers[name])
	}

	// The schema says what is in it, and the generated reference what can be asked.
	var schema struct{ Required []string }

	for _, one := range b.catalog(t) {
		if one.Name == "signing.document.completed" {
			require.NoError(t, json.Unmarshal(one.Schema.Schema, &schema))
		}
	}

	require.Contains(t, schema.Required, "documentId")

	reference, err := os.ReadFile(filepath.Join(stack.Root(), "docs", "api.md"))
	require.NoError(t, err)

	require.Subset(t, regexp.MustCompile(`(?m)^### \w+$`).FindAllString(string(reference), -1),
		[]string{"### CreateWebhookInput", "### WebhookSettings", "### SignatureProfile", "### Event"})
}

func TestSeeds_KR8_SourceRangesAndTunnels(t *testing.T) {
	t.Parallel()

	b := seed(t, "krebit")
	require.Equal(t, stack.SourceRanges(), ask[struct{ SourceRanges []string }](t, b.Client, `{ sourceRanges }`,
		nil).SourceRanges)

	// A tunnel is a host like any other.
	b.webhook(t, "https://a1b2c3d4.ngrok-free.app/hooks", map[string]any{"enabled": false})
	require.Equal(t, "https://a1b2c3d4.ngrok-free.app/hooks", b.list(t)[0].URL)
}

func TestSeeds_KR8_SecretRotatedByHandSignsBesideTheOldOne(t *testing.T) {
	t.Parallel()

	b := seed(t, "krebit")
	page := verifying(t, "node", "verify/krebit.mjs")
	to := secure(t, nil)
	hook := b.webhook(t, to.URL, nil)

	rotate := func(overlap int) string {
		var rotated struct{ SigningSecret string }

		change(t, b.Client, "rotateWebhookSecret", map[string]any{"webhookId": hook.ID, "overlapSeconds": overlap},
			"signingSecret", &rotated)

		return rotated.SigningSecret
	}
	send := func() stack.Received {
		b.publish(t, "signing.sent", b.sample(t, "signing.sent"))

		return next(t, to)
	}

	// Who verifies with the latest secret looks at one header, who has yet to change it at the other.
	second := rotate(3_600)
	require.NotEqual(t, hook.Secret, second)

	got := send()
	page.requireGenuine(t, got.Body, got.Header.Get("X-Signature"), second)
	page.requireGenuine(t, got.Body, got.Header.Get("X-Signature-Previous"), hook.Secret)

	// Without an overlap the old ones end at once.
	third := rotate(0)
	got = send()
	page.requireGenuine(t, got.Body, got.Header.Get("X-Signature"), third)
	require.Empty(t, got.Header.Get("X-Signature-Previous"))
}

func TestSeeds_KR8_OldSecretEndsByItself(t *testing.T) {
	t.Parallel()

	b := seed(t, "krebit")
	to := secure(t, nil)
	hook := b.webhook(t, to.URL, nil)

	change(t, b.Client, "rotateWebhookSecret", map[string]any{"webhookId": hook.ID, "overlapSeconds": 3}, "", nil)

	// Real time is the point.
	require.Eventually(t, func() bool {
		b.publish(t, "signing.sent", b.sample(t, "signing.sent"))

		return next(t, to).Header.Get("X-Signature-Previous") == ""
	}, patience, 200*time.Millisecond)
	require.Len(t, b.state(t, hook.ID).Secrets, 1)
}
