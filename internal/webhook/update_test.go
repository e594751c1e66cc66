package webhook_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/optional"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/settings"
	"github.com/surehook/surehook/internal/tenant"
	"github.com/surehook/surehook/internal/webhook"
)

func (b *testBundle) headers(t *testing.T, of id.ID) []webhook.Header {
	t.Helper()

	rows, err := dbsqlc.New(b.pool).WebhooksByID(t.Context(), id.UUIDs([]id.ID{of}))
	require.NoError(t, err)

	headers, err := webhook.OpenHeaders(b.box, id.Organization.From(rows[0].OrganizationID), of, rows[0].SealedHeaders)
	require.NoError(t, err)

	return headers
}

func TestService_UpdateTellsLeftOutFromNull(t *testing.T) {
	t.Parallel()

	b := setup(t)
	in := b.input()
	in.Description = new("Orders")
	in.CustomHeaders = []webhook.Header{{Name: "X-A", Value: "1"}}
	in.Settings.RetryPolicy = optional.Of(settings.RetryChanges{DelaysSeconds: &[]int{7}, JitterPercent: new(3)})

	was := b.create(t, in).Webhook

	b.clock = b.clock.Add(time.Hour)

	now, err := b.Update(t.Context(), b.scope, webhook.UpdateInput{ID: was.ID, Name: new("New")})
	require.NoError(t, err)
	require.True(t, now.UpdatedAt.Equal(b.clock))

	want := was
	want.Name, want.UpdatedAt = "New", now.UpdatedAt
	require.Equal(t, want, now, "what is left out stays as it is")
	require.Equal(t, in.CustomHeaders, b.headers(t, was.ID))

	now, err = b.Update(t.Context(), b.scope, webhook.UpdateInput{
		ID: was.ID, Description: optional.Null[string](), CustomHeaders: &[]webhook.Header{},
		URL: new("http://10.0.0.1:8080/x"), Settings: settings.Changes{
			RetryPolicy: optional.Null[settings.RetryChanges](), TimeoutSeconds: optional.Of(60),
		},
	})
	require.NoError(t, err)
	require.Nil(t, now.Description)
	require.Len(t, now.Settings.RetryPolicy.DelaysSeconds, 9)
	require.Equal(t, 10, now.Settings.RetryPolicy.JitterPercent)
	require.Empty(t, now.HeaderNames)
	require.Empty(t, b.headers(t, was.ID))
	require.Equal(t, "http://10.0.0.1:8080/x", now.URL)
	require.Equal(t, 60, now.Settings.TimeoutSeconds)

	now, err = b.Update(t.Context(), b.scope, webhook.UpdateInput{
		ID: was.ID, Description: optional.Of("Again"), CustomHeaders: &[]webhook.Header{{Name: "X-B", Value: "2"}},
		Settings: settings.Changes{RetryPolicy: optional.Of(settings.RetryChanges{JitterPercent: new(50)})},
	})
	require.NoError(t, err)
	require.Equal(t, "Again", *now.Description)
	require.Len(t, now.Settings.RetryPolicy.DelaysSeconds, 9, "what the policy leaves out stays as it is")
	require.Equal(t, 50, now.Settings.RetryPolicy.JitterPercent)
	require.Equal(t, []string{"X-B"}, now.HeaderNames)
	require.Equal(t, []webhook.Header{{Name: "X-B", Value: "2"}}, b.headers(t, was.ID))

	found, err := b.Get(t.Context(), b.scope, was.ID)
	require.NoError(t, err)
	require.Equal(t, now, found)
}

func TestService_UpdateRefusesBadInputAndWritesNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t)
	before := b.dump(t)

	for name, test := range map[string]struct {
		in    webhook.UpdateInput
		code  problem.Code
		field []string
	}{
		"name empty":   {webhook.UpdateInput{Name: new("")}, problem.Required, []string{"name"}},
		"url relative": {webhook.UpdateInput{URL: new("/hooks")}, problem.InvalidURL, []string{"url"}},
		"timeout 61": {
			webhook.UpdateInput{Settings: settings.Changes{TimeoutSeconds: optional.Of(61)}},
			problem.Invalid,
			[]string{"settings", "timeoutSeconds"},
		},
		"description NUL": {
			webhook.UpdateInput{Description: optional.Of("\x00")}, problem.Invalid, []string{"description"},
		},
		"header reserved": {
			webhook.UpdateInput{CustomHeaders: &[]webhook.Header{{Name: "X-A"}, {Name: "Host"}}},
			problem.Invalid,
			[]string{"customHeaders", "1", "name"},
		},
		"jitter 51": {
			webhook.UpdateInput{Settings: settings.Changes{
				RetryPolicy: optional.Of(settings.RetryChanges{JitterPercent: new(51)}),
			}},
			problem.Invalid,
			[]string{"settings", "retryPolicy", "jitterPercent"},
		},
	} {
		test.in.ID = one.ID

		_, err := b.Update(t.Context(), b.scope, test.in)
		require.Error(t, err, name)
		requireProblem(t, err, test.code, test.field...)
		require.Equal(t, before, b.dump(t), name)
	}

	_, err := b.Update(t.Context(), b.scope, webhook.UpdateInput{ID: one.ID, Name: new(""), URL: new("")})
	problems, ok := problem.Of(err)
	require.True(t, ok)
	require.Len(t, problems, 2, "all problems at once")
}

func TestService_UpdatesOfDifferentFieldsDoNotUndoEachOther(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t)

	var (
		group sync.WaitGroup
		errs  [2]error
	)

	group.Go(func() {
		_, errs[0] = b.Update(t.Context(), b.scope, webhook.UpdateInput{ID: one.ID, Name: new("New")})
	})
	group.Go(func() {
		_, errs[1] = b.Update(t.Context(), b.scope, webhook.UpdateInput{
			ID: one.ID, Settings: settings.Changes{TimeoutSeconds: optional.Of(33)},
		})
	})
	group.Wait()
	require.NoError(t, errors.Join(errs[:]...))

	found, err := b.Get(t.Context(), b.scope, one.ID)
	require.NoError(t, err)
	require.Equal(t, "New", found.Name)
	require.Equal(t, 33, found.Settings.TimeoutSeconds)
}

func TestService_EnableSendsWhatWasHeld(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one, other := b.make(t), b.make(t)

	_, err := b.Disable(t.Context(), b.scope, one.ID)
	require.NoError(t, err)

	fresh, tried := b.deliver(t, one, "HELD", 0), b.deliver(t, one, "HELD", 2)
	done, elsewhere := b.deliver(t, one, "SUCCEEDED", 1), b.deliver(t, other, "HELD", 0)

	b.clock = b.clock.Add(time.Hour)

	enabled, released, err := b.Enable(t.Context(), b.scope, one.ID, nil)
	require.NoError(t, err)
	require.Equal(t, 2, released)
	require.Equal(t, webhook.Enabled, enabled.Status)
	require.True(t, enabled.UpdatedAt.Equal(b.clock))
	require.Equal(t, 1, b.deliveries.tended)
	require.Equal(t, "HELD", b.statusOf(t, fresh), "it goes when its turn has come")

	step, err := b.deliveries.Step(t.Context(), one.ID)
	require.NoError(t, err)
	require.Equal(t, 2, step.Released)
	require.Equal(t, "PENDING", b.statusOf(t, fresh))
	require.Equal(t, "RETRYING", b.statusOf(t, tried))
	require.Equal(t, "SUCCEEDED", b.statusOf(t, done))
	require.Equal(t, "HELD", b.statusOf(t, elsewhere))
}

func TestService_EnableAndDisableAreHarmlessToRepeat(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t)
	b.clock = b.clock.Add(time.Hour)

	enabled, released, err := b.Enable(t.Context(), b.scope, one.ID, nil)
	require.NoError(t, err)
	require.Zero(t, released)
	require.Equal(t, one, enabled)
	require.Zero(t, b.deliveries.tended)

	disabled, err := b.Disable(t.Context(), b.scope, one.ID)
	require.NoError(t, err)
	require.Equal(t, webhook.Disabled, disabled.Status)

	b.clock = b.clock.Add(time.Hour)

	again, err := b.Disable(t.Context(), b.scope, one.ID)
	require.NoError(t, err)
	require.Equal(t, disabled, again)
}

func TestService_EnableFreesWhatWasHeldJustAsItWasEnabled(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t)
	held := b.deliver(t, one, "HELD", 0) // by a publisher that had still seen it disabled

	_, released, err := b.Enable(t.Context(), b.scope, one.ID, nil)
	require.NoError(t, err)
	require.Equal(t, 1, released)

	_, err = b.deliveries.Step(t.Context(), one.ID)
	require.NoError(t, err)
	require.Equal(t, "PENDING", b.statusOf(t, held))
}

func TestService_EnableThatFailsChangesNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t)

	_, err := b.Disable(t.Context(), b.scope, one.ID)
	require.NoError(t, err)
	b.deliver(t, one, "HELD", 0)

	before := b.dump(t)
	b.deliveries.fail = errors.New("out of order")

	_, _, err = b.Enable(t.Context(), b.scope, one.ID, nil)
	require.ErrorIs(t, err, b.deliveries.fail)
	require.Equal(t, before, b.dump(t))
	require.Zero(t, b.deliveries.tended)
}

func TestService_DeleteRemovesAllButTheLog(t *testing.T) {
	t.Parallel()

	b := setup(t)
	in := b.input()
	in.CustomHeaders = []webhook.Header{{Name: "X-A", Value: "1"}}
	in.EventTypes = []string{"*"}

	one, other := b.create(t, in).Webhook, b.make(t, "*")
	subscription := b.subscriptions(t, one.ID)[0]
	open := []string{"HELD", "PENDING", "RETRYING"}

	for n, status := range open {
		open[n] = b.deliver(t, one, status, 1).String()
	}

	done, elsewhere := b.deliver(t, one, "SUCCEEDED", 1), b.deliver(t, other, "PENDING", 0)

	deleted, canceled, err := b.Delete(t.Context(), b.scope, one.ID)
	require.NoError(t, err)
	require.Equal(t, 3, canceled)
	require.True(t, deleted.DeletedAt.Equal(b.clock))
	require.Empty(t, deleted.HeaderNames)
	require.Equal(t, "SUCCEEDED", b.statusOf(t, done))
	require.Equal(t, "PENDING", b.statusOf(t, elsewhere))

	require.Equal(t, 1, b.count(t, "webhook_subscriptions"), "the other's")
	require.Equal(t, 1, b.count(t, "webhook_secrets"), "the other's")
	require.Empty(t, b.headers(t, one.ID))

	found, err := b.ByIDs(t.Context(), []id.ID{one.ID, id.New(id.Webhook)})
	require.NoError(t, err)
	require.Equal(t, map[id.ID]webhook.Webhook{one.ID: deleted}, found, "deliveries still lead to it")

	subscriptions, err := b.SubscriptionsByID(t.Context(), []id.ID{subscription.ID})
	require.NoError(t, err)
	require.Empty(t, subscriptions)

	// From now on it looks like one that never was.
	for _, scope := range []tenant.Scope{b.scope, tenant.All()} {
		_, err = b.Get(t.Context(), scope, one.ID)
		require.Equal(t, problem.Missing("webhook", "webhookId"), err)

		_, _, err = b.Delete(t.Context(), scope, one.ID)
		require.Equal(t, problem.Missing("webhook", "id"), err)

		_, _, err = b.Enable(t.Context(), scope, one.ID, nil)
		require.Equal(t, problem.Missing("webhook", "id"), err)

		_, err = b.Rotate(t.Context(), scope, webhook.RotateInput{WebhookID: one.ID})
		require.Equal(t, problem.Missing("webhook", "webhookId"), err)
	}
}

func TestService_DeleteThatFailsChangesNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t, "*")
	b.deliver(t, one, "PENDING", 0)

	before := b.dump(t)
	b.deliveries.fail = errors.New("out of order")

	_, _, err := b.Delete(t.Context(), b.scope, one.ID)
	require.ErrorIs(t, err, b.deliveries.fail)
	require.Equal(t, before, b.dump(t))
}

func TestService_ForeignAndUnknownLookAlike(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t, "*")
	subscription := b.subscriptions(t, one.ID)[0]
	secrets, err := b.Secrets(t.Context(), []id.ID{one.ID})
	require.NoError(t, err)

	b.deliver(t, one, "PENDING", 0)

	before := b.dump(t)
	foreign := tenant.Of(b.foreign)

	for _, other := range []id.ID{one.ID, id.New(id.Webhook), id.Event.From(one.ID.UUID()), {}} {
		for _, scope := range []tenant.Scope{foreign, {}} {
			_, err := b.Get(t.Context(), scope, other)
			require.Equal(t, problem.Missing("webhook", "webhookId"), err)

			_, err = b.Update(t.Context(), scope, webhook.UpdateInput{ID: other, Name: new("New")})
			require.Equal(t, problem.Missing("webhook", "id"), err)

			_, _, err = b.Delete(t.Context(), scope, other)
			require.Equal(t, problem.Missing("webhook", "id"), err)

			_, _, err = b.Enable(t.Context(), scope, other, nil)
			require.Equal(t, problem.Missing("webhook", "id"), err)

			_, err = b.Disable(t.Context(), scope, other)
			require.Equal(t, problem.Missing("webhook", "id"), err)

			made, err := b.Rotate(t.Context(), scope, webhook.RotateInput{WebhookID: other})
			require.Equal(t, problem.Missing("webhook", "webhookId"), err)
			require.Zero(t, made)

			for _, which := range []*id.ID{nil, &secrets[one.ID][0].ID} {
				_, _, err = b.Reveal(t.Context(), scope, other, which)
				require.Equal(t, problem.Missing("webhook", "webhookId"), err)
			}

			_, err = b.CreateSubscription(t.Context(), scope, webhook.CreateSubscriptionInput{
				WebhookID: other, SubscriptionInput: webhook.SubscriptionInput{EventType: "item.*"},
			})
			require.Equal(t, problem.Missing("webhook", "webhookId"), err)
		}
	}

	for _, other := range []id.ID{subscription.ID, id.New(id.Subscription), id.Event.From(subscription.ID.UUID()), {}} {
		_, err := b.UpdateSubscription(t.Context(), foreign, webhook.UpdateSubscriptionInput{
			ID: other, Enabled: new(false),
		})
		require.Equal(t, problem.Missing("subscription", "id"), err)

		_, _, err = b.DeleteSubscription(t.Context(), foreign, other)
		require.Equal(t, problem.Missing("subscription", "id"), err)
	}

	// An operator sees everything, but not under an id of another kind.
	wrongKind := id.Event.From(one.ID.UUID())

	_, err = b.Get(t.Context(), tenant.All(), wrongKind)
	require.Equal(t, problem.Missing("webhook", "webhookId"), err)
	_, _, err = b.Delete(t.Context(), tenant.All(), wrongKind)
	require.Equal(t, problem.Missing("webhook", "id"), err)
	_, _, err = b.DeleteSubscription(t.Context(), tenant.All(), id.Event.From(subscription.ID.UUID()))
	require.Equal(t, problem.Missing("subscription", "id"), err)

	require.Equal(t, before, b.dump(t))
	require.Empty(t, b.logs.String(), "nothing was revealed or rotated")
}
