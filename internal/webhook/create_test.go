package webhook_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/optional"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/settings"
	"github.com/surehook/surehook/internal/tenant"
	"github.com/surehook/surehook/internal/webhook"
)

func TestService_CreateKeepsWhatItWasGiven(t *testing.T) {
	t.Parallel()

	b := setup(t)
	in := b.input()
	in.Description = new("Orders")
	in.CustomHeaders = []webhook.Header{{Name: "X-Api-Key", Value: "sesame"}, {Name: "X-Shop", Value: ""}}
	in.Settings.TimeoutSeconds = optional.Of(21)
	in.Settings.RetryPolicy = optional.Of(settings.RetryChanges{DelaysSeconds: &[]int{1, 604_800}, JitterPercent: new(0)})
	in.EventTypes = []string{"item.created", "order.*", "item.created", "*"}
	in.SigningSecret = new(goodSecret)

	made, err := b.Create(t.Context(), b.scope, in)
	require.NoError(t, err)
	require.Equal(t, goodSecret, made.Secret.Reveal())

	created := made.Webhook
	require.True(t, created.ID.Is(id.Webhook))
	require.Equal(t, b.mine, created.OrganizationID)
	require.Equal(t, "Shop", created.Name)
	require.Equal(t, "Orders", *created.Description)
	require.Equal(t, "https://shop.example/hooks", created.URL)
	require.Equal(t, webhook.Enabled, created.Status)
	require.Equal(t, 21, created.Settings.TimeoutSeconds)
	require.Equal(t, []string{"X-Api-Key", "X-Shop"}, created.HeaderNames)
	require.Equal(t, []int{1, 604_800}, created.Settings.RetryPolicy.DelaysSeconds)
	require.Zero(t, created.Settings.RetryPolicy.JitterPercent)
	require.True(t, created.CreatedAt.Equal(b.clock))
	require.Nil(t, created.DeletedAt)

	found, err := b.Get(t.Context(), b.scope, created.ID)
	require.NoError(t, err)
	require.Equal(t, created, found)

	types, err := b.SubscribedEventTypes(t.Context(), []id.ID{created.ID})
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"item.created", "order.*", "*"}, types[created.ID])

	secrets, err := b.Secrets(t.Context(), []id.ID{created.ID})
	require.NoError(t, err)
	require.Len(t, secrets[created.ID], 1)
	require.Equal(t, goodSecret[len(goodSecret)-4:], secrets[created.ID][0].Hint)
	require.Nil(t, secrets[created.ID][0].ExpiresAt)
}

func TestService_CreateHasDefaults(t *testing.T) {
	t.Parallel()

	b := setup(t)

	one := b.make(t)
	require.Equal(t, []int{5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400},
		one.Settings.RetryPolicy.DelaysSeconds)
	require.Equal(t, 10, one.Settings.RetryPolicy.JitterPercent)
	require.Empty(t, one.HeaderNames)
	require.Empty(t, b.subscriptions(t, one.ID), "a webhook may have none")

	in := b.input()
	in.Enabled = false
	in.Settings.RetryPolicy = optional.Of(settings.RetryChanges{DelaysSeconds: &[]int{}})

	two := b.create(t, in)
	require.Equal(t, webhook.Disabled, two.Webhook.Status)
	require.Equal(t, webhook.ByHand, *two.Webhook.DisabledReason)
	require.Empty(t, two.Webhook.Settings.RetryPolicy.DelaysSeconds, "an empty list is no retry")
	require.Equal(t, 10, two.Webhook.Settings.RetryPolicy.JitterPercent, "what the policy leaves out has its default")
	require.Regexp(t, "^whsec_", two.Secret.Reveal())
}

func TestService_CreateStoresNoSecretInClear(t *testing.T) {
	t.Parallel()

	b := setup(t)
	in := b.input()
	in.CustomHeaders = []webhook.Header{{Name: "X-Api-Key", Value: "open-sesame"}}

	made := b.create(t, in)
	created, secret := made.Webhook, made.Secret

	rows, err := dbsqlc.New(b.pool).WebhooksByID(t.Context(), id.UUIDs([]id.ID{created.ID}))
	require.NoError(t, err)
	require.NotContains(t, string(rows[0].SealedHeaders), "sesame")

	secrets, err := dbsqlc.New(b.pool).LiveWebhookSecrets(t.Context(), dbsqlc.LiveWebhookSecretsParams{
		WebhookIds: id.UUIDs([]id.ID{created.ID}), Now: &b.clock,
	})
	require.NoError(t, err)
	require.Len(t, secrets, 1)
	require.NotContains(t, string(secrets[0].Sealed), secret.Reveal()[6:])

	headers, err := webhook.OpenHeaders(b.box, created.OrganizationID, created.ID, rows[0].SealedHeaders)
	require.NoError(t, err)
	require.Equal(t, in.CustomHeaders, headers)

	opened, err := webhook.OpenKeys(b.box, created.OrganizationID, created.ID, secrets)
	require.NoError(t, err)
	require.Empty(t, opened.Ed25519)
	require.Len(t, opened.Symmetric, 1)
	require.Equal(t, secret.Reveal(), opened.Symmetric[0].Reveal())

	// What is copied to another webhook, or to another purpose, does not open there.
	_, err = webhook.OpenHeaders(b.box, created.OrganizationID, id.New(id.Webhook), rows[0].SealedHeaders)
	require.Error(t, err)
	_, err = webhook.OpenKeys(b.box, created.OrganizationID, id.New(id.Webhook), secrets)
	require.Error(t, err)
	_, err = webhook.OpenKeys(b.box, created.OrganizationID, created.ID, []dbsqlc.WebhookSecret{
		{Kind: secrets[0].Kind, Sealed: rows[0].SealedHeaders},
	})
	require.Error(t, err)
	_, err = webhook.OpenHeaders(b.box, created.OrganizationID, created.ID, secrets[0].Sealed)
	require.Error(t, err)

	_, err = webhook.OpenKeys(b.box, id.New(id.Organization), created.ID, secrets)
	require.Error(t, err, "a webhook that is moved to another organization does not take its secrets along")

	none, err := webhook.OpenHeaders(b.box, created.OrganizationID, created.ID, nil)
	require.NoError(t, err)
	require.Empty(t, none)
}

func TestService_CreateRefusesBadInputAndWritesNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)

	archived := b.eventType(t, "old.news")
	_, err := b.types.Archive(t.Context(), b.scope, archived.ID, true)
	require.NoError(t, err)

	headers := func(headers ...webhook.Header) func(in *webhook.CreateInput) {
		return func(in *webhook.CreateInput) { in.CustomHeaders = headers }
	}
	header := func(name, value string) func(in *webhook.CreateInput) {
		return headers(webhook.Header{Name: name, Value: value})
	}
	timeout := func(seconds int) func(in *webhook.CreateInput) {
		return func(in *webhook.CreateInput) { in.Settings.TimeoutSeconds = optional.Of(seconds) }
	}
	url := func(url string) func(in *webhook.CreateInput) { return func(in *webhook.CreateInput) { in.URL = url } }
	types := func(types ...string) func(in *webhook.CreateInput) {
		return func(in *webhook.CreateInput) { in.EventTypes = types }
	}
	secret := func(secret string) func(in *webhook.CreateInput) {
		return func(in *webhook.CreateInput) { in.SigningSecret = &secret }
	}
	delays := func(delays ...int) func(in *webhook.CreateInput) {
		return func(in *webhook.CreateInput) {
			in.Settings.RetryPolicy = optional.Of(settings.RetryChanges{DelaysSeconds: &delays})
		}
	}
	jitter := func(jitter int) func(in *webhook.CreateInput) {
		return func(in *webhook.CreateInput) {
			in.Settings.RetryPolicy = optional.Of(settings.RetryChanges{JitterPercent: &jitter})
		}
	}
	headerName, headerValue := []string{"customHeaders", "0", "name"}, []string{"customHeaders", "0", "value"}
	delay := []string{"settings", "retryPolicy", "delaysSeconds", "1"}

	for name, test := range map[string]struct {
		change func(in *webhook.CreateInput)
		code   problem.Code
		field  []string
	}{
		"name blank":    {func(in *webhook.CreateInput) { in.Name = " " }, problem.Required, []string{"name"}},
		"name with NUL": {func(in *webhook.CreateInput) { in.Name = "a\x00" }, problem.Invalid, []string{"name"}},
		"name too long": {
			func(in *webhook.CreateInput) { in.Name = strings.Repeat("n", 101) }, problem.TooLong, []string{"name"},
		},
		"description too long": {
			func(in *webhook.CreateInput) { in.Description = new(strings.Repeat("n", 1001)) },
			problem.TooLong,
			[]string{"description"},
		},
		"timeout 0":   {timeout(0), problem.Invalid, []string{"settings", "timeoutSeconds"}},
		"timeout 61":  {timeout(61), problem.Invalid, []string{"settings", "timeoutSeconds"}},
		"url empty":   {url(""), problem.InvalidURL, []string{"url"}},
		"url ftp":     {url("ftp://shop.example"), problem.InvalidURL, []string{"url"}},
		"url broken":  {url("https://[::1"), problem.InvalidURL, []string{"url"}},
		"url NUL":     {url("https://shop.example/\x00"), problem.InvalidURL, []string{"url"}},
		"url secrets": {url("https://user:password@shop.example"), problem.InvalidURL, []string{"url"}},
		"url long":    {url("https://shop.example/" + strings.Repeat("a", 2048)), problem.InvalidURL, []string{"url"}},

		"header reserved":        {header("Webhook-Id", "1"), problem.Invalid, headerName},
		"header of HTTP":         {header("Content-Length", "1"), problem.Invalid, headerName},
		"header without a name":  {header("", "1"), problem.Invalid, headerName},
		"header name with CR LF": {header("X-A\r\nHost", "1"), problem.Invalid, headerName},
		"header value with LF":   {header("X-A", "1\nHost: a"), problem.Invalid, headerValue},
		"header value with NUL":  {header("X-A", "\x00"), problem.Invalid, headerValue},
		"header name too long":   {header(strings.Repeat("x", 65), "1"), problem.TooLong, headerName},
		"header value too long":  {header("X-A", strings.Repeat("x", 4097)), problem.TooLong, headerValue},
		"header twice": {
			headers(webhook.Header{Name: "X-A"}, webhook.Header{Name: "x-a"}),
			problem.AlreadyExists,
			[]string{"customHeaders", "1", "name"},
		},
		"headers too many": {headers(make([]webhook.Header, 21)...), problem.LimitExceeded, []string{"customHeaders"}},

		"delay 0":         {delays(1, 0), problem.Invalid, delay},
		"delay negative":  {delays(1, -1), problem.Invalid, delay},
		"delay 7 days":    {delays(1, 604_801), problem.Invalid, delay},
		"delay overflows": {delays(1, 1<<62), problem.Invalid, delay},
		"delays too many": {
			delays(slices.Repeat([]int{1}, 21)...),
			problem.LimitExceeded,
			[]string{"settings", "retryPolicy", "delaysSeconds"},
		},
		"jitter negative": {jitter(-1), problem.Invalid, []string{"settings", "retryPolicy", "jitterPercent"}},
		"jitter 51":       {jitter(51), problem.Invalid, []string{"settings", "retryPolicy", "jitterPercent"}},

		"event type unknown":  {types("*", "item.gone"), problem.UnknownEventType, []string{"eventTypes", "1"}},
		"event type archived": {types("old.news"), problem.UnknownEventType, []string{"eventTypes", "0"}},
		"event type empty":    {types(""), problem.Invalid, []string{"eventTypes", "0"}},
		"event type NUL":      {types("item.created", "\x00"), problem.Invalid, []string{"eventTypes", "1"}},
		"event type no UTF-8": {types("item.\xff"), problem.Invalid, []string{"eventTypes", "0"}},
		"pattern malformed":   {types("item.*.created"), problem.Invalid, []string{"eventTypes", "0"}},
		"event types too many": {
			types(slices.Repeat([]string{"*"}, 101)...), problem.LimitExceeded, []string{"eventTypes"},
		},

		"secret without prefix": {secret(goodSecret[6:]), problem.Invalid, []string{"signingSecret"}},
		"secret too short":      {secret("whsec_c2hvcnQ="), problem.Invalid, []string{"signingSecret"}},
		"secret no base64":      {secret("whsec_!!!!"), problem.Invalid, []string{"signingSecret"}},
	} {
		in := b.input()
		test.change(&in)

		made, err := b.Create(t.Context(), b.scope, in)
		require.Error(t, err, name)
		requireProblem(t, err, test.code, test.field...)
		require.Zero(t, made, name)
	}

	for _, table := range []string{"webhooks", "webhook_secrets", "webhook_subscriptions"} {
		require.Zero(t, b.count(t, table), table)
	}
}

func TestService_CreateNamesAllProblemsAtOnceAndNoSecrets(t *testing.T) {
	t.Parallel()

	b := setup(t)

	_, err := b.Create(t.Context(), b.scope, webhook.CreateInput{
		OrganizationID: b.mine, URL: "https://user:hunter2@shop.example",
		CustomHeaders: []webhook.Header{{Name: "Host", Value: "hunter2"}, {Name: "X-A", Value: "hunter2\n"}},
		Settings: settings.Changes{
			TimeoutSeconds: optional.Of(99),
			RetryPolicy:    optional.Of(settings.RetryChanges{DelaysSeconds: &[]int{0, 0}, JitterPercent: new(99)}),
		},
		EventTypes: []string{"item.gone", "nope!"}, SigningSecret: new("hunter2"),
	})
	problems, ok := problem.Of(err)
	require.True(t, ok)
	require.Len(t, problems, 11)
	require.NotContains(t, err.Error(), "hunter2")
	require.Zero(t, b.count(t, "webhooks"))
}

func TestService_CreateTakesEventTypesOfItsOwnOrganizationOnly(t *testing.T) {
	t.Parallel()

	b := setup(t)
	in := b.input()
	in.OrganizationID, in.EventTypes = b.foreign, []string{"item.created"}

	_, err := b.Create(t.Context(), tenant.All(), in)
	requireProblem(t, err, problem.UnknownEventType, "eventTypes", "0")
	require.Zero(t, b.count(t, "webhooks"))
}

func TestService_CreateForForeignAndUnknownOrganizationsLooksAlike(t *testing.T) {
	t.Parallel()

	b := setup(t)
	in := b.input()

	for _, organization := range []id.ID{b.foreign, id.New(id.Organization), id.Webhook.From(b.mine.UUID()), {}} {
		in.OrganizationID = organization

		_, err := b.Create(t.Context(), b.scope, in)
		require.Equal(t, problem.Missing("organization", "organizationId"), err)
	}

	for _, organization := range []id.ID{id.New(id.Organization), id.Webhook.From(b.mine.UUID()), {}} {
		in.OrganizationID = organization

		_, err := b.Create(t.Context(), tenant.All(), in)
		require.Equal(t, problem.Missing("organization", "organizationId"), err)
	}

	require.Zero(t, b.count(t, "webhooks"))
}

func TestService_CreateTakesAsManySubscriptionsAsAWebhookMayHave(t *testing.T) {
	t.Parallel()

	b := setup(t)

	types := make([]string, webhook.MaxSubscriptions)
	for n := range types {
		types[n] = fmt.Sprintf("t%d.*", n)
	}

	require.Len(t, b.subscriptions(t, b.make(t, types...).ID), 100)
}
