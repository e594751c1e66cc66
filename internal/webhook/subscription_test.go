package webhook_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
	"github.com/surehook/surehook/internal/webhook"
)

func (b *testBundle) subscribe(t *testing.T, to id.ID, eventType string) webhook.Subscription {
	t.Helper()

	one, err := b.CreateSubscription(t.Context(), b.scope, webhook.CreateSubscriptionInput{
		WebhookID: to, SubscriptionInput: webhook.SubscriptionInput{EventType: eventType, Enabled: true},
	})
	require.NoError(t, err)

	return one
}

func TestService_CreateSubscriptionKeepsWhatItWasGiven(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t)

	made, err := b.CreateSubscription(t.Context(), b.scope, webhook.CreateSubscriptionInput{
		WebhookID: one.ID, SubscriptionInput: webhook.SubscriptionInput{EventType: "item.*"},
	})
	require.NoError(t, err)
	require.True(t, made.ID.Is(id.Subscription))
	require.Equal(t, b.mine, made.OrganizationID)
	require.Equal(t, one.ID, made.WebhookID)
	require.Equal(t, "item.*", made.EventType)
	require.False(t, made.Enabled)
	require.True(t, made.CreatedAt.Equal(b.clock))

	found, err := b.SubscriptionsByID(t.Context(), []id.ID{made.ID, id.New(id.Subscription)})
	require.NoError(t, err)
	require.Equal(t, map[id.ID]webhook.Subscription{made.ID: made}, found)
	require.Equal(t, []webhook.Subscription{made}, b.subscriptions(t, one.ID))

	types, err := b.SubscribedEventTypes(t.Context(), []id.ID{one.ID})
	require.NoError(t, err)
	require.Empty(t, types[one.ID], "disabled ones are left out")
}

func TestService_CreateSubscriptionRefusesBadInputAndWritesNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t, "item.created", "*")
	before := b.dump(t)

	for eventType, code := range map[string]problem.Code{
		"":             problem.Invalid,
		"*":            problem.AlreadyExists,
		"**":           problem.Invalid,
		"\x00":         problem.Invalid,
		"a b":          problem.Invalid,
		"item":         problem.UnknownEventType,
		"item.created": problem.AlreadyExists,
		"item.gone":    problem.UnknownEventType,
	} {
		_, err := b.CreateSubscription(t.Context(), b.scope, webhook.CreateSubscriptionInput{
			WebhookID: one.ID, SubscriptionInput: webhook.SubscriptionInput{EventType: eventType},
		})
		require.Error(t, err, eventType)
		requireProblem(t, err, code, "eventType")
		require.Equal(t, before, b.dump(t))
	}
}

func TestService_CreateSubscriptionStopsAtTheLimitAlsoUnderContention(t *testing.T) {
	t.Parallel()

	b := setup(t)

	types := make([]string, webhook.MaxSubscriptions-2)
	for n := range types {
		types[n] = fmt.Sprintf("t%d.*", n)
	}

	one := b.make(t, types...)

	var (
		group sync.WaitGroup
		errs  [6]error
	)

	for n := range errs {
		group.Go(func() {
			_, errs[n] = b.CreateSubscription(t.Context(), b.scope, webhook.CreateSubscriptionInput{
				WebhookID: one.ID, SubscriptionInput: webhook.SubscriptionInput{EventType: fmt.Sprintf("more%d.*", n)},
			})
		})
	}

	group.Wait()

	refused := 0

	for _, err := range errs {
		if err != nil {
			requireProblem(t, err, problem.LimitExceeded, "webhookId")

			refused++
		}
	}

	require.Equal(t, 4, refused)
	require.Equal(t, webhook.MaxSubscriptions, b.count(t, "webhook_subscriptions"))
}

func TestService_UpdateSubscriptionChangesWhatWasGiven(t *testing.T) {
	t.Parallel()

	b := setup(t)
	was := b.subscribe(t, b.make(t).ID, "item.created")
	b.clock = b.clock.Add(time.Hour)

	now, err := b.UpdateSubscription(t.Context(), b.scope, webhook.UpdateSubscriptionInput{
		ID: was.ID, Enabled: new(false),
	})
	require.NoError(t, err)
	require.False(t, now.Enabled)
	require.Equal(t, "item.created", now.EventType)
	require.True(t, now.UpdatedAt.Equal(b.clock))

	now, err = b.UpdateSubscription(t.Context(), b.scope, webhook.UpdateSubscriptionInput{
		ID: was.ID, EventType: new("order.*"),
	})
	require.NoError(t, err)
	require.False(t, now.Enabled)
	require.Equal(t, "order.*", now.EventType)
	require.Equal(t, []webhook.Subscription{now}, b.subscriptions(t, was.WebhookID))
}

func TestService_UpdateSubscriptionRefusesBadInputAndWritesNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t, "item.created", "*")
	was := b.subscriptions(t, one.ID)[0]
	before := b.dump(t)

	for eventType, code := range map[string]problem.Code{
		"item.gone": problem.UnknownEventType, "": problem.Invalid, "\x00": problem.Invalid, "*": problem.AlreadyExists,
	} {
		_, err := b.UpdateSubscription(t.Context(), b.scope, webhook.UpdateSubscriptionInput{
			ID: was.ID, EventType: &eventType,
		})
		require.Error(t, err, eventType)
		requireProblem(t, err, code, "eventType")
		require.Equal(t, before, b.dump(t))
	}
}

func TestService_ASubscriptionToAnArchivedTypeCanStillBeTurnedOnAndOff(t *testing.T) {
	t.Parallel()

	b := setup(t)
	eventType := b.eventType(t, "old.news")
	was := b.subscribe(t, b.make(t).ID, "old.news")

	_, err := b.types.Archive(t.Context(), b.scope, eventType.ID, true)
	require.NoError(t, err)

	now, err := b.UpdateSubscription(t.Context(), b.scope, webhook.UpdateSubscriptionInput{
		ID: was.ID, EventType: new("old.news"), Enabled: new(false),
	})
	require.NoError(t, err)
	require.False(t, now.Enabled)
}

func TestService_UpdatesOfASubscriptionDoNotUndoEachOther(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hook := b.make(t)

	for n := range 20 {
		was := b.subscribe(t, hook.ID, fmt.Sprintf("a%d.*", n))

		var (
			group sync.WaitGroup
			errs  [2]error
		)

		group.Go(func() {
			_, errs[0] = b.UpdateSubscription(t.Context(), b.scope,
				webhook.UpdateSubscriptionInput{ID: was.ID, Enabled: new(false)})
		})
		group.Go(func() {
			_, errs[1] = b.UpdateSubscription(t.Context(), b.scope,
				webhook.UpdateSubscriptionInput{ID: was.ID, EventType: new(fmt.Sprintf("b%d.*", n))})
		})
		group.Wait()
		require.NoError(t, errors.Join(errs[:]...))

		found, err := b.SubscriptionsByID(t.Context(), []id.ID{was.ID})
		require.NoError(t, err)
		require.False(t, found[was.ID].Enabled)
		require.Equal(t, fmt.Sprintf("b%d.*", n), found[was.ID].EventType)
	}
}

func TestService_DeleteSubscriptionReturnsItWithItsWebhook(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t, "item.created", "*")
	all := b.subscriptions(t, one.ID)

	removed, of, err := b.DeleteSubscription(t.Context(), b.scope, all[0].ID)
	require.NoError(t, err)
	require.Equal(t, all[0], removed)
	require.Equal(t, one, of)
	require.Equal(t, all[1:], b.subscriptions(t, one.ID))

	_, _, err = b.DeleteSubscription(t.Context(), b.scope, all[0].ID)
	require.Equal(t, problem.Missing("subscription", "id"), err)
}

func TestService_ASubscriptionIsDeletedOnceUnderContention(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hook := b.make(t)

	for n := range 10 {
		one := b.subscribe(t, hook.ID, fmt.Sprintf("a%d.*", n))

		var (
			group sync.WaitGroup
			errs  [3]error
		)

		for n := range errs {
			group.Go(func() { _, _, errs[n] = b.DeleteSubscription(t.Context(), b.scope, one.ID) })
		}

		group.Wait()

		deleted := 0

		for _, err := range errs {
			if err == nil {
				deleted++
			} else {
				require.Equal(t, problem.Missing("subscription", "id"), err)
			}
		}

		require.Equal(t, 1, deleted)
	}
}

func TestService_SubscriptionsAndTheirWebhookCanBeChangedAtOnce(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for range 10 {
		one := b.make(t, "item.created")
		subscription := b.subscriptions(t, one.ID)[0]

		var (
			group sync.WaitGroup
			errs  [3]error
		)

		group.Go(func() { _, _, errs[0] = b.Delete(t.Context(), b.scope, one.ID) })
		group.Go(func() {
			_, errs[1] = b.UpdateSubscription(t.Context(), tenant.All(), webhook.UpdateSubscriptionInput{
				ID: subscription.ID, Enabled: new(false),
			})
		})
		group.Go(func() {
			_, errs[2] = b.CreateSubscription(t.Context(), b.scope, webhook.CreateSubscriptionInput{
				WebhookID: one.ID, SubscriptionInput: webhook.SubscriptionInput{EventType: "*"},
			})
		})
		group.Wait()
		require.NoError(t, errs[0])

		for _, err := range errs[1:] {
			if err != nil {
				problems, ok := problem.Of(err)
				require.True(t, ok, "%v", err)
				require.Equal(t, problem.NotFound, problems[0].Code)
			}
		}

		require.Empty(t, b.subscriptions(t, one.ID), "a deleted webhook has none")
	}
}
