package webhook_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/optional"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/settings"
	"github.com/surehook/surehook/internal/signing"
	"github.com/surehook/surehook/internal/tenant"
	"github.com/surehook/surehook/internal/webhook"
)

// inputFor is a webhook of an organization with a profile.
func (b *testBundle) inputFor(t *testing.T, profile string) webhook.CreateInput {
	t.Helper()

	in := b.input()
	in.OrganizationID = b.organization(t, profile)

	return in
}

func retries(changes settings.RetryChanges) settings.Changes {
	return settings.Changes{RetryPolicy: optional.Of(changes)}
}

func TestService_CreateHasTheSettingsOfTheProfile(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for _, profile := range []string{"kianda", "knoxcall", "krebit", "kuviq", "standard"} {
		in := b.inputFor(t, profile)
		made := b.create(t, in)

		own, err := b.organizations.ProfileOf(t.Context(), in.OrganizationID)
		require.NoError(t, err)
		require.Equal(t, own.Settings, made.Webhook.Settings, profile)

		found, err := b.Get(t.Context(), tenant.Of(in.OrganizationID), made.Webhook.ID)
		require.NoError(t, err)
		require.Equal(t, made.Webhook, found, profile)
		require.Equal(t, profile != "kianda", !made.Secret.IsZero(), "only a signature needs a secret to be shown")
	}
}

func TestService_CreateKeepsToTheRulesOfTheProfile(t *testing.T) {
	t.Parallel()

	b := setup(t)
	delays := []string{"settings", "retryPolicy", "delaysSeconds"}

	for name, test := range map[string]struct {
		profile string
		change  func(in *webhook.CreateInput)
		code    problem.Code
		field   []string
	}{
		"KU9 six retries where five are allowed": {
			"kuviq", func(in *webhook.CreateInput) {
				in.Settings = retries(settings.RetryChanges{DelaysSeconds: new(slices.Repeat([]int{60}, 6))})
			}, problem.LimitExceeded, delays,
		},
		"KX8 six retries by a backoff": {
			"knoxcall", func(in *webhook.CreateInput) {
				in.Settings = retries(settings.RetryChanges{Backoff: &settings.BackoffChanges{Retries: new(6)}})
			}, problem.LimitExceeded, []string{"settings", "retryPolicy", "backoff", "retries"},
		},
		"KZ8 a retry where none is allowed": {
			"kazinex", func(in *webhook.CreateInput) {
				in.Settings = retries(settings.RetryChanges{DelaysSeconds: &[]int{60}})
			}, problem.LimitExceeded, delays,
		},
		"KX9 timeout 0": {
			"knoxcall", func(in *webhook.CreateInput) { in.Settings.TimeoutSeconds = optional.Of(0) },
			problem.Invalid,
			[]string{"settings", "timeoutSeconds"},
		},
		"KX9 timeout 61": {
			"knoxcall", func(in *webhook.CreateInput) { in.Settings.TimeoutSeconds = optional.Of(61) },
			problem.Invalid,
			[]string{"settings", "timeoutSeconds"},
		},
		"KU5 http": {
			"kuviq", func(in *webhook.CreateInput) { in.URL = "http://shop.example/hooks" }, problem.InvalidURL, []string{"url"},
		},
		"KU5 HTTP in capitals": {
			"kuviq", func(in *webhook.CreateInput) { in.URL = "HTTP://shop.example/hooks" }, problem.InvalidURL, []string{"url"},
		},
		"KX1 http": {
			"knoxcall", func(in *webhook.CreateInput) { in.URL = "http://shop.example" }, problem.InvalidURL, []string{"url"},
		},
		"KZ5 a method that is not allowed": {
			"kazinex", func(in *webhook.CreateInput) { in.Settings.Method = optional.Of(settings.Put) },
			problem.Invalid,
			[]string{"settings", "method"},
		},
		"KI4 POST": {
			"kianda", func(in *webhook.CreateInput) { in.Settings.Method = optional.Of(settings.Post) },
			problem.Invalid,
			[]string{"settings", "method"},
		},
		"KZ3 no secret where the user chooses it": {
			"kazinex", func(in *webhook.CreateInput) { in.SigningSecret = nil }, problem.Required, []string{"signingSecret"},
		},
		"KR1 a secret where it is generated": {
			"krebit", func(in *webhook.CreateInput) { in.SigningSecret = new("chosen by me") },
			problem.Invalid,
			[]string{"signingSecret"},
		},
		"KX12 a good secret where it is generated": {
			"knoxcall", func(in *webhook.CreateInput) { in.SigningSecret = new(goodSecret) },
			problem.Invalid,
			[]string{"signingSecret"},
		},
		"a secret that is too short": {
			"kuviq", func(in *webhook.CreateInput) { in.SigningSecret = new("1234567") }, problem.Invalid, []string{"signingSecret"},
		},
		"a secret with NUL": {
			"kuviq", func(in *webhook.CreateInput) { in.SigningSecret = new("12345678\x00") },
			problem.Invalid,
			[]string{"signingSecret"},
		},
		"a recipe that there is not": {
			"kuviq", func(in *webhook.CreateInput) { in.Recipe = new("fax") }, problem.NotFound, []string{"recipe"},
		},
		"a section that there is not": {
			"knoxcall", func(in *webhook.CreateInput) {
				in.Settings.Sections = optional.Of([]settings.SectionChange{{Name: "headers", Included: true}, {Name: "cookies"}})
			}, problem.Required, []string{"settings", "sections", "1", "paths"},
		},
	} {
		in := b.inputFor(t, test.profile)
		if test.profile == "kazinex" {
			in.SigningSecret = new("chosen by me")
		}

		test.change(&in)

		made, err := b.Create(t.Context(), tenant.All(), in)
		require.Error(t, err, name)
		requireProblem(t, err, test.code, test.field...)
		require.Zero(t, made, name)
	}

	require.Zero(t, b.count(t, "webhooks"))
	require.Zero(t, b.count(t, "webhook_secrets"))
}

func TestService_CreateGoesAsFarAsTheProfileAllows(t *testing.T) {
	t.Parallel()

	b := setup(t)

	in := b.inputFor(t, "knoxcall")
	in.Settings = retries(settings.RetryChanges{Backoff: &settings.BackoffChanges{Retries: new(5)}})
	in.Settings.TimeoutSeconds, in.Settings.Method = optional.Of(60), optional.Of(settings.Get)
	in.Settings.Sections = optional.Of([]settings.SectionChange{{Name: "headers", Included: true}})

	one := b.create(t, in).Webhook
	require.Equal(t, []int{1, 2, 4, 8, 16}, one.Settings.RetryPolicy.DelaysSeconds)
	require.Equal(t, settings.Get, one.Settings.Method)
	require.Empty(t, one.Settings.Excluded())

	in = b.inputFor(t, "kianda")
	in.URL = "http://intranet.example/callback"
	require.Equal(t, in.URL, b.create(t, in).Webhook.URL)
}

func TestService_UpdateKeepsToTheRulesOfTheProfile(t *testing.T) {
	t.Parallel()

	b := setup(t)
	in := b.inputFor(t, "kuviq")
	one := b.create(t, in).Webhook
	before := b.dump(t)

	update := func(change webhook.UpdateInput) error {
		change.ID = one.ID
		_, err := b.Update(t.Context(), tenant.All(), change)

		return err
	}

	requireProblem(t, update(webhook.UpdateInput{URL: new("http://shop.example")}), problem.InvalidURL, "url")
	requireProblem(t, update(webhook.UpdateInput{Settings: settings.Changes{Method: optional.Of(settings.Put)}}),
		problem.Invalid, "settings", "method")
	requireProblem(t, update(webhook.UpdateInput{
		Settings: retries(settings.RetryChanges{DelaysSeconds: new(slices.Repeat([]int{60}, 6))}),
	}), problem.LimitExceeded, "settings", "retryPolicy", "delaysSeconds")
	require.Equal(t, before, b.dump(t))

	require.NoError(t, update(webhook.UpdateInput{Settings: retries(settings.RetryChanges{DelaysSeconds: &[]int{}})}))
	require.NoError(t, update(webhook.UpdateInput{
		Settings: settings.Changes{RetryPolicy: optional.Null[settings.RetryChanges]()},
	}))

	found, err := b.Get(t.Context(), tenant.All(), one.ID)
	require.NoError(t, err)
	require.Equal(t, one.Settings, found.Settings, "null is the default of the profile")
}

func TestService_HTTPIsAllowedOnceTheOrganizationMay(t *testing.T) {
	t.Parallel()

	b := setup(t)
	in := b.inputFor(t, "kuviq")
	in.URL = "http://shop.example/hooks"

	_, err := b.Create(t.Context(), tenant.All(), in)
	requireProblem(t, err, problem.InvalidURL, "url")

	_, err = b.organizations.UpdateLimits(t.Context(), organization.LimitsInput{
		ID: in.OrganizationID, AllowInsecureURLs: new(true),
	})
	require.NoError(t, err)
	require.Equal(t, in.URL, b.create(t, in).Webhook.URL)
}

func TestService_SecretsComeFromWhereTheProfileSays(t *testing.T) {
	t.Parallel()

	b := setup(t)

	chosen := b.inputFor(t, "kazinex")
	chosen.SigningSecret = new("as the user sees it")
	one := b.create(t, chosen)
	require.Equal(t, "as the user sees it", one.Secret.Reveal())

	generated := b.create(t, b.inputFor(t, "krebit"))
	require.Regexp(t, "^whsec_", generated.Secret.Reveal())

	either := b.inputFor(t, "kuviq")
	require.Regexp(t, "^whsec_", b.create(t, either).Secret.Reveal())

	either.SigningSecret = new("free text")
	require.Equal(t, "free text", b.create(t, either).Secret.Reveal())

	// Where nothing is signed there is nothing to show.
	require.True(t, b.create(t, b.inputFor(t, "kianda")).Secret.IsZero())

	chosen.Settings.Signatures = optional.Of([]signing.Profile{})
	_, err := b.Create(t.Context(), tenant.All(), chosen)
	requireProblem(t, err, problem.Required, "settings", "signatures")

	rotate := func(of id.ID, secret *string) error {
		_, err := b.Rotate(t.Context(), tenant.All(), webhook.RotateInput{WebhookID: of, SigningSecret: secret})

		return err
	}
	before := b.dump(t)

	requireProblem(t, rotate(one.Webhook.ID, nil), problem.Required, "signingSecret")
	requireProblem(t, rotate(generated.Webhook.ID, new("mine")), problem.Invalid, "signingSecret")
	require.Equal(t, before, b.dump(t))
	require.NoError(t, errors.Join(rotate(one.Webhook.ID, new("the next one")), rotate(generated.Webhook.ID, nil)))
}

func TestService_CreateFromARecipeHasItsSettingsAndEventTypes(t *testing.T) {
	t.Parallel()

	b := setup(t)
	in := b.inputFor(t, "kuviq")
	in.Recipe = new("slack")
	in.Settings.TimeoutSeconds = optional.Of(12)

	own, err := b.organizations.ProfileOf(t.Context(), in.OrganizationID)
	require.NoError(t, err)
	recipe, ok := own.Recipe("slack")
	require.True(t, ok)

	want := recipe.Settings
	want.TimeoutSeconds = 12

	made := b.create(t, in).Webhook
	require.Equal(t, want, made.Settings)
	require.NotEqual(t, own.Settings.Envelope, made.Settings.Envelope)

	types, err := b.SubscribedEventTypes(t.Context(), []id.ID{made.ID})
	require.NoError(t, err)
	require.Equal(t, []string{"action.overdue", "inspection.failed"}, types[made.ID])

	in.Settings = settings.Changes{TimeoutSeconds: optional.Null[int](), Envelope: optional.Null[string]()}
	in.Subscriptions = []webhook.SubscriptionInput{{EventType: "*", Enabled: true}}
	made = b.create(t, in).Webhook
	require.Equal(t, own.Settings.TimeoutSeconds, made.Settings.TimeoutSeconds, "null is the default of the profile")
	require.Equal(t, own.Settings.Envelope, made.Settings.Envelope)
	require.Len(t, b.subscriptions(t, made.ID), 1, "the recipe's own are for when none are given")

	in.Subscriptions, in.EventTypes = nil, []string{"item.created"}
	require.Len(t, b.subscriptions(t, b.create(t, in).Webhook.ID), 1)
}
