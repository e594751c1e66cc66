package event_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/problem"
)

// listed returns all events of an organization.
func (b *testBundle) listed(t *testing.T) []event.Event {
	t.Helper()

	found, err := b.events.List(t.Context(), b.scope, b.org, event.Filter{}, page.Query{Size: 100, Ascending: true})
	require.NoError(t, err)

	ids := make([]id.ID, len(found.Items))
	for n, one := range found.Items {
		ids[n] = one.ID
	}

	whole, err := b.events.ByIDs(t.Context(), ids)
	require.NoError(t, err)

	out := make([]event.Event, len(ids))
	for n, one := range ids {
		out[n] = whole[one]
	}

	return out
}

func TestPublishOperational_ReachesWhoSubscribesByName(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.webhook(t, true, "*")
	b.webhook(t, true, "webhook.*")
	b.webhook(t, true, eventtype.WebhookSecretRotated)

	named := b.webhook(t, true, eventtype.WebhookDisabled)
	picky := b.subscribe(t, filtered(eventtype.WebhookDisabled, `event.data.reason == "GONE"`))
	b.subscribe(t, filtered(eventtype.WebhookDisabled, `event.data.reason == "MANUAL"`))

	require.NoError(t, b.events.PublishOperational(t.Context(), b.org, eventtype.WebhookDisabled, "occasion",
		map[string]any{"reason": "GONE"}))

	events := b.listed(t)
	require.Len(t, events, 1)
	require.Equal(t, eventtype.WebhookDisabled, events[0].Type)
	require.JSONEq(t, `{"reason":"GONE"}`, string(events[0].Payload))
	require.False(t, events[0].Test)
	require.ElementsMatch(t, []id.ID{named.ID, picky.ID}, b.reached(t, events[0]))
	require.Equal(t, delivery.OriginPublish, b.log(t, events[0])[0].Origin)
	require.Len(t, b.dispatcher.offered, 2)
}

func TestPublishOperational_HappensOnceForEachKeyAndOrganization(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.webhook(t, true, eventtype.WebhookDisabled)

	other, err := b.organizations.Create(t.Context(), organization.CreateInput{Name: "Other"})
	require.NoError(t, err)

	var (
		all  sync.WaitGroup
		errs [20]error
	)

	for n := range errs {
		all.Go(func() {
			// What it says may differ, such as a name that was changed meanwhile: it is the same occasion.
			errs[n] = b.events.PublishOperational(context.Background(), b.org, eventtype.WebhookDisabled, "first",
				map[string]any{"n": n})
		})
	}

	all.Wait()

	for _, err := range errs {
		require.NoError(t, err)
	}

	require.Len(t, b.listed(t), 1)
	require.Len(t, b.log(t, b.listed(t)[0]), 1)

	require.NoError(t, b.events.PublishOperational(t.Context(), b.org, eventtype.WebhookDisabled, "second", nil))
	require.NoError(t, b.events.PublishOperational(t.Context(), other.ID, eventtype.WebhookDisabled, "first", nil))
	require.Len(t, b.listed(t), 2)
	require.Equal(t, 3, b.count(t, "events"))
}

func TestPublishOperational_TypesAndKeysAreNotForOrganizations(t *testing.T) {
	t.Parallel()

	b := setup(t)
	in := input("order.paid")
	in.IdempotencyKey = new("surehook:first")

	_, err := b.events.Publish(t.Context(), b.scope, b.org, in)
	wrong := problemOf(t, err)
	require.Equal(t, problem.Invalid, wrong.Code)
	require.Equal(t, []string{"idempotencyKey"}, wrong.Field)

	in.IdempotencyKey = new("Surehook:first")
	b.publishInput(t, in)

	_, err = b.events.Publish(t.Context(), b.scope, b.org, input(eventtype.WebhookDisabled))
	require.Equal(t, problem.UnknownEventType, problemOf(t, err).Code)
	require.Equal(t, 1, b.count(t, "events"))
}

func TestPublishOperational_FailsForNobodyAndForWhatIsNoJSON(t *testing.T) {
	t.Parallel()

	b := setup(t)

	require.Error(t, b.events.PublishOperational(t.Context(), b.org, eventtype.WebhookDisabled, "key", func() {}))
	require.Error(t, b.events.PublishOperational(t.Context(), id.New(id.Organization), eventtype.WebhookDisabled, "key", nil))
	require.Zero(t, b.count(t, "events"))
}
