package profile_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/expression"
	"github.com/surehook/surehook/internal/profile"
	"github.com/surehook/surehook/internal/retry"
	"github.com/surehook/surehook/internal/settings"
	"github.com/surehook/surehook/internal/signing"
)

func names(p profile.Profile) []string {
	out := []string{}
	for _, one := range p.EventTypes {
		out = append(out, one.Name)
	}

	return out
}

func eventType(t *testing.T, p profile.Profile, name string) profile.EventType {
	t.Helper()

	at := slices.IndexFunc(p.EventTypes, func(one profile.EventType) bool { return one.Name == name })
	require.GreaterOrEqual(t, at, 0, name)

	return p.EventTypes[at]
}

// render makes the body of a request.
func render(t *testing.T, s settings.Settings, eventType, data string, test bool) string {
	t.Helper()

	shape, err := expression.CompileShape(s.Envelope)
	require.NoError(t, err)

	body, err := shape.Render(expressionContext(eventType, data, test))
	require.NoError(t, err)

	return string(body)
}

func expressionContext(eventType, data string, test bool) expression.Context {
	return expression.Context{
		Event: expression.Event{
			ID: "evt_1", Type: eventType, OccurredAt: time.Date(2024, 1, 15, 10, 30, 0, 0, time.UTC), Test: test,
			Data: expression.NewData([]byte(data)),
		},
		WebhookID: "endpoint_123", OrganizationID: "org_456",
	}
}

// renderTest makes the body of the request that a test sends.
func renderTest(t *testing.T, p profile.Profile) string {
	t.Helper()

	return render(t, p.Settings, p.TestEvent.EventType, testData(t, p), true)
}

func testData(t *testing.T, p profile.Profile) string {
	t.Helper()

	shape, err := expression.CompileShape(p.TestEvent.Data)
	require.NoError(t, err)

	data, err := shape.Render(expressionContext(p.TestEvent.EventType, "{}", true))
	require.NoError(t, err)

	return string(data)
}

func TestShipped_AreSix(t *testing.T) {
	t.Parallel()

	registry := shipped(t)
	found := []string{}

	for _, p := range registry.List() {
		found = append(found, p.Name)

		require.NotEmpty(t, p.Title)
		require.NotEmpty(t, p.Description)
		require.NotEmpty(t, p.Help)
		require.Len(t, p.Statuses, 7)
		require.Empty(t, p.Settings.Check(p.Rules))
	}

	require.Equal(t, []string{"kazinex", "kianda", "knoxcall", "krebit", "kuviq", "standard"}, found)
}

func TestShipped_RecipesAreCompleteAndKeepToTheRules(t *testing.T) {
	t.Parallel()

	titles := map[string][]string{}

	for _, p := range shipped(t).List() {
		for _, one := range p.Recipes {
			titles[p.Name] = append(titles[p.Name], one.Title)

			got, ok := p.Recipe(one.Name)
			require.True(t, ok)
			require.Equal(t, one, got)
			require.Empty(t, one.Settings.Check(p.Rules), one.Name)
			require.Equal(t, p.Settings.Signatures, one.Settings.Signatures)
			require.NotEmpty(t, one.URLHint)
			require.True(t, json.Valid([]byte(render(t, one.Settings, p.TestEvent.EventType, testData(t, p), true))))

			for _, kind := range p.EventTypes {
				for _, sample := range kind.Samples {
					render(t, one.Settings, kind.Name, string(sample.Payload), false)
				}
			}
		}
	}

	require.Equal(t, map[string][]string{
		"knoxcall": {"Slack Error Alerts", "Analytics Logging", "Zapier Integration"},
		"kuviq":    {"Slack", "Microsoft Teams", "Zapier"},
		"standard": {"Slack", "Microsoft Teams", "Zapier"},
	}, titles)
}

func TestShipped_EveryTypeHasASampleOrIsDerived(t *testing.T) {
	t.Parallel()

	for _, p := range shipped(t).List() {
		for _, one := range p.EventTypes {
			require.NotEmpty(t, one.Description, one.Name)
			require.NotEmpty(t, one.Group, one.Name)
			require.Equal(t, one.DerivedFrom == "", len(one.Samples) > 0 && len(one.Schema) > 0, one.Name)
		}
	}
}

func TestStandard_IsStandardWebhooks(t *testing.T) {
	t.Parallel()

	p := get(t, shipped(t), profile.Default)
	p.Settings.RetryPolicy.Backoff = nil

	delays := []int{}
	for _, one := range retry.Default().Delays {
		delays = append(delays, int(one/time.Second))
	}

	require.Equal(t, settings.Settings{
		Method: settings.Post, TimeoutSeconds: 15, Envelope: expression.StandardEnvelope,
		Query: []settings.Parameter{}, Sections: []settings.Section{},
		Signatures: []signing.Profile{{Scheme: signing.StandardWebhooksV1}},
		RetryPolicy: settings.RetryPolicy{
			Enabled: true, DelaysSeconds: delays, JitterPercent: retry.Default().JitterPercent,
			RetryOn: settings.RetryClasses(), HonorRetryAfter: true,
		},
		AutoDisable:    settings.AutoDisable{FailingForHours: 120, OnGone: true},
		SecretRotation: settings.Rotation{OverlapSeconds: 86400},
		Breaker:        settings.Breaker{FailurePercent: 50, MinimumAttempts: 20, WindowSeconds: 60, CooldownSeconds: 30},
	}, p.Settings)
	require.Equal(t, settings.Rules{
		Methods: []settings.Method{"POST", "PUT", "PATCH", "GET"}, MinTimeoutSeconds: 1, MaxTimeoutSeconds: 60,
		MaxRetries: 20, SecretSource: settings.AnySource,
	}, p.Rules)
	require.Equal(t, profile.Limits{
		MaxWebhooks: 25, MaxPublishPerMinute: 1000, MaxPayloadBytes: 262144, AllowInsecureURLs: true,
	}, p.Limits)
	require.Equal(t, profile.Roles{
		Manage: []apikey.Role{apikey.Admin, apikey.Developer},
		View:   []apikey.Role{apikey.Admin, apikey.Developer, apikey.Viewer},
	}, p.Roles)
	require.Empty(t, p.EventTypes)
	requireExactly(t, `{"type":"webhook.test","timestamp":"2024-01-15T10:30:00Z",`+
		`"data":{"message":"This is a test event from Surehook"}}`, renderTest(t, p))
}

func TestKazinex_IsAsItsPageSays(t *testing.T) {
	t.Parallel()

	p := get(t, shipped(t), "kazinex")

	require.Equal(t, profile.Roles{Manage: []apikey.Role{apikey.Admin}, View: []apikey.Role{apikey.Admin}}, p.Roles)
	require.Equal(t, settings.Chosen, p.Rules.SecretSource)
	require.Equal(t, []string{
		"workflow.created", "workflow.completed", "workflow.step_completed", "document.created",
		"document.status_changed", "transmittal.issued", "transmittal.acknowledged",
	}, names(p))
	require.Equal(t, settings.Post, p.Settings.Method)
	require.Equal(t, []settings.Method{settings.Post}, p.Rules.Methods)
	require.Equal(t, []signing.Profile{{
		Scheme: signing.HMACBody, HeaderName: "X-Kazinex-Signature", Prefix: "sha256=", Encoding: signing.Hex,
	}}, p.Settings.Signatures)
	require.Equal(t, 10, p.Settings.TimeoutSeconds)
	require.Equal(t, 1, p.Settings.RetryPolicy.MaxAttempts())
	require.Zero(t, p.Rules.MaxRetries)
	require.Zero(t, p.Settings.AutoDisable)
	require.Equal(t, "success", p.Statuses["SUCCEEDED"])
	require.Equal(t, "failed", p.Statuses["FAILED"])
	requireExactly(t, `{"event":"a.b","timestamp":"2024-01-15T10:30:00Z","data":{"z":1,"a":2}}`,
		render(t, p.Settings, "a.b", `{"z":1,"a":2}`, false))
}

func TestKrebit_IsAsItsPageSays(t *testing.T) {
	t.Parallel()

	p := get(t, shipped(t), "krebit")

	require.Equal(t, settings.Generated, p.Rules.SecretSource)
	require.Equal(t, []settings.Method{settings.Post}, p.Rules.Methods)
	require.False(t, p.Limits.AllowInsecureURLs)
	require.Equal(t, []signing.Profile{{
		Scheme: signing.HMACBody, HeaderName: "X-Signature", Encoding: signing.Hex, ClientIDHeader: "X-Client-Id",
	}}, p.Settings.Signatures)
	require.Equal(t, []string{"signing.sent", "signing.document.completed", "signing.cancelled"}, names(p))
	require.Equal(t, retry.Default(), p.Settings.RetryPolicy.Schedule())
	require.Equal(t, []settings.RetryClass{
		settings.OnNetwork, settings.OnTimeout, settings.On408Or429, settings.On5xx,
	}, p.Settings.RetryPolicy.RetryOn)
	require.Equal(t, settings.AutoDisable{ConsecutiveFailures: 20, FailingForHours: 120, OnGone: true},
		p.Settings.AutoDisable)
	requireExactly(t, `{"id":"evt_1","event":"a.b","timestamp":"2024-01-15T10:30:00Z","data":{}}`,
		render(t, p.Settings, "a.b", "{}", false))
}

func TestKuviq_IsAsItsPageSays(t *testing.T) {
	t.Parallel()

	p := get(t, shipped(t), "kuviq")

	require.Equal(t, []string{
		"inspection.created", "inspection.completed", "inspection.failed", "inspection.passed",
		"item.created", "item.updated", "item.deleted", "item.status_changed",
		"action.created", "action.updated", "action.completed", "action.overdue",
		"user.created", "user.updated", "user.deactivated",
	}, names(p))
	require.Equal(t, []signing.Profile{{
		Scheme: signing.HMACBody, HeaderName: "X-Webhook-Signature", Prefix: "sha256=", Encoding: signing.Hex,
		TimestampHeader: "X-Webhook-Timestamp", TimestampFormat: signing.ISO8601,
	}}, p.Settings.Signatures)
	requireExactly(t, `{"event":"test.webhook","timestamp":"2024-01-15T10:30:00Z","isTest":true,`+
		`"data":{"message":"This is a test webhook from Kuviq","endpointId":"endpoint_123","organizationId":"org_456"}}`,
		renderTest(t, p))
	requireExactly(t, `{"event":"a.b","timestamp":"2024-01-15T10:30:00Z","data":{"z":1,"a":2}}`,
		render(t, p.Settings, "a.b", `{"z":1,"a":2}`, false))
	require.Equal(t, 30, p.Settings.TimeoutSeconds)
	require.Equal(t, settings.RetryPolicy{
		Enabled: true, DelaysSeconds: []int{60, 300, 900, 3600, 14400},
		RetryOn: []settings.RetryClass{settings.OnNetwork, settings.OnTimeout, settings.On5xx},
	}, p.Settings.RetryPolicy)
	require.Equal(t, 6, p.Settings.RetryPolicy.MaxAttempts())
	require.Equal(t, 5, p.Rules.MaxRetries)
	require.Equal(t, settings.AnySource, p.Rules.SecretSource)
	require.Zero(t, p.Settings.AutoDisable)
	require.Equal(t, profile.Limits{MaxWebhooks: 25, MaxPublishPerMinute: 1000, MaxPayloadBytes: 262144}, p.Limits)
	require.Equal(t, map[string]string{
		"PENDING": "pending", "SENDING": "processing", "SUCCEEDED": "completed", "FAILED": "failed",
		"RETRYING": "retrying", "HELD": "held", "CANCELED": "canceled",
	}, p.Statuses)
}

// The payloads that the page of Kuviq documents, as they are there.
func TestKuviq_HasTheDocumentedPayloads(t *testing.T) {
	t.Parallel()

	p := get(t, shipped(t), "kuviq")

	for name, want := range map[string]string{
		"inspection.completed": `{"id":"insp_123","item":{"id":"item_456","name":"Fire Extinguisher A1",` +
			`"type":"Fire Extinguisher"},"template":{"id":"tmpl_789","name":"Monthly Fire Safety"},"result":"passed",` +
			`"inspector":{"id":"user_012","name":"Jane Doe","email":"jane@example.com"},"location":{"id":"loc_345",` +
			`"name":"Building A"},"completedAt":"2024-01-15T10:30:00Z","elements":[{"name":"Pressure Check",` +
			`"result":"pass","value":"OK"}]}`,
		"item.status_changed": `{"id":"item_456","name":"Fire Extinguisher A1","previousStatus":"available",` +
			`"newStatus":"needs_attention","reason":"Failed inspection","changedBy":{"id":"user_012","name":"Jane Doe"}}`,
		"action.created": `{"id":"action_678","title":"Recharge fire extinguisher","priority":"high",` +
			`"item":{"id":"item_456","name":"Fire Extinguisher A1"},"assignee":{"id":"user_901","name":"Bob Wilson"},` +
			`"dueDate":"2024-01-18","inspection":{"id":"insp_123"}}`,
	} {
		// That it matches the schema is checked whenever it is loaded.
		one := eventType(t, p, name)
		require.Equal(t, want, string(one.Samples[0].Payload))
		require.NotEmpty(t, one.Schema)
		require.Equal(t, eventtype.Reject, one.SchemaValidation)
	}
}

func TestKnoxCall_IsAsItsPageSays(t *testing.T) {
	t.Parallel()

	p := get(t, shipped(t), "knoxcall")

	require.Equal(t, settings.Post, p.Settings.Method)
	require.Equal(t, []settings.Method{settings.Post, settings.Put, settings.Patch, settings.Get}, p.Rules.Methods)
	require.Equal(t, []signing.Profile{{
		Scheme: signing.HMACBody, HeaderName: "X-KnoxCall-Signature", Prefix: "sha256=", Encoding: signing.Hex,
	}}, p.Settings.Signatures)
	require.Equal(t, []settings.Section{
		{Name: "requestBody", Paths: []string{"request.body"}, Included: true},
		{Name: "responseBody", Paths: []string{"response.body"}, Included: true},
		{Name: "headers", Paths: []string{"request.headers", "response.headers"}},
		{Name: "statusCode", Paths: []string{"response.statusCode"}, Included: true},
	}, p.Settings.Sections)
	require.Equal(t, []int{1, 2, 4}, p.Settings.RetryPolicy.DelaysSeconds)
	require.Equal(t, &settings.Backoff{BaseSeconds: 1, Factor: 2, Retries: 3}, p.Settings.RetryPolicy.Backoff)
	require.Equal(t, []settings.RetryClass{settings.OnNetwork, settings.OnTimeout, settings.On5xx},
		p.Settings.RetryPolicy.RetryOn)
	require.Zero(t, p.Settings.RetryPolicy.JitterPercent)
	require.Equal(t, 5, p.Rules.MaxRetries)
	require.Equal(t, 30, p.Settings.TimeoutSeconds)
	require.Equal(t, []int{1, 60}, []int{p.Rules.MinTimeoutSeconds, p.Rules.MaxTimeoutSeconds})
	require.Equal(t, settings.Generated, p.Rules.SecretSource)
	require.False(t, p.Limits.AllowInsecureURLs)
	require.Equal(t, "webhook.test", p.TestEvent.EventType)
	require.Contains(t, renderTest(t, p), `{"event":"webhook.test",`)
}

func TestKnoxCall_OneRequestIsSeveralEvents(t *testing.T) {
	t.Parallel()

	p := get(t, shipped(t), "knoxcall")

	for data, want := range map[string][]string{
		`{"request":{},"response":{"statusCode":200},"timedOut":false}`: {"request.success"},
		`{"request":{},"response":{"statusCode":299},"timedOut":false}`: {"request.success"},
		`{"request":{},"response":{"statusCode":302},"timedOut":false}`: {"request.redirect"},
		`{"request":{},"response":{"statusCode":404},"timedOut":false}`: {"request.client_error", "request.error"},
		`{"request":{},"response":{"statusCode":503},"timedOut":false}`: {"request.server_error", "request.error"},
		`{"request":{},"timedOut":true}`:                                {"request.timeout", "request.error"},
	} {
		require.Equal(t, want, derived(t, p, "request.completed", data), data)
	}
}

func TestKuviq_AResultIsAnEventOfItsOwn(t *testing.T) {
	t.Parallel()

	p := get(t, shipped(t), "kuviq")

	require.Equal(t, []string{"inspection.passed"}, derived(t, p, "inspection.completed", `{"result":"passed"}`))
	require.Equal(t, []string{"inspection.failed"}, derived(t, p, "inspection.completed", `{"result":"failed"}`))
}

// derived returns the names of the types that are made from an event.
func derived(t *testing.T, p profile.Profile, from, data string) []string {
	t.Helper()

	var out []string

	for _, one := range p.EventTypes {
		if one.DerivedFrom != from {
			continue
		}

		condition, err := expression.CompileCondition(one.When)
		require.NoError(t, err)

		matches, err := condition.Match(expressionContext(from, data, false).Event)
		require.NoError(t, err, one.Name)

		if matches {
			out = append(out, one.Name)
		}
	}

	return out
}

func TestKianda_IsAsItsPageSays(t *testing.T) {
	t.Parallel()

	p := get(t, shipped(t), "kianda")
	both := []apikey.Role{apikey.Admin, apikey.Developer}

	require.Equal(t, profile.Roles{Manage: both, View: both}, p.Roles)
	require.Equal(t, settings.Get, p.Settings.Method)
	require.Equal(t, []settings.Method{settings.Get}, p.Rules.Methods)
	require.Empty(t, p.Settings.Signatures)
	require.Equal(t, 10, p.Settings.TimeoutSeconds)
	require.Equal(t, 1, p.Settings.RetryPolicy.MaxAttempts())
	require.Zero(t, p.Rules.MaxRetries)
	require.Zero(t, p.Settings.AutoDisable)
	require.True(t, p.Limits.AllowInsecureURLs)
	require.Equal(t, []string{"instance.created", "instance.updated", "instance.deleted"}, names(p))

	const data = `{"instanceID":"leave-17","processName":"Leave request"}`

	for kind, want := range map[string]string{
		"instance.created": "created", "instance.updated": "updated", "instance.deleted": "deleted",
	} {
		require.Equal(t, []string{"instanceID=leave-17", "processName=Leave request", "eventType=" + want},
			query(t, p, kind, data, false))
	}

	require.Equal(t, []string{"instanceID=test", "processName=test", "eventType=test"},
		query(t, p, p.TestEvent.EventType, testData(t, p), true))
}

// query makes the parameters of a request.
func query(t *testing.T, p profile.Profile, eventType, data string, test bool) []string {
	t.Helper()

	out := []string{}

	for _, one := range p.Settings.Query {
		text, err := expression.CompileText(one.Value)
		require.NoError(t, err)

		value, err := text.Render(expressionContext(eventType, data, test))
		require.NoError(t, err)

		out = append(out, one.Name+"="+value)
	}

	return out
}
