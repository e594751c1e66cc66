package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/apikey"
)

// What is wrong with settings is named to the field and, in expressions, to the character; and nothing is half saved.

// badSettings are settings that no profile takes.
var badSettings = map[string]struct {
	settings     vars
	code         string
	field        []any
	line, column any
}{
	"auto-disable after too many":     {vars{"autoDisable": vars{"consecutiveFailures": 10_001}}, "INVALID", []any{"autoDisable", "consecutiveFailures"}, nil, nil},
	"auto-disable after too long":     {vars{"autoDisable": vars{"failingForHours": 721}}, "INVALID", []any{"autoDisable", "failingForHours"}, nil, nil},
	"backoff that shrinks":            {vars{"retryPolicy": vars{"backoff": vars{"factor": 0.5}}}, "INVALID", []any{"retryPolicy", "backoff", "factor"}, nil, nil},
	"breaker at 101 percent":          {vars{"breaker": vars{"failurePercent": 101}}, "INVALID", []any{"breaker", "failurePercent"}, nil, nil},
	"breaker without attempts":        {vars{"breaker": vars{"minimumAttempts": 0}}, "INVALID", []any{"breaker", "minimumAttempts"}, nil, nil},
	"breaker over more than an hour":  {vars{"breaker": vars{"windowSeconds": 3_601}}, "INVALID", []any{"breaker", "windowSeconds"}, nil, nil},
	"breaker with too long a rest":    {vars{"breaker": vars{"cooldownSeconds": 901}}, "INVALID", []any{"breaker", "cooldownSeconds"}, nil, nil},
	"rate that is negative":           {vars{"maxRequestsPerSecond": -1}, "INVALID", []any{"maxRequestsPerSecond"}, nil, nil},
	"rate that is too high":           {vars{"maxRequestsPerSecond": 10_001}, "INVALID", []any{"maxRequestsPerSecond"}, nil, nil},
	"delay of over 7 days":            {vars{"retryPolicy": vars{"delaysSeconds": []any{1, 604_801}}}, "INVALID", []any{"retryPolicy", "delaysSeconds", "1"}, nil, nil},
	"envelope that does not compile":  {vars{"envelope": "{\n  \"id\": event.id,\n  \"x\": event.nope\n}"}, "INVALID_EXPRESSION", []any{"envelope"}, 3.0, 8.0},
	"envelope that does not parse":    {vars{"envelope": `{"id": }`}, "INVALID_EXPRESSION", []any{"envelope"}, 1.0, 8.0},
	"envelope that is empty":          {vars{"envelope": ""}, "INVALID_EXPRESSION", []any{"envelope"}, nil, nil},
	"envelope with an unknown name":   {vars{"envelope": `{"a": secret}`}, "INVALID_EXPRESSION", []any{"envelope"}, 1.0, 7.0},
	"jitter":                          {vars{"retryPolicy": vars{"jitterPercent": 51}}, "INVALID", []any{"retryPolicy", "jitterPercent"}, nil, nil},
	"overlap":                         {vars{"secretRotation": vars{"overlapSeconds": 604_801}}, "INVALID", []any{"secretRotation", "overlapSeconds"}, nil, nil},
	"parameter that does not compile": {vars{"query": []any{vars{"name": "a", "value": "event.id"}, vars{"name": "b", "value": "event.nope"}}}, "INVALID_EXPRESSION", []any{"query", "1", "value"}, 1.0, 1.0},
	"parameter without a name":        {vars{"query": []any{vars{"name": "", "value": "event.id"}}}, "REQUIRED", []any{"query", "0", "name"}, nil, nil},
	"rotation in the past":            {vars{"secretRotation": vars{"everyDays": -1}}, "INVALID", []any{"secretRotation", "everyDays"}, nil, nil},
	"section that there is not":       {vars{"sections": []any{vars{"name": "nope", "included": false}}}, "REQUIRED", []any{"sections", "0", "paths"}, nil, nil},
	"signature in a reserved header":  {vars{"signatures": []any{vars{"scheme": "HMAC_SHA256_BODY", "headerName": "Host", "encoding": "HEX"}}}, "INVALID", []any{"signatures", "0", "headerName"}, nil, nil},
	"signature without an encoding":   {vars{"signatures": []any{vars{"scheme": "HMAC_SHA256_BODY", "headerName": "X-Sig"}}}, "INVALID", []any{"signatures", "0", "encoding"}, nil, nil},
	"timeout of 0":                    {vars{"timeoutSeconds": 0}, "INVALID", []any{"timeoutSeconds"}, nil, nil},
	"timeout of 61":                   {vars{"timeoutSeconds": 61}, "INVALID", []any{"timeoutSeconds"}, nil, nil},
	"timeout that is negative":        {vars{"timeoutSeconds": -1}, "INVALID", []any{"timeoutSeconds"}, nil, nil},
	"too many retries for anybody":    {vars{"retryPolicy": vars{"backoff": vars{"retries": 21}}}, "LIMIT_EXCEEDED", []any{"retryPolicy", "backoff", "retries"}, nil, nil},
}

func TestSettings_WhatIsWrongIsNamed(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hook := b.created(nil)
	before := b.rows()

	for name, test := range badSettings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)
			field := append([]any{"settings"}, test.field...)

			for mutation, out := range map[string]response{
				"createWebhook": b.as(apikey.Admin, createWithSettings, vars{"input": b.newWebhook(vars{"settings": test.settings})}),
				"updateWebhook": b.as(apikey.Admin, updateSettings, vars{"input": vars{"id": hook, "settings": test.settings}}),
			} {
				out.refused(mutation, test.code, field...)
				require.Nil(t, out.at(mutation+".webhook"))

				if test.line != nil {
					require.Equal(t, test.line, out.at(mutation+".userErrors.0.line"), out.rawBody)
					require.Equal(t, test.column, out.at(mutation+".userErrors.0.column"), out.rawBody)
				}
			}

			require.Equal(t, before, b.rows())
		})
	}
}

func TestSettings_WhatTheProfileDoesNotAllowIsRefused(t *testing.T) {
	t.Parallel()

	b := setup(t)

	retries := func(count int) vars {
		delays := make([]any, count)
		for n := range delays {
			delays[n] = 60
		}

		return vars{"settings": vars{"retryPolicy": vars{"delaysSeconds": delays}}}
	}

	for name, test := range map[string]struct {
		profile string
		members vars
		code    string
		field   []any
	}{
		"another method":                 {"kuviq", vars{"settings": vars{"method": "PUT"}}, "INVALID", []any{"settings", "method"}},
		"five retries where five may be": {"kuviq", retries(5), "", nil},
		"http:// where https:// must be": {"kuviq", vars{"url": "http://example.com/"}, "INVALID_URL", []any{"url"}},
		"HTTP:// where https:// must be": {"kuviq", vars{"url": "HTTP://example.com/"}, "INVALID_URL", []any{"url"}},
		"http:// where it may be":        {"standard", vars{"url": "http://example.com/"}, "", nil},
		"one retry where none may be":    {"kianda", retries(1), "LIMIT_EXCEEDED", []any{"settings", "retryPolicy", "delaysSeconds"}},
		"six retries where five may be":  {"kuviq", retries(6), "LIMIT_EXCEEDED", []any{"settings", "retryPolicy", "delaysSeconds"}},
		"six retries by a backoff": {
			"knoxcall",
			vars{"settings": vars{"retryPolicy": vars{"backoff": vars{"retries": 6}}}},
			"LIMIT_EXCEEDED",
			[]any{"settings", "retryPolicy", "backoff", "retries"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := b.founded(t, test.profile)
			out := b.as(apikey.Admin, createWithSettings, vars{"input": b.newWebhook(test.members)})

			var made int

			err := b.pool.QueryRow(t.Context(), "SELECT count(*) FROM webhooks WHERE organization_id = $1", b.mine.org.UUID()).
				Scan(&made)
			require.NoError(t, err)

			if test.code == "" {
				out.ok()
				require.Equal(t, 1, made)

				return
			}

			out.refused("createWebhook", test.code, test.field...)
			require.Zero(t, made)
		})
	}
}

func TestSubscriptions_WhatIsWrongIsNamed(t *testing.T) {
	t.Parallel()

	const (
		create = `mutation ($input: CreateWebhookSubscriptionInput!) { createWebhookSubscription(input: $input) {
			subscription { id } userErrors { code message field line column } } }`

		update = `mutation ($input: UpdateWebhookSubscriptionInput!) { updateWebhookSubscription(input: $input) {
			subscription { id } userErrors { code message field line column } } }`
	)

	b := setup(t).founded(t, "kuviq")
	hook := b.created(nil)

	sub := b.admin(create, vars{"input": vars{"webhookId": hook, "eventType": "action.created"}}).
		at("createWebhookSubscription.subscription.id")
	before := b.rows()

	for name, test := range map[string]struct {
		change       vars
		code         string
		field        []any
		line, column any
	}{
		"filter that does not compile":   {vars{"filter": "event.data.a ==\n  event.nope"}, "INVALID_EXPRESSION", []any{"filter"}, 2.0, 3.0},
		"filter that is empty":           {vars{"filter": ""}, "INVALID_EXPRESSION", []any{"filter"}, nil, nil},
		"filter that is no condition":    {vars{"filter": "'text'"}, "INVALID_EXPRESSION", []any{"filter"}, nil, nil},
		"query on an unknown field":      {vars{"payloadQuery": "{\n  item {\n    id\n    nope\n  }\n}"}, "INVALID_EXPRESSION", []any{"payloadQuery"}, 4.0, 5.0},
		"query that is empty":            {vars{"payloadQuery": ""}, "INVALID_EXPRESSION", []any{"payloadQuery"}, nil, nil},
		"query that is none":             {vars{"payloadQuery": "{ id"}, "INVALID_EXPRESSION", []any{"payloadQuery"}, 1.0, 5.0},
		"resource id that is empty":      {vars{"resourceIds": []any{"a", ""}}, "REQUIRED", []any{"resourceIds", "1"}, nil, nil},
		"resource ids, more than enough": {vars{"resourceIds": repeated("r", 101)}, "LIMIT_EXCEEDED", []any{"resourceIds"}, nil, nil},
		"type that there is not":         {vars{"eventType": "no.such"}, "UNKNOWN_EVENT_TYPE", []any{"eventType"}, nil, nil},
		"type that cannot be":            {vars{"eventType": "item.*.x"}, "INVALID", []any{"eventType"}, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)
			other := with(vars{"eventType": "inspection.passed"}, test.change)

			added := with(other, vars{"webhookId": hook})
			changed := with(test.change, vars{"id": sub})

			for _, one := range []struct {
				out      response
				mutation string
				path     []any
			}{
				{b.as(apikey.Admin, create, vars{"input": added}), "createWebhookSubscription", nil},
				{b.as(apikey.Admin, update, vars{"input": changed}), "updateWebhookSubscription", nil},
				{
					b.as(apikey.Admin, createWithSettings, vars{"input": b.newWebhook(vars{"subscriptions": []any{
						vars{"eventType": "user.created"}, other,
					}})}), "createWebhook", []any{"subscriptions", "1"},
				},
			} {
				one.out.refused(one.mutation, test.code, append(one.path, test.field...)...)

				if test.line != nil {
					require.Equal(t, test.line, one.out.at(one.mutation+".userErrors.0.line"), one.out.rawBody)
					require.Equal(t, test.column, one.out.at(one.mutation+".userErrors.0.column"), one.out.rawBody)
				}
			}

			require.Equal(t, before, b.rows())
		})
	}
}

func TestWebhooks_AreNoMoreThanTheLimit(t *testing.T) {
	t.Parallel()

	b := setup(t)
	limit := func(count int) {
		t.Helper()

		b.as(apikey.Operator, updateLimits, vars{"input": vars{"id": b.mine.org, "maxWebhooks": count}}).ok()
	}

	limit(1)

	first := b.created(nil)
	before := b.rows()

	b.as(apikey.Admin, createWithSettings, vars{"input": b.newWebhook(nil)}).
		refused("createWebhook", "LIMIT_EXCEEDED", "organizationId")
	require.Equal(t, before, b.rows())

	// A deleted one does not count.
	b.admin(`mutation ($id: ID!) { deleteWebhook(input: {id: $id}) { userErrors { code } } }`, vars{"id": first})
	b.created(nil)

	limit(2)
	b.created(nil)
}

func TestPublishing_IsNoMoreThanTheLimitInAMinute(t *testing.T) {
	t.Parallel()

	const publish = `mutation ($input: PublishEventInput!) { publishEvent(input: $input) {
		event { id } userErrors { code message field retryAfterSeconds } } }`

	const publishMany = `mutation ($input: PublishEventsInput!) { publishEvents(input: $input) {
		results { event { id } } userErrors { code message field retryAfterSeconds } } }`

	b := setup(t).founded(t, "kuviq")
	b.as(apikey.Operator, updateLimits, vars{"input": vars{"id": b.mine.org, "maxPublishPerMinute": 1}}).ok()

	one := vars{"eventType": "item.created", "payload": vars{"id": "1", "name": "One"}}

	var (
		before map[string]string
		out    response
	)

	// A minute may end meanwhile, but not two.
	for range 4 {
		before = b.rows()

		input := with(one, vars{"organizationId": b.mine.org})
		if out = b.as(apikey.Publisher, publish, vars{"input": input}); out.at("publishEvent.event") == nil {
			break
		}
	}

	out.refused("publishEvent", "RATE_LIMITED")
	require.Nil(t, out.at("publishEvent.userErrors.0.field"))

	wait, ok := out.at("publishEvent.userErrors.0.retryAfterSeconds").(float64)
	require.True(t, ok, out.rawBody)
	require.GreaterOrEqual(t, wait, 1.0)
	require.LessOrEqual(t, wait, 60.0)
	require.Equal(t, before, b.rows())

	// However many events there are in a call, it is one request, and is refused as a whole.
	for range 3 {
		out = b.as(apikey.Publisher, publishMany, vars{"input": vars{
			"organizationId": b.mine.org, "events": []any{one, one},
		}})
		if len(out.at("publishEvents.userErrors").([]any)) > 0 {
			break
		}
	}

	out.refused("publishEvents", "RATE_LIMITED")
	require.Empty(t, out.at("publishEvents.results"))
	require.NotNil(t, out.at("publishEvents.userErrors.0.retryAfterSeconds"))
}

const updateLimits = `mutation ($input: UpdateOrganizationLimitsInput!) { updateOrganizationLimits(input: $input) {
	organization { limits { maxWebhooks maxPublishPerMinute maxPayloadBytes allowInsecureUrls } }
	userErrors { code message field } } }`
