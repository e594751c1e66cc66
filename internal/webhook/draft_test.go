package webhook_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/endpointauth"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/optional"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/settings"
	"github.com/surehook/surehook/internal/tenant"
	"github.com/surehook/surehook/internal/webhook"
)

func TestService_DraftOfANewWebhookWritesNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	before := b.dump(t)
	auth := endpointauth.Auth{Bearer: &endpointauth.Bearer{Token: "token"}}
	headers := []webhook.Header{{Name: "X-A", Value: "1"}}
	subscriptions := []webhook.SubscriptionInput{whole("order.paid")}

	next, now, err := b.Draft(t.Context(), b.scope, webhook.DraftInput{
		OrganizationID: b.mine, Recipe: new("slack"), Subscriptions: &subscriptions,
		UpdateInput: webhook.UpdateInput{
			Name: new("Shop"), URL: new("https://shop.example"), CustomHeaders: &headers, Auth: optional.Of(auth),
			Settings: settings.Changes{TimeoutSeconds: optional.Of(5), Signatures: signed(v1, v1a).Signatures},
		},
	})
	require.NoError(t, err)
	require.Nil(t, now)
	require.Equal(t, "Shop", next.Webhook.Name)
	require.Equal(t, b.mine, next.Webhook.OrganizationID)
	require.True(t, next.Webhook.ID.Is(id.Webhook))
	require.Equal(t, "https://shop.example", next.Webhook.URL)
	require.Equal(t, 5, next.Webhook.Settings.TimeoutSeconds)
	require.Contains(t, next.Webhook.Settings.Envelope, "text", "that of the recipe")
	require.Equal(t, []string{"X-A"}, next.Webhook.HeaderNames)
	require.Equal(t, headers, next.Headers)
	require.Equal(t, &auth, next.Auth)
	require.Equal(t, subscriptions, next.Subscriptions)
	require.Len(t, next.Keys.Symmetric, 1)
	require.Len(t, next.Keys.Ed25519, 1)

	require.Equal(t, before, b.dump(t))
	require.Empty(t, b.logs.String())
}

func TestService_DraftOfAnExistingWebhookStartsFromItAndWritesNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	in := b.input()
	in.Description = new("Orders")
	in.CustomHeaders = []webhook.Header{{Name: "X-A", Value: "1"}}
	in.Auth = &endpointauth.Auth{Bearer: &endpointauth.Bearer{Token: "token"}}
	in.Subscriptions = []webhook.SubscriptionInput{whole("order.paid"), {EventType: "*", ResourceIDs: []string{}}}

	created := b.create(t, in)
	saved := created.Webhook
	before := b.dump(t)

	draft := func(change webhook.UpdateInput, subscriptions *[]webhook.SubscriptionInput) (webhook.Draft, webhook.Draft) {
		change.ID = saved.ID

		next, now, err := b.Draft(t.Context(), b.scope, webhook.DraftInput{UpdateInput: change, Subscriptions: subscriptions})
		require.NoError(t, err)
		require.Equal(t, before, b.dump(t))

		return next, *now
	}

	next, now := draft(webhook.UpdateInput{}, nil)
	require.Equal(t, saved, now.Webhook)
	require.Equal(t, in.CustomHeaders, now.Headers)
	require.Equal(t, in.Auth, now.Auth)
	require.ElementsMatch(t, in.Subscriptions, now.Subscriptions)
	require.Equal(t, created.Secret.Reveal(), now.Keys.Symmetric[0].Reveal())
	require.Empty(t, now.Keys.Ed25519)
	require.Equal(t, now, next, "nothing changes")

	other := []webhook.SubscriptionInput{{EventType: "item.*", Enabled: true}}
	next, again := draft(webhook.UpdateInput{
		Name: new("New"), Description: optional.Null[string](), URL: new("https://new.example"),
		CustomHeaders: &[]webhook.Header{{Name: "X-B", Value: "2"}}, Auth: optional.Null[endpointauth.Auth](),
		Settings: signed(v1a),
	}, &other)
	require.Equal(t, now, again)

	want := saved
	want.Name, want.Description, want.URL, want.HeaderNames = "New", nil, "https://new.example", []string{"X-B"}
	want.Settings.Signatures = next.Webhook.Settings.Signatures
	want.Auth = next.Webhook.Auth
	require.Equal(t, want, next.Webhook)
	require.Equal(t, []webhook.Header{{Name: "X-B", Value: "2"}}, next.Headers)
	require.Nil(t, next.Auth)
	require.Equal(t, other, next.Subscriptions)
	require.Len(t, next.Keys.Ed25519, 1, "the one that saving would make")
}

func TestService_DraftIsRefusedLikeWhatItIsADraftOf(t *testing.T) {
	t.Parallel()

	b := setup(t)
	saved := b.make(t, "*")
	before := b.dump(t)
	twice := []webhook.SubscriptionInput{{EventType: "*"}, {EventType: "*"}}
	many := make([]webhook.SubscriptionInput, webhook.MaxSubscriptions+1)

	for name, test := range map[string]struct {
		change func(in *webhook.DraftInput)
		code   problem.Code
		field  []string
	}{
		"timeout": {
			func(in *webhook.DraftInput) { in.Settings.TimeoutSeconds = optional.Of(61) },
			problem.Invalid,
			[]string{"settings", "timeoutSeconds"},
		},
		"URL":  {func(in *webhook.DraftInput) { in.URL = new("ftp://x") }, problem.InvalidURL, []string{"url"}},
		"name": {func(in *webhook.DraftInput) { in.Name = new("\x00 ") }, problem.Invalid, []string{"name"}},
		"headers": {
			func(in *webhook.DraftInput) { in.CustomHeaders = &[]webhook.Header{{Name: "Host"}} },
			problem.Invalid,
			[]string{"customHeaders", "0", "name"},
		},
		"auth": {
			func(in *webhook.DraftInput) { in.Auth = optional.Of(endpointauth.Auth{}) }, problem.Invalid, []string{"auth"},
		},
		"the same subscription twice": {
			func(in *webhook.DraftInput) { in.Subscriptions = &twice },
			problem.AlreadyExists,
			[]string{"subscriptions", "1", "eventType"},
		},
		"subscriptions too many": {
			func(in *webhook.DraftInput) { in.Subscriptions = &many }, problem.LimitExceeded, []string{"subscriptions"},
		},
	} {
		fresh := webhook.DraftInput{OrganizationID: b.mine}
		fresh.URL = new("https://shop.example")
		existing := webhook.DraftInput{UpdateInput: webhook.UpdateInput{ID: saved.ID}}

		for _, in := range []webhook.DraftInput{fresh, existing} {
			test.change(&in)

			_, _, err := b.Draft(t.Context(), b.scope, in)
			require.Error(t, err, name)
			requireProblem(t, err, test.code, test.field...)
		}
	}

	_, _, err := b.Draft(t.Context(), b.scope, webhook.DraftInput{OrganizationID: b.mine})
	requireProblem(t, err, problem.InvalidURL, "url")

	_, _, err = b.Draft(t.Context(), b.scope, webhook.DraftInput{
		UpdateInput: webhook.UpdateInput{ID: saved.ID}, Recipe: new("slack"),
	})
	requireProblem(t, err, problem.Invalid, "recipe")
	require.Equal(t, before, b.dump(t))
}

func TestService_DraftForForeignAndUnknownLooksAlike(t *testing.T) {
	t.Parallel()

	b := setup(t)
	saved := b.make(t)
	foreign := tenant.Of(b.foreign)

	for _, other := range []id.ID{saved.ID, id.New(id.Webhook), id.Event.From(saved.ID.UUID())} {
		_, now, err := b.Draft(t.Context(), foreign, webhook.DraftInput{UpdateInput: webhook.UpdateInput{ID: other}})
		require.Equal(t, problem.Missing("webhook", "webhookId"), err)
		require.Nil(t, now)
	}

	for _, other := range []id.ID{b.mine, id.New(id.Organization), id.Event.From(b.mine.UUID()), {}} {
		_, _, err := b.Draft(t.Context(), foreign, webhook.DraftInput{OrganizationID: other})
		require.Equal(t, problem.Missing("organization", "organizationId"), err)
	}

	_, _, err := b.Draft(t.Context(), tenant.All(), webhook.DraftInput{OrganizationID: id.Event.From(b.mine.UUID())})
	require.Equal(t, problem.Missing("organization", "organizationId"), err)
}

func TestService_DraftWithAnotherKeysetIsAnInternalFailure(t *testing.T) {
	t.Parallel()

	b := setup(t)
	saved := b.make(t)

	_, err := b.pool.Exec(t.Context(), "UPDATE webhook_secrets SET sealed = 'damaged'")
	require.NoError(t, err)

	_, _, err = b.Draft(t.Context(), b.scope, webhook.DraftInput{UpdateInput: webhook.UpdateInput{ID: saved.ID}})
	require.Error(t, err)

	_, ok := errors.AsType[problem.List](err)
	require.False(t, ok)
}
