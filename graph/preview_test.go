package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/id"
)

const webhookPreview = `query ($input: WebhookPreviewInput!) { webhookPreview(input: $input) {
	previews { eventId eventType matched reason detail subscription error { code message }
		request { method url headers { name value } body } changes { path before after } }
	` + allSettings + ` changes { path before after }
	userErrors { code message field line column } } }`

func (b *testBundle) previewed(input vars) response {
	b.t.Helper()

	return b.as(apikey.Developer, webhookPreview, vars{"input": input})
}

// headers are those of the request that would be sent.
func (r response) headers(preview string) map[string]string {
	r.t.Helper()

	out := make(map[string]string)

	for _, one := range r.at(preview + ".request.headers").([]any) {
		header := one.(vars)
		out[header["name"].(string)] = header["value"].(string)
	}

	return out
}

func TestWebhookPreview_ShowsTheRequestOfADraft(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	before := b.rows()
	offered := len(b.dispatcher.offered())

	out := b.previewed(vars{
		"organizationId": b.mine.org, "url": "https://example.com/in?a=1",
		"settings": vars{
			"method": "PUT", "envelope": `{"kind": event.type, "data": event.data}`,
			"query": []any{vars{"name": "from", "value": "organization.slug"}},
			"signatures": []any{vars{
				"scheme": "HMAC_SHA256_BODY", "headerName": "X-Sig", "prefix": "sha256=", "encoding": "HEX", "clientIdHeader": "X-Me",
			}},
		},
		"customHeaders": []any{vars{"name": "X-Token", "value": "hunter2"}},
		"auth":          vars{"bearer": vars{"token": "hunter2"}},
		"subscriptions": []any{vars{"eventType": "item.*", "filter": "event.data.n > 1", "payloadQuery": "{ number: n }"}},
		"event":         vars{"eventType": "item.created", "payload": vars{"n": 2, "secret": "x"}},
	}).ok()

	require.Equal(t, "PUT", out.at("webhookPreview.settings.method"))
	require.Empty(t, out.at("webhookPreview.changes"), "there is nothing to compare a new one with")
	require.Len(t, out.at("webhookPreview.previews"), 1)

	const first = "webhookPreview.previews.0"

	require.Nil(t, out.at(first+".eventId"))
	require.Equal(t, true, out.at(first+".matched"))
	require.Equal(t, "MATCHED", out.at(first+".reason"))
	require.Equal(t, "item.*", out.at(first+".subscription"))
	require.Nil(t, out.at(first+".error"))
	require.Empty(t, out.at(first+".changes"))
	require.Equal(t, "PUT", out.at(first+".request.method"))
	require.Equal(t, "https://example.com/in?a=1&from=mine", out.at(first+".request.url"))
	require.JSONEq(t, `{"kind":"item.created","data":{"number":2}}`, out.text(first+".request.body"))

	headers := out.headers(first)
	require.Equal(t, "application/json", headers["Content-Type"])
	require.Regexp(t, "^sha256=[0-9a-f]{64}$", headers["X-Sig"])
	require.Equal(t, b.mine.org.String(), headers["X-Me"])
	require.Equal(t, "***", headers["X-Token"])
	require.Equal(t, "***", headers["Authorization"])
	require.Contains(t, headers, "User-Agent")
	require.NotContains(t, out.rawBody, "hunter2")

	require.Equal(t, before, b.rows())
	require.Len(t, b.dispatcher.offered(), offered)
}

func TestWebhookPreview_SaysWhyAnEventDoesNotMatch(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	subscription := func(changes vars) []any {
		return []any{with(vars{"eventType": "item.created"}, changes)}
	}

	for reason, test := range map[string]struct {
		subscriptions []any
		matched       bool
	}{
		"EVENT_TYPE_NOT_SUBSCRIBED": {[]any{}, false},
		"FILTER_FAILED":             {subscription(vars{"filter": "1 / event.data.zero == 1"}), true},
		"FILTER_MISMATCH":           {subscription(vars{"filter": `event.data.n == 7`}), false},
		"MATCHED":                   {subscription(vars{"filter": `event.data.n == 1`, "resourceIds": []any{"b"}}), true},
		"RESOURCE_NOT_LISTED":       {subscription(vars{"resourceIds": []any{"c"}}), false},
		"SUBSCRIPTION_DISABLED":     {subscription(vars{"enabled": false}), false},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)

			out := b.previewed(vars{
				"organizationId": b.mine.org, "url": "https://example.com/", "subscriptions": test.subscriptions,
				"event": vars{
					"eventType": "item.created", "payload": vars{"n": 1, "zero": 0}, "resourceIds": []any{"a", "b"},
				},
			}).ok()
			require.Equal(t, reason, out.at("webhookPreview.previews.0.reason"), out.rawBody)
			require.Equal(t, test.matched, out.at("webhookPreview.previews.0.matched"))
			require.Equal(t, test.matched, out.at("webhookPreview.previews.0.request") != nil)
		})
	}
}

func TestWebhookPreview_ShowsWhatADraftChanges(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	change := func(path string, before, after any) vars { return vars{"path": path, "before": before, "after": after} }

	out := b.previewed(vars{
		"webhookId": b.mine.webhook, "url": "https://example.com/other", "last": 1,
		"settings":      vars{"timeoutSeconds": 9, "envelope": "event.data"},
		"customHeaders": []any{},
	}).ok()
	require.Contains(t, out.at("webhookPreview.changes"), change("settings.timeoutSeconds", "15", "9"))
	require.Len(t, out.at("webhookPreview.changes"), 2)

	const first = "webhookPreview.previews.0"

	require.Equal(t, b.mine.event.String(), out.at(first+".eventId"))
	require.JSONEq(t, `{"n":1}`, out.text(first+".request.body"))

	changes := out.at(first + ".changes")
	require.Contains(t, changes, change("url", "https://example.com/hook", "https://example.com/other"))
	require.Contains(t, changes, change("header.X-Token", "***", nil))
	require.Subset(t, []string{"body", "header.Content-Length", "header.Webhook-Signature", "header.X-Token", "url"},
		out.texts(first+".changes", "path"))

	// What is saved is as it was.
	same := b.previewed(vars{"webhookId": b.mine.webhook, "eventIds": []any{b.mine.event}}).ok()
	require.Empty(t, same.at("webhookPreview.changes"))
	require.Empty(t, same.at(first+".changes"))
	require.Equal(t, "https://example.com/hook", same.at(first+".request.url"))

	gone := b.previewed(vars{"webhookId": b.mine.webhook, "subscriptions": []any{}, "last": 1}).ok()
	require.Contains(t, gone.at(first+".changes"), change("matched", "true", "false"))
	require.Contains(t, gone.at(first+".changes"), change("url", "https://example.com/hook", nil))
}

func TestWebhookPreview_TriesRealEvents(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	second, _ := b.publish(b.mine.org)

	tried := func(input vars) []string {
		t.Helper()

		return b.previewed(with(vars{"webhookId": b.mine.webhook}, input)).ok().texts("webhookPreview.previews", "eventId")
	}

	require.Equal(t, []string{second.String(), b.mine.event.String()}, tried(vars{"last": 20}))
	require.Equal(t, []string{second.String()}, tried(vars{"last": 1}))
	require.Equal(t, []string{b.mine.event.String(), second.String()},
		tried(vars{"eventIds": []any{b.mine.event, second}}))
}

func TestWebhookPreview_ShowsWhatCannotBeMade(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	out := b.previewed(vars{
		"webhookId": b.mine.webhook, "settings": vars{"envelope": `{"a": event.data.missing.deep}`}, "last": 1,
	}).ok()
	require.Equal(t, true, out.at("webhookPreview.previews.0.matched"))
	require.Nil(t, out.at("webhookPreview.previews.0.request"))
	require.Equal(t, "RENDER", out.at("webhookPreview.previews.0.error.code"))
	require.Contains(t, out.text("webhookPreview.previews.0.error.message"), "envelope")
}

func TestWebhookPreview_RefusesWhatCannotBeSaved(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)
	b.fill(&b.foreign)

	event := vars{"eventType": "item.created", "payload": vars{"n": 1}}
	before := b.rows()

	for name, test := range map[string]struct {
		input vars
		code  string
		field []any
	}{
		"event and others":       {vars{"event": event, "last": 1}, "REQUIRED", []any{"event"}},
		"event of another":       {vars{"eventIds": []any{b.mine.event, b.foreign.event}}, "NOT_FOUND", []any{"eventIds", "1"}},
		"events, none":           {vars{"eventIds": []any{}}, "INVALID", []any{"eventIds"}},
		"events, too many":       {vars{"eventIds": repeated(b.mine.event.String(), 21)}, "INVALID", []any{"eventIds"}},
		"expression":             {vars{"last": 1, "settings": vars{"envelope": "event.nope"}}, "INVALID_EXPRESSION", []any{"settings", "envelope"}},
		"last of none":           {vars{"last": 0}, "INVALID", []any{"last"}},
		"last, too many":         {vars{"last": 21}, "INVALID", []any{"last"}},
		"neither of them":        {vars{}, "REQUIRED", []any{"event"}},
		"payload that is a text": {vars{"event": with(event, vars{"payload": "text"})}, "INVALID", []any{"event", "payload"}},
		"recipe of a webhook":    {vars{"last": 1, "recipe": "slack"}, "INVALID", []any{"recipe"}},
		"subscription":           {vars{"last": 1, "subscriptions": []any{vars{"eventType": "no.such"}}}, "UNKNOWN_EVENT_TYPE", []any{"subscriptions", "0", "eventType"}},
		"timeout":                {vars{"last": 1, "settings": vars{"timeoutSeconds": 61}}, "INVALID", []any{"settings", "timeoutSeconds"}},
		"url":                    {vars{"last": 1, "url": "ftp://example.com/"}, "INVALID_URL", []any{"url"}},
		"webhook, malformed":     {vars{"last": 1, "webhookId": "nonsense", "organizationId": b.mine.org}, "NOT_FOUND", []any{"webhookId"}},
		"webhook, unknown":       {vars{"last": 1, "webhookId": id.New(id.Webhook)}, "NOT_FOUND", []any{"webhookId"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)

			out := b.previewed(with(vars{"webhookId": b.mine.webhook}, test.input)).
				refused("webhookPreview", test.code, test.field...)
			require.Equal(t, []any{}, out.at("webhookPreview.previews"))
			require.Nil(t, out.at("webhookPreview.settings"))
			require.Equal(t, before, b.rows())
		})
	}

	b.previewed(vars{"event": event}).refused("webhookPreview", "NOT_FOUND", "organizationId")
	b.previewed(vars{"organizationId": b.mine.org, "event": event}).refused("webhookPreview", "INVALID_URL", "url")
	b.previewed(vars{"organizationId": b.mine.org, "url": "https://example.com/", "event": event, "recipe": "nope"}).
		refused("webhookPreview", "NOT_FOUND", "recipe")
}

func TestWebhookPreview_OfARecipeWithItsProfile(t *testing.T) {
	t.Parallel()

	b := setup(t).founded(t, "knoxcall")

	out := b.previewed(vars{
		"organizationId": b.mine.org, "url": "https://hooks.slack.com/services/x", "recipe": "slack-error-alerts",
		"event": vars{"eventType": "request.error", "payload": vars{
			"request": vars{"method": "GET", "path": "/v1"}, "response": vars{"statusCode": 500},
		}},
	}).ok()
	require.JSONEq(t, `{"text":"*request.error* GET /v1: 500"}`, out.text("webhookPreview.previews.0.request.body"))
	require.Regexp(t, "^sha256=", out.headers("webhookPreview.previews.0")["X-Knoxcall-Signature"])
}
