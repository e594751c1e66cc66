package event_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
	"github.com/surehook/surehook/internal/webhook"
)

// targeted is an event for some webhooks only.
func targeted(webhooks ...id.ID) event.Input {
	in := input("order.paid")
	in.WebhookIDs = append([]id.ID{}, webhooks...)

	return in
}

func TestPublish_NamedWebhooksAloneGetTheEvent(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one, off, other := b.webhook(t, true, "*"), b.webhook(t, false, "order.paid"), b.webhook(t, true, "item.created")
	b.webhook(t, true, "*")

	for name, test := range map[string]struct{ targets, want []id.ID }{
		"one":                      {[]id.ID{one.ID}, []id.ID{one.ID}},
		"one twice":                {[]id.ID{one.ID, one.ID}, []id.ID{one.ID}},
		"two, one of them off":     {[]id.ID{off.ID, one.ID}, []id.ID{one.ID, off.ID}},
		"one that does not match":  {[]id.ID{other.ID}, []id.ID{}},
		"one that does not, first": {[]id.ID{other.ID, one.ID}, []id.ID{one.ID}},
		"none":                     {nil, []id.ID{}},
	} {
		published := b.publishInput(t, targeted(test.targets...))
		require.Equal(t, test.want, b.reached(t, published.Event), name)
		require.Equal(t, len(test.want), published.MatchedWebhookCount, name)

		stored := b.stored(t, published.Event.ID)
		require.NotNil(t, stored.TargetWebhookIDs, name)
		require.ElementsMatch(t, test.targets, stored.TargetWebhookIDs, name)
	}

	all := b.publish(t, "order.paid")
	require.Equal(t, 3, all.MatchedWebhookCount)
	require.Nil(t, b.stored(t, all.Event.ID).TargetWebhookIDs)
}

func TestPublish_WhatIsDerivedIsForTheSameWebhooks(t *testing.T) {
	t.Parallel()

	b := setupDerived(t)
	one := b.webhook(t, true, "*")
	b.webhook(t, true, "*")

	in := with("order.paid", `{"total":100}`)
	in.WebhookIDs = []id.ID{one.ID}
	published := b.publishInput(t, in)

	require.Len(t, published.Derived, 1)
	require.Equal(t, []id.ID{one.ID}, b.reached(t, published.Derived[0]))
	require.Equal(t, in.WebhookIDs, b.stored(t, published.Derived[0].ID).TargetWebhookIDs)
}

func TestPublish_NamedWebhooksOutlastQuarantine(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.strict(t, eventtype.Quarantine)

	one := b.webhook(t, true, "*")
	b.webhook(t, true, "*")

	in := with("strict.type", wrong)
	in.WebhookIDs = []id.ID{one.ID}
	held := b.publishInput(t, in)
	require.NotNil(t, held.Event.QuarantinedAt)
	require.Nil(t, b.stored(t, held.Event.ID).ReleasedAt)

	_, err := b.events.Release(t.Context(), b.scope, held.Event.ID, true)
	require.NoError(t, err)
	require.Equal(t, []id.ID{one.ID}, b.reached(t, held.Event))
	require.NotNil(t, b.stored(t, held.Event.ID).ReleasedAt)
}

func TestPublish_NamedWebhooksArePartOfWhatAnIdempotencyKeyStandsFor(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one, other := b.webhook(t, true, "*"), b.webhook(t, true, "*")

	in := targeted(one.ID)
	in.IdempotencyKey = new("k")
	first := b.publishInput(t, in)
	require.True(t, b.publishInput(t, in).Duplicate)

	for _, targets := range [][]id.ID{nil, {}, {other.ID}, {one.ID, other.ID}} {
		in.WebhookIDs = targets
		_, err := b.events.Publish(t.Context(), b.scope, b.org, in)
		require.Equal(t, problem.IdempotencyConflict, problemOf(t, err).Code, targets)
	}

	require.Equal(t, []id.ID{one.ID}, b.reached(t, first.Event))
}

func TestPublish_RefusesWebhooksThatTheOrganizationDoesNotHave(t *testing.T) {
	t.Parallel()

	b := setup(t)
	mine, gone := b.webhook(t, true, "*"), b.webhook(t, true, "*")

	_, _, err := b.webhooks.Delete(t.Context(), b.scope, gone.ID)
	require.NoError(t, err)

	other, err := b.organizations.Create(t.Context(), organization.CreateInput{Name: "Other"})
	require.NoError(t, err)
	foreign, err := b.webhooks.Create(t.Context(), tenant.All(), webhook.CreateInput{
		OrganizationID: other.ID, Name: "w", URL: "https://example.com", Enabled: true,
	})
	require.NoError(t, err)

	_, err = b.events.Publish(t.Context(), b.scope, b.org,
		targeted(mine.ID, gone.ID, foreign.Webhook.ID, id.New(id.Webhook), id.Event.From(mine.ID.UUID()), id.ID{}))
	problems, ok := problem.Of(err)
	require.True(t, ok, "%v", err)

	for n, one := range problems {
		require.Equal(t, problem.NotFound, one.Code)
		require.Equal(t, "there is no such webhook", one.Message)
		require.Equal(t, []string{"webhookIds", []string{"1", "2", "3", "4", "5"}[n]}, one.Field)
	}

	require.Len(t, problems, 5)

	many := make([]id.ID, 101)
	for n := range many {
		many[n] = mine.ID
	}

	_, err = b.events.Publish(t.Context(), b.scope, b.org, targeted(many...))
	require.Equal(t, problem.Problem{
		Code: problem.LimitExceeded, Message: "at most 100 webhooks can be named", Field: []string{"webhookIds"},
	}, problemOf(t, err))
	require.Zero(t, b.count(t, "events"))

	b.publishInput(t, targeted(many[:100]...))
}

func TestPublishMany_RefusesAnEventForAWebhookThatIsNotThere(t *testing.T) {
	t.Parallel()

	b := setup(t)
	mine := b.webhook(t, true, "*")

	results, err := b.events.PublishMany(t.Context(), b.scope, b.org, []event.Input{
		targeted(id.New(id.Webhook)), targeted(mine.ID),
	})
	require.NoError(t, err)
	require.Equal(t, []string{"webhookIds", "0"}, problemOf(t, results[0].Err).Field)
	require.NoError(t, results[1].Err)
	require.Equal(t, 1, results[1].MatchedWebhookCount)
}

func TestSendTest_IsForTheWebhookAlone(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.webhook(t, true, "*")

	sent, err := b.events.SendTest(t.Context(), b.scope, event.TestInput{WebhookID: one.ID})
	require.NoError(t, err)

	found, err := b.deliveries.ByIDs(t.Context(), []id.ID{sent})
	require.NoError(t, err)
	require.Equal(t, []id.ID{one.ID}, b.stored(t, found[sent].EventID).TargetWebhookIDs)
}
