package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/apikey"
)

const updateSettings = `mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) {
	webhook { url auth { type } ` + allSettings + ` } userErrors { code message field line column } } }`

// otherSettings are settings of which none is as the standard profile has it.
func otherSettings() vars {
	return vars{
		"method": "GET", "timeoutSeconds": 60, "envelope": `{"id": event.id}`,
		"query": []any{
			vars{"name": "type", "value": "event.type"},
			vars{"name": "type", "value": "'again'"},
		},
		"sections": []any{
			vars{"name": "body", "paths": []any{"request.body", "response.body"}, "included": false},
			vars{"name": "rest", "paths": []any{"rest"}, "included": true},
		},
		"signatures": []any{
			vars{"scheme": "STANDARD_WEBHOOKS_V1"},
			vars{"scheme": "STANDARD_WEBHOOKS_V1A"},
			vars{
				"scheme": "HMAC_SHA256_TIMESTAMP_BODY", "headerName": "X-Sig", "prefix": "sha256=", "encoding": "BASE64",
				"timestampHeader": "X-Time", "timestampFormat": "UNIX_SECONDS",
			},
			vars{
				"scheme": "NONE", "timestampHeader": "X-At", "timestampFormat": "ISO_8601", "clientIdHeader": "X-Client",
				"clientId": "me",
			},
		},
		"retryPolicy": vars{
			"enabled": false, "backoff": vars{"baseSeconds": 2, "factor": 1.5, "retries": 4}, "jitterPercent": 50,
			"retryOn": []any{"STATUS_5XX", "TIMEOUT"}, "honorRetryAfter": false,
		},
		"autoDisable":    vars{"consecutiveFailures": 7, "failingForHours": 8, "onGone": false},
		"secretRotation": vars{"everyDays": 30, "overlapSeconds": 60},

		"maxRequestsPerSecond": 10_000,
		"breaker": vars{
			"failurePercent": 100, "minimumAttempts": 10_000, "windowSeconds": 3_600, "cooldownSeconds": 900,
		},
	}
}

// shownSettings are otherSettings as they are read back.
func shownSettings() vars {
	signature := func(changes vars) vars {
		return with(vars{
			"headerName": "", "prefix": "", "encoding": nil, "timestampHeader": "", "timestampFormat": nil,
			"clientIdHeader": "", "clientId": "",
		}, changes)
	}

	return with(otherSettings(), vars{
		"timeoutSeconds": 60.0,
		"signatures": []any{
			signature(vars{"scheme": "STANDARD_WEBHOOKS_V1"}),
			signature(vars{"scheme": "STANDARD_WEBHOOKS_V1A"}),
			signature(vars{
				"scheme": "HMAC_SHA256_TIMESTAMP_BODY", "headerName": "X-Sig", "prefix": "sha256=", "encoding": "BASE64",
				"timestampHeader": "X-Time", "timestampFormat": "UNIX_SECONDS",
			}),
			signature(vars{
				"scheme": "NONE", "timestampHeader": "X-At", "timestampFormat": "ISO_8601", "clientIdHeader": "X-Client",
				"clientId": "me",
			}),
		},
		"retryPolicy": vars{
			"enabled": false, "delaysSeconds": []any{2.0, 3.0, 5.0, 7.0},
			"backoff":       vars{"baseSeconds": 2.0, "factor": 1.5, "retries": 4.0},
			"jitterPercent": 50.0, "retryOn": []any{"STATUS_5XX", "TIMEOUT"}, "honorRetryAfter": false,
		},
		"autoDisable":    vars{"consecutiveFailures": 7.0, "failingForHours": 8.0, "onGone": false},
		"secretRotation": vars{"everyDays": 30.0, "overlapSeconds": 60.0},

		"maxRequestsPerSecond": 10_000.0,
		"breaker": vars{
			"failurePercent": 100.0, "minimumAttempts": 10_000.0, "windowSeconds": 3_600.0, "cooldownSeconds": 900.0,
		},
	})
}

func TestCreateWebhook_KeepsAllSettings(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hook := b.created(vars{"settings": otherSettings()})

	out := b.admin(`query ($id: ID!) { webhook(id: $id) { `+allSettings+` secrets { kind publicKey hint } } }`,
		vars{"id": hook})
	require.Equal(t, shownSettings(), out.at("webhook.settings"))

	// One of the signatures is made with a private key.
	require.ElementsMatch(t, []string{"ED25519", "SYMMETRIC"}, out.texts("webhook.secrets", "kind"))

	for _, one := range out.at("webhook.secrets").([]any) {
		if one.(vars)["kind"] == "ED25519" {
			require.Regexp(t, "^whpk_", one.(vars)["publicKey"])
		} else {
			require.Nil(t, one.(vars)["publicKey"])
		}
	}
}

func TestUpdateWebhook_NullGoesBackToTheProfileAndLeftOutStays(t *testing.T) {
	t.Parallel()

	b := setup(t)
	standard := b.admin(createWithSettings, vars{"input": b.newWebhook(nil)}).at("createWebhook.webhook.settings").(vars)

	for member := range otherSettings() {
		t.Run(member, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)
			hook := b.created(vars{"settings": otherSettings()})
			require.NotEqual(t, standard[member], shownSettings()[member])

			changed := func(settings any) any {
				t.Helper()

				return b.admin(updateSettings, vars{"input": vars{"id": hook, "settings": settings}}).
					at("updateWebhook.webhook.settings")
			}

			require.Equal(t, shownSettings(), changed(vars{}))
			require.Equal(t, shownSettings(), changed(nil))
			require.Equal(t, with(shownSettings(), vars{member: standard[member]}), changed(vars{member: nil}))
		})
	}
}

const createWithSettings = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) {
	webhook { ` + allSettings + ` eventTypes } signingSecret userErrors { code message field line column } } }`

func TestUpdateWebhook_ChangesPartsOfSettings(t *testing.T) {
	t.Parallel()

	b := setup(t).founded(t, "knoxcall")

	for name, test := range map[string]struct {
		settings vars
		path     string
		want     any
	}{
		"backoff, fewer retries": {
			vars{"retryPolicy": vars{"backoff": vars{"retries": 2}}}, "retryPolicy.delaysSeconds", []any{1.0, 2.0},
		},
		"backoff, slower": {
			vars{"retryPolicy": vars{"backoff": vars{"baseSeconds": 3}}}, "retryPolicy.delaysSeconds", []any{3.0, 6.0, 12.0},
		},
		"delays in place of a backoff": {
			vars{"retryPolicy": vars{"delaysSeconds": []any{9}}}, "retryPolicy.backoff", nil,
		},
		"jitter leaves the delays": {
			vars{"retryPolicy": vars{"jitterPercent": 5}}, "retryPolicy.delaysSeconds", []any{1.0, 2.0, 4.0},
		},
		"nothing retried": {vars{"retryPolicy": vars{"enabled": false}}, "retryPolicy.enabled", false},
		"nulls inside":    {vars{"retryPolicy": vars{"enabled": nil, "backoff": nil}}, "retryPolicy.enabled", true},
		"section turned on": {
			vars{"sections": []any{vars{"name": "headers", "included": true}}}, "sections", []any{
				vars{"name": "requestBody", "paths": []any{"request.body"}, "included": true},
				vars{"name": "responseBody", "paths": []any{"response.body"}, "included": true},
				vars{"name": "headers", "paths": []any{"request.headers", "response.headers"}, "included": true},
				vars{"name": "statusCode", "paths": []any{"response.statusCode"}, "included": true},
			},
		},
		"some of auto-disable": {
			vars{"autoDisable": vars{"onGone": true}},
			"autoDisable",
			vars{"consecutiveFailures": 0.0, "failingForHours": 0.0, "onGone": true},
		},
		"some of the rotation": {
			vars{"secretRotation": vars{"everyDays": 3}},
			"secretRotation",
			vars{"everyDays": 3.0, "overlapSeconds": 86400.0},
		},
		"some of the breaker": {
			vars{"breaker": vars{"failurePercent": 0, "windowSeconds": nil}},
			"breaker",
			vars{"failurePercent": 0.0, "minimumAttempts": 20.0, "windowSeconds": 60.0, "cooldownSeconds": 30.0},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)

			out := b.admin(updateSettings, vars{"input": vars{"id": b.created(nil), "settings": test.settings}})
			require.Equal(t, test.want, out.at("updateWebhook.webhook.settings."+test.path))
		})
	}
}

func TestCreateWebhook_StartsFromARecipe(t *testing.T) {
	t.Parallel()

	b := setup(t).founded(t, "knoxcall")

	recipe := func(changes vars) response {
		t.Helper()

		return b.admin(createWithSettings, vars{"input": b.newWebhook(with(vars{"recipe": "slack-error-alerts"}, changes))})
	}

	out := recipe(nil)
	require.EqualValues(t, 15, out.at("createWebhook.webhook.settings.timeoutSeconds"))
	require.Contains(t, out.text("createWebhook.webhook.settings.envelope"), `"text"`)
	require.Equal(t, []any{"request.error"}, out.at("createWebhook.webhook.eventTypes"))

	// What is given goes before the recipe, and null is the profile's.
	out = recipe(vars{"settings": vars{"envelope": nil, "timeoutSeconds": 9}, "eventTypes": []any{"request.timeout"}})
	require.EqualValues(t, 9, out.at("createWebhook.webhook.settings.timeoutSeconds"))
	require.Contains(t, out.text("createWebhook.webhook.settings.envelope"), `"data": event.data`)
	require.Equal(t, []any{"request.timeout"}, out.at("createWebhook.webhook.eventTypes"))

	out = recipe(vars{"subscriptions": []any{vars{"eventType": "request.received"}}})
	require.Equal(t, []any{"request.received"}, out.at("createWebhook.webhook.eventTypes"))

	before := b.rows()
	b.as(apikey.Admin, createWebhook, vars{"input": b.newWebhook(vars{"recipe": "slack"})}).
		refused("createWebhook", "NOT_FOUND", "recipe")
	require.Equal(t, before, b.rows())
}

func TestSigningSecret_ComesFromWhereTheProfileSays(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for name, test := range map[string]struct {
		profile, given, code, secret string
		settings                     vars
	}{
		"any: chosen for HMAC":               {"kuviq", "correct horse", "", "^correct horse$", nil},
		"any: generated":                     {"kuviq", "", "", "^whsec_", nil},
		"any: too short":                     {"kuviq", "1234567", "INVALID", "", nil},
		"chosen: given":                      {"kazinex", "correct horse", "", "^correct horse$", nil},
		"chosen: not given":                  {"kazinex", "", "REQUIRED", "", nil},
		"generated":                          {"krebit", "", "", "^whsec_", nil},
		"generated: given":                   {"krebit", "correct horse", "INVALID", "", nil},
		"none where nothing is signed":       {"kianda", "", "", "", nil},
		"Standard Webhooks: any text":        {"standard", "correct horse", "INVALID", "", nil},
		"Standard Webhooks: asymmetric":      {"standard", "", "", "", vars{"signatures": []any{vars{"scheme": "STANDARD_WEBHOOKS_V1A"}}}},
		"Standard Webhooks: as it has to be": {"standard", "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz", "", "^whsec_MDEy", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := b.founded(t, test.profile)

			input := b.newWebhook(vars{"settings": test.settings})
			if test.given != "" {
				input["signingSecret"] = test.given
			}

			out := b.as(apikey.Admin, createWithSettings, vars{"input": input})

			switch {
			case test.code != "":
				out.refused("createWebhook", test.code, "signingSecret")
				require.Nil(t, out.at("createWebhook.signingSecret"))
			case test.secret == "":
				require.Nil(t, out.ok().at("createWebhook.signingSecret"))
			default:
				require.Regexp(t, test.secret, out.ok().text("createWebhook.signingSecret"))
			}
		})
	}
}
