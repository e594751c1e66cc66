package graph_test

import (
	"bytes"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/id"
)

// The lines of what bad input gets: a clear, typed error and no trace in the database.

func TestBadInput_PublishEvent(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)
	b.admin(publishEvent, vars{"input": vars{
		"organizationId": b.mine.org, "eventType": "item.created", "payload": vars{"n": 1}, "idempotencyKey": "taken",
	}})

	before := b.rows()

	for name, test := range map[string]struct {
		change vars
		code   string
		field  string
	}{
		"empty idempotency key":       {vars{"idempotencyKey": ""}, "REQUIRED", "idempotencyKey"},
		"idempotency key, other body": {vars{"payload": vars{"n": 2}, "idempotencyKey": "taken"}, "IDEMPOTENCY_CONFLICT", "idempotencyKey"},
		"idempotency key, too long":   {vars{"idempotencyKey": strings.Repeat("k", 256)}, "TOO_LONG", "idempotencyKey"},
		"resource id, empty":          {vars{"resourceIds": []any{"a", ""}}, "REQUIRED", "resourceIds"},
		"resource id, too long":       {vars{"resourceIds": []any{strings.Repeat("r", 256)}}, "TOO_LONG", "resourceIds"},
		"resource id with line feed":  {vars{"resourceIds": []any{"a\nb"}}, "INVALID", "resourceIds"},
		"resource ids, too many":      {vars{"resourceIds": repeated("r", 101)}, "LIMIT_EXCEEDED", "resourceIds"},
		"payload against its schema":  {vars{"payload": vars{"m": 1}}, "PAYLOAD_SCHEMA_MISMATCH", "payload"},
		"payload over 256 KiB":        {vars{"payload": vars{"n": strings.Repeat("x", 262_145)}}, "PAYLOAD_TOO_LARGE", "payload"},
		"payload that is a text":      {vars{"payload": `{"n":1}`}, "INVALID", "payload"},
		"payload too deep":            {vars{"payload": vars{"n": nested(65)}}, "INVALID", "payload"},
		"time out of reach":           {vars{"occurredAt": "9999-12-31T00:00:00Z"}, "INVALID", "occurredAt"},
		"unknown event type":          {vars{"eventType": "no.such"}, "UNKNOWN_EVENT_TYPE", "eventType"},
		"unknown organization":        {vars{"organizationId": id.New(id.Organization)}, "NOT_FOUND", "organizationId"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)

			input := vars{"organizationId": b.mine.org, "eventType": "item.created", "payload": vars{"n": 1}}
			maps.Copy(input, test.change)

			out := b.as(apikey.Admin, publishEvent, vars{"input": input})
			require.Empty(t, out.Errors)

			refused := out.at("publishEvent.userErrors").([]any)
			require.NotEmpty(t, refused)

			first := refused[0].(vars)
			require.Equal(t, test.code, first["code"])
			require.Equal(t, test.field, first["field"].([]any)[0])
			require.Equal(t, before, b.rows())
		})
	}
}

func repeated(text string, times int) []any {
	out := make([]any, times)
	for n := range out {
		out[n] = text
	}

	return out
}

func nested(depth int) any {
	var out any = 1
	for range depth {
		out = []any{out}
	}

	return out
}

func TestBadInput_CreateWebhook(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	before := b.rows()
	header := func(name, value string) vars {
		return vars{"customHeaders": []any{vars{"name": name, "value": value}}}
	}

	for name, test := range map[string]struct {
		change vars
		code   string
		field  []any
	}{
		"delay of nothing": {
			vars{"settings": vars{"retryPolicy": vars{"delaysSeconds": []any{0}}}},
			"INVALID",
			[]any{"settings", "retryPolicy", "delaysSeconds", "0"},
		},
		"header name with CRLF":  {header("X-A\r\nX-B", "1"), "INVALID", []any{"customHeaders", "0", "name"}},
		"header value with CRLF": {header("X-A", "1\r\nX-B: 2"), "INVALID", []any{"customHeaders", "0", "value"}},
		"header, reserved":       {header("Webhook-Signature", "v1,x"), "INVALID", []any{"customHeaders", "0", "name"}},
		"header, reserved too":   {header("Host", "example.org"), "INVALID", []any{"customHeaders", "0", "name"}},
		"secret too short":       {vars{"signingSecret": "whsec_AAAA"}, "INVALID", []any{"signingSecret"}},
		"timeout":                {vars{"settings": vars{"timeoutSeconds": 0}}, "INVALID", []any{"settings", "timeoutSeconds"}},
		"unknown event type":     {vars{"eventTypes": []any{"no.such"}}, "UNKNOWN_EVENT_TYPE", []any{"eventTypes", "0"}},
		"url of a file":          {vars{"url": "file:///etc/passwd"}, "INVALID_URL", []any{"url"}},
		"url of ftp":             {vars{"url": "ftp://example.com/"}, "INVALID_URL", []any{"url"}},
		"url with a password":    {vars{"url": "https://user:secret@example.com/"}, "INVALID_URL", []any{"url"}},
		"url without a host":     {vars{"url": "https://"}, "INVALID_URL", []any{"url"}},
		"url, malformed":         {vars{"url": "https://exa mple.com/%zz"}, "INVALID_URL", []any{"url"}},
		"url, relative":          {vars{"url": "/hook"}, "INVALID_URL", []any{"url"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)

			input := vars{"organizationId": b.mine.org, "name": "Hook", "url": "https://example.com/"}
			maps.Copy(input, test.change)

			b.as(apikey.Admin, createWebhook, vars{"input": input}).refused("createWebhook", test.code, test.field...)
			require.Equal(t, before, b.rows())
		})
	}
}

func TestBadInput_Pages(t *testing.T) {
	t.Parallel()

	const list = `query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { organization(id: $id) {
		events(first: $first, after: $after, last: $last, before: $before) { nodes { id } } } }`

	b := setup(t)

	for name, page := range map[string]vars{
		"both ends":            {"first": 1, "last": 1},
		"cursor, malformed":    {"after": "nonsense"},
		"cursor, empty":        {"before": ""},
		"none":                 {"first": 0},
		"over 100":             {"first": 101},
		"over 100 backwards":   {"last": 101},
		"over 32 bits":         {"first": 1 << 40},
		"smaller than nothing": {"last": -1},
		"a text":               {"first": "5"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)

			page["id"] = b.mine.org

			out := b.as(apikey.Admin, list, page)
			require.NotEmpty(t, out.Errors)
			require.Contains(t, []string{"BAD_REQUEST", "GRAPHQL_VALIDATION_FAILED"}, out.Errors[0].Extensions.Code)
			require.NotEmpty(t, out.Errors[0].Extensions.RequestID)
			require.NotContains(t, out.rawBody, "internal")
		})
	}
}

func TestBadInput_Values(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	before := b.rows()

	const events = `query ($id: ID!, $filter: EventFilter) { organization(id: $id) { events(filter: $filter) { nodes { id } } } }`

	const webhooks = `query ($id: ID!, $filter: WebhookFilter) {
		organization(id: $id) { webhooks(filter: $filter) { nodes { id } } } }`

	const create = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { userErrors { code } } }`

	webhook := func(member string, value any) vars {
		return vars{"input": vars{
			"organizationId": b.mine.org, "name": "Hook", "url": "https://example.com/", member: value,
		}}
	}

	for name, test := range map[string]struct {
		query     string
		variables vars
	}{
		"date of another kind":    {events, vars{"filter": vars{"createdAt": vars{"from": "2026-01-31"}}}},
		"date that is a number":   {events, vars{"filter": vars{"createdAt": vars{"from": 1}}}},
		"date that is not":        {events, vars{"filter": vars{"createdAt": vars{"from": "2026-02-30T00:00:00Z"}}}},
		"date without offset":     {events, vars{"filter": vars{"createdAt": vars{"from": "2026-01-31T00:00:00"}}}},
		"enum in small letters":   {webhooks, vars{"filter": vars{"statuses": []any{"enabled"}}}},
		"enum, unknown":           {webhooks, vars{"filter": vars{"statuses": []any{"ASLEEP"}}}},
		"id that is a number":     {events, vars{"id": 7}},
		"method, unknown":         {create, webhook("settings", vars{"method": "DELETE"})},
		"method in small letters": {create, webhook("settings", vars{"method": "post"})},
		"number that is broken":   {create, webhook("settings", vars{"timeoutSeconds": 1.5})},
		"number that is a text":   {create, webhook("settings", vars{"timeoutSeconds": "30"})},
		"number over 32 bits":     {create, webhook("settings", vars{"timeoutSeconds": 1 << 40})},
		"null in a list":          {create, webhook("settings", vars{"query": []any{nil}})},
		"retry class, unknown":    {create, webhook("settings", vars{"retryPolicy": vars{"retryOn": []any{"ALL"}}})},
		"setting that is unknown": {create, webhook("settings", vars{"timeout": 1})},
		"settings that are old":   {create, webhook("timeoutSeconds", 1)},
		"scheme, unknown":         {create, webhook("settings", vars{"signatures": []any{vars{"scheme": "MD5"}}})},
		"signature without one":   {create, webhook("settings", vars{"signatures": []any{vars{"prefix": "a"}}})},
		"style, unknown": {create, webhook("auth", vars{"oauth2": vars{
			"tokenUrl": "https://a.example.com/", "clientId": "c", "clientSecret": "s", "style": "QUERY",
		}})},
		"text with U+0000, deep":  {create, webhook("settings", vars{"envelope": "a\x00"})},
		"member that is unknown":  {events, vars{"filter": vars{"nonsense": 1}}},
		"text with U+0000":        {events, vars{"filter": vars{"eventTypes": []any{"a\x00"}}}},
		"text with U+0000 inside": {webhooks, vars{"filter": vars{"eventType": "a\x00"}}},
		"text that is a number":   {events, vars{"filter": vars{"eventTypes": []any{7}}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)

			variables := vars{"id": b.mine.org}
			maps.Copy(variables, test.variables)

			out := b.as(apikey.Admin, test.query, variables)
			require.NotEmpty(t, out.Errors)
			require.Contains(t, []string{"BAD_REQUEST", "GRAPHQL_VALIDATION_FAILED"}, out.Errors[0].Extensions.Code, out.rawBody)
			require.Equal(t, before, b.rows())
		})
	}
}

func TestBadInput_WrongKeys(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	revoked, token := b.makeKey(&b.mine.org, apikey.Admin)
	b.admin(`mutation ($id: ID!) { revokeApiKey(input: {id: $id}) { userErrors { code } } }`, vars{"id": revoked.ID})

	before := b.rows()
	change := vars{"input": vars{"id": b.mine.webhook, "name": "Changed"}}

	const update = `mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { userErrors { code } } }`

	for name, test := range map[string]struct{ token, code string }{
		"no key":     {"", "UNAUTHENTICATED"},
		"no token":   {"nonsense", "UNAUTHENTICATED"},
		"revoked":    {token, "UNAUTHENTICATED"},
		"wrong role": {b.tokens[apikey.Viewer], "FORBIDDEN"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)

			b.send(test.token, update, change).failed(test.code)
			require.Equal(t, before, b.rows())
		})
	}
}

func TestBadInput_Bodies(t *testing.T) {
	t.Parallel()

	b := setup(t)
	before := b.rows()

	for name, test := range map[string]struct {
		body   string
		status int
		says   string
	}{
		"a list":          {`[{"query":"{viewer{role}}"}]`, http.StatusBadRequest, "array"},
		"a secret in it":  {`{"query": "hunter2`, http.StatusBadRequest, "JSON"},
		"empty":           {``, http.StatusBadRequest, "JSON"},
		"no text":         {`{"query": 5}`, http.StatusBadRequest, "query"},
		"over 1 MiB":      {`{"query":"` + strings.Repeat(" ", 1<<20) + `"}`, http.StatusRequestEntityTooLarge, "larger"},
		"two at once":     {`{"query":"{viewer{role}}"} {}`, http.StatusBadRequest, "JSON"},
		"variables, text": {`{"query":"{viewer{role}}","variables":"x"}`, http.StatusBadRequest, "variables"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)

			out := b.post(b.mine.admin, []byte(test.body), nil).failed("BAD_REQUEST")
			require.Equal(t, test.status, out.Status)
			require.Contains(t, out.Errors[0].Message, test.says)
			require.NotContains(t, out.rawBody, "hunter2")
			require.NotContains(t, b.log.String(), "hunter2")
			require.Equal(t, before, b.rows())
		})
	}
}

func TestBadInput_NotEvenARequest(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for name, test := range map[string]struct {
		method, contentType string
		status              int
	}{
		"a form":            {http.MethodPost, "application/x-www-form-urlencoded", http.StatusUnsupportedMediaType},
		"a form with files": {http.MethodPost, "multipart/form-data; boundary=x", http.StatusUnsupportedMediaType},
		"a text":            {http.MethodPost, "text/plain", http.StatusUnsupportedMediaType},
		"GET":               {http.MethodGet, "", http.StatusMethodNotAllowed},
		"no type":           {http.MethodPost, "", http.StatusUnsupportedMediaType},
		"PUT":               {http.MethodPut, "application/json", http.StatusMethodNotAllowed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)

			r, err := http.NewRequestWithContext(t.Context(), test.method, b.url+"?query={viewer{role}}",
				bytes.NewReader([]byte(`{"query":"{ viewer { role } }"}`)))
			require.NoError(t, err)

			r.Header.Set("Content-Type", test.contentType)
			r.Header.Set("Authorization", "Bearer "+b.mine.admin)

			require.Equal(t, test.status, b.do(r).failed("BAD_REQUEST").Status)
		})
	}
}
