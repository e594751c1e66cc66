package webhook_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/webhook"
)

func (b *testBundle) list(t *testing.T, filter webhook.Filter) []id.ID {
	t.Helper()

	listed, err := b.List(t.Context(), b.scope, b.mine, filter, page.Query{Size: 10})
	require.NoError(t, err)

	ids := []id.ID{}
	for _, one := range listed.Items {
		ids = append(ids, one.ID)
	}

	return ids
}

func TestService_ListIsOfOneOrganizationNewestFirstWithoutDeletedOnes(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one, two, gone := b.make(t), b.make(t), b.make(t)

	in := b.input()
	in.OrganizationID = b.foreign

	b.create(t, in)

	_, _, err := b.Delete(t.Context(), b.scope, gone.ID)
	require.NoError(t, err)

	listed, err := b.List(t.Context(), b.scope, b.mine, webhook.Filter{}, page.Query{Size: 10})
	require.NoError(t, err)
	require.Equal(t, []webhook.Webhook{two, one}, listed.Items)

	first, err := b.List(t.Context(), b.scope, b.mine, webhook.Filter{}, page.Query{Size: 1})
	require.NoError(t, err)
	require.Equal(t, []webhook.Webhook{two}, first.Items)
	require.True(t, first.HasNext)
}

func TestService_ListFilters(t *testing.T) {
	t.Parallel()

	b := setup(t)
	on, off := b.make(t, "item.created", "order.*"), b.make(t, "order.paid")

	_, err := b.Disable(t.Context(), b.scope, off.ID)
	require.NoError(t, err)

	require.Equal(t, []id.ID{on.ID}, b.list(t, webhook.Filter{Statuses: []webhook.Status{webhook.Enabled}}))
	require.Equal(t, []id.ID{off.ID}, b.list(t, webhook.Filter{Statuses: []webhook.Status{webhook.Disabled}}))
	require.Len(t, b.list(t, webhook.Filter{Statuses: []webhook.Status{webhook.Disabled, webhook.Enabled}}), 2)
	require.Empty(t, b.list(t, webhook.Filter{Statuses: []webhook.Status{}}))

	require.Equal(t, []id.ID{on.ID}, b.list(t, webhook.Filter{EventType: new("order.*")}), "to the letter")
	require.Equal(t, []id.ID{off.ID}, b.list(t, webhook.Filter{EventType: new("order.paid")}))
	require.Empty(t, b.list(t, webhook.Filter{EventType: new("item")}))
	require.Empty(t, b.list(t, webhook.Filter{EventType: new("\x00")}), "nonsense matches nothing")
	require.Empty(t, b.list(t, webhook.Filter{Search: new("\x00")}), "nonsense matches nothing")
	require.Empty(t, b.list(t, webhook.Filter{Search: new("nobody's name")}))
	require.Len(t, b.list(t, webhook.Filter{Search: new(strings.ToUpper(on.Name))}), 2)
	require.Empty(t, b.list(t, webhook.Filter{
		EventType: new("order.paid"), Statuses: []webhook.Status{webhook.Enabled},
	}))

	for _, one := range b.subscriptions(t, on.ID) {
		_, err = b.UpdateSubscription(t.Context(), b.scope, webhook.UpdateSubscriptionInput{
			ID: one.ID, Enabled: new(false),
		})
		require.NoError(t, err)
	}

	require.Empty(t, b.list(t, webhook.Filter{EventType: new("order.*")}), "enabled ones count")
}

func TestService_ListOfForeignAndUnknownOrganizationsLooksAlike(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for _, organization := range []id.ID{b.foreign, id.New(id.Organization), {}} {
		_, err := b.List(t.Context(), b.scope, organization, webhook.Filter{}, page.Query{Size: 10})
		require.Equal(t, problem.Missing("organization"), err)
	}
}

func TestService_ListSubscriptionsPagesNewestFirst(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one, other := b.make(t), b.make(t, "*")

	older, newer := b.subscribe(t, one.ID, "item.*"), b.subscribe(t, one.ID, "order.*")

	first, err := b.ListSubscriptions(t.Context(), one.ID, page.Query{Size: 1})
	require.NoError(t, err)
	require.Equal(t, []webhook.Subscription{newer}, first.Items)
	require.True(t, first.HasNext)

	after := newer.ID.UUID()

	second, err := b.ListSubscriptions(t.Context(), one.ID, page.Query{Size: 1, After: &after})
	require.NoError(t, err)
	require.Equal(t, []webhook.Subscription{older}, second.Items)
	require.False(t, second.HasNext)
	require.Len(t, b.subscriptions(t, other.ID), 1)
}

func TestService_LoadersAnswerForManyAtOnce(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one, two := b.make(t, "order.*", "item.created"), b.make(t, "*")
	ids := []id.ID{one.ID, two.ID, id.New(id.Webhook)}

	found, err := b.ByIDs(t.Context(), ids)
	require.NoError(t, err)
	require.Equal(t, map[id.ID]webhook.Webhook{one.ID: one, two.ID: two}, found)

	types, err := b.SubscribedEventTypes(t.Context(), ids)
	require.NoError(t, err)
	require.Equal(t, map[id.ID][]string{one.ID: {"item.created", "order.*"}, two.ID: {"*"}}, types)

	secrets, err := b.Secrets(t.Context(), ids)
	require.NoError(t, err)
	require.Len(t, secrets, 2)
	require.Len(t, secrets[two.ID], 1)
}
