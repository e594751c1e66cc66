package webhook_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/flow"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/optional"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/settings"
	"github.com/surehook/surehook/internal/tenant"
	"github.com/surehook/surehook/internal/webhook"
)

func (b *testBundle) pause(t *testing.T, of webhook.Webhook) webhook.Webhook {
	t.Helper()

	out, err := b.Pause(t.Context(), b.scope, of.ID)
	require.NoError(t, err)

	return out
}

func (b *testBundle) gate(t *testing.T, of webhook.Webhook) flow.Gate {
	t.Helper()

	gates, err := b.deliveries.Gates(t.Context(), []id.ID{of.ID})
	require.NoError(t, err)

	return gates[of.ID]
}

// rest has the receiver of a webhook be given one.
func (b *testBundle) rest(t *testing.T, of webhook.Webhook) {
	t.Helper()

	for range 2 {
		_, err := b.deliveries.Observe(t.Context(), flow.Attempted{
			Organization: of.OrganizationID, Webhook: of.ID, StartedAt: b.clock, Failed: true,
		}, settings.Breaker{FailurePercent: 1, MinimumAttempts: 2, WindowSeconds: 10, CooldownSeconds: 10})
		require.NoError(t, err)
	}

	require.Equal(t, delivery.BreakerOpen, b.gate(t, of).Reason)
}

func TestPause_HoldsAWebhookUntilItIsResumed(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one, other := b.make(t), b.make(t)
	b.clock = b.clock.Add(time.Hour)

	paused := b.pause(t, one)
	require.Equal(t, webhook.Paused, paused.Status)
	require.True(t, paused.PausedAt.Equal(b.clock))
	require.True(t, paused.UpdatedAt.Equal(b.clock))
	require.Nil(t, paused.DisabledReason)
	require.Nil(t, paused.DisabledAt)

	got, err := b.Get(t.Context(), b.scope, one.ID)
	require.NoError(t, err)
	require.Equal(t, paused, got)

	got, err = b.Get(t.Context(), b.scope, other.ID)
	require.NoError(t, err)
	require.Equal(t, webhook.Enabled, got.Status)

	held := b.deliver(t, one, "HELD", 0)
	b.clock = b.clock.Add(time.Hour)

	resumed, count, err := b.Resume(t.Context(), b.scope, one.ID, new(3))
	require.NoError(t, err)
	require.Equal(t, 1, count)
	require.Equal(t, webhook.Enabled, resumed.Status)
	require.Nil(t, resumed.PausedAt)
	require.True(t, resumed.UpdatedAt.Equal(b.clock))
	require.Equal(t, 1, b.deliveries.tended)
	require.Equal(t, 3, *b.gate(t, one).MaxPerSecond)

	_, err = b.deliveries.Step(t.Context(), one.ID)
	require.NoError(t, err)
	require.Equal(t, "PENDING", b.statusOf(t, held))
}

func TestResume_WithoutABacklogHasNothingLookedAfter(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t)
	b.pause(t, one)

	_, count, err := b.Resume(t.Context(), b.scope, one.ID, nil)
	require.NoError(t, err)
	require.Zero(t, count)
	require.Zero(t, b.deliveries.tended)
	require.Zero(t, b.gate(t, one))
}

func TestPauseAndResume_RefuseWhatTheStatusDoesNotAllow(t *testing.T) {
	t.Parallel()

	b := setup(t)
	enabled, paused, disabled := b.make(t), b.make(t), b.make(t)
	b.pause(t, paused)

	_, err := b.Disable(t.Context(), b.scope, disabled.ID)
	require.NoError(t, err)

	b.deliver(t, disabled, "HELD", 0)
	b.deliver(t, enabled, "HELD", 0)

	before := b.dump(t)

	_, err = b.Pause(t.Context(), b.scope, paused.ID)
	requireProblem(t, err, problem.Conflict, "id")
	_, err = b.Pause(t.Context(), b.scope, disabled.ID)
	requireProblem(t, err, problem.WebhookDisabled, "id")

	for _, one := range []webhook.Webhook{enabled, disabled} {
		_, _, err = b.Resume(t.Context(), b.scope, one.ID, nil)
		requireProblem(t, err, problem.Conflict, "id")
		require.Zero(t, b.gate(t, one))
	}

	require.Equal(t, before, b.dump(t))
	require.Zero(t, b.deliveries.tended)
}

func TestResumeAndEnable_RefuseARateThatIsNone(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t)
	b.pause(t, one)
	b.deliver(t, one, "HELD", 0)

	before := b.dump(t)

	for _, rate := range []int{-1, 0, 10_001} {
		_, _, err := b.Resume(t.Context(), b.scope, one.ID, &rate)
		requireProblem(t, err, problem.Invalid, "maxPerSecond")

		_, _, err = b.Enable(t.Context(), b.scope, one.ID, &rate)
		requireProblem(t, err, problem.Invalid, "maxPerSecond")
	}

	require.Equal(t, before, b.dump(t))

	for _, rate := range []int{1, 10_000} {
		_, held, err := b.Enable(t.Context(), b.scope, one.ID, &rate)
		require.NoError(t, err)
		require.Equal(t, 1, held)
		require.Equal(t, rate, *b.gate(t, one).MaxPerSecond, "another rate while it drains")
	}
}

func TestEnable_EndsAPauseAndARest(t *testing.T) {
	t.Parallel()

	b := setup(t)
	paused, failing := b.make(t), b.make(t)
	b.pause(t, paused)
	b.rest(t, failing)
	b.deliver(t, failing, "HELD", 0)

	enabled, _, err := b.Enable(t.Context(), b.scope, paused.ID, nil)
	require.NoError(t, err)
	require.Equal(t, webhook.Enabled, enabled.Status)
	require.Nil(t, enabled.PausedAt)

	_, held, err := b.Enable(t.Context(), b.scope, failing.ID, nil)
	require.NoError(t, err)
	require.Equal(t, 1, held)
	require.Equal(t, delivery.Backlog, b.gate(t, failing).Reason, "whoever says so knows that it is back")
}

func TestDisable_TakesThePlaceOfAPause(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t)
	b.pause(t, one)

	disabled, err := b.Disable(t.Context(), b.scope, one.ID)
	require.NoError(t, err)
	require.Equal(t, webhook.Disabled, disabled.Status)
	require.Nil(t, disabled.PausedAt)
	require.Equal(t, webhook.ByHand, *disabled.DisabledReason)
}

func TestResume_ThatFailsChangesNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t)
	b.pause(t, one)
	b.deliver(t, one, "HELD", 0)

	before := b.dump(t)
	b.deliveries.fail = errors.New("out of order")

	_, _, err := b.Resume(t.Context(), b.scope, one.ID, nil)
	require.ErrorIs(t, err, b.deliveries.fail)
	require.Equal(t, before, b.dump(t))
	require.Zero(t, b.gate(t, one))
	require.Zero(t, b.deliveries.tended)
}

func TestUse_OfAForeignOrUnknownWebhookIsRefused(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t)
	b.pause(t, one)
	b.deliver(t, one, "HELD", 0)

	gone := b.make(t)
	_, _, err := b.Delete(t.Context(), b.scope, gone.ID)
	require.NoError(t, err)

	before := b.dump(t)

	for _, test := range []struct {
		scope   tenant.Scope
		webhook id.ID
	}{
		{tenant.Of(b.foreign), one.ID},
		{tenant.Scope{}, one.ID},
		{b.scope, id.New(id.Webhook)},
		{tenant.All(), gone.ID},
		{tenant.All(), id.Event.From(one.ID.UUID())},
		{b.scope, id.ID{}},
	} {
		_, err := b.Pause(t.Context(), test.scope, test.webhook)
		require.Equal(t, problem.Missing("webhook", "id"), err)

		_, _, err = b.Resume(t.Context(), test.scope, test.webhook, nil)
		require.Equal(t, problem.Missing("webhook", "id"), err)

		_, dropped, err := b.DropHeld(t.Context(), test.scope, test.webhook)
		require.Equal(t, problem.Missing("webhook", "webhookId"), err)
		require.Zero(t, dropped)
	}

	require.Equal(t, before, b.dump(t))
}

// drops are the entries about what was dropped.
func (b *testBundle) drops(t *testing.T) []string {
	t.Helper()

	rows, err := b.pool.Query(t.Context(), `SELECT concat_ws(' ', subject_id, detail ->> 'count', created_at AT TIME ZONE 'UTC')
		FROM audit_log WHERE action = 'WEBHOOK_HELD_DELIVERIES_DROPPED' ORDER BY id`)
	require.NoError(t, err)

	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)

	return out
}

func TestDropHeld_GivesUpWhatIsHeldAndPutsItOnRecord(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one, other := b.make(t), b.make(t)
	first, second := b.deliver(t, one, "HELD", 0), b.deliver(t, one, "HELD", 1)
	due, elsewhere := b.deliver(t, one, "RETRYING", 1), b.deliver(t, other, "HELD", 0)

	of, dropped, err := b.DropHeld(t.Context(), b.scope, one.ID)
	require.NoError(t, err)
	require.Equal(t, 2, dropped)
	require.Equal(t, one, of, "whatever status it has")
	require.Equal(t, "CANCELED", b.statusOf(t, first))
	require.Equal(t, "CANCELED", b.statusOf(t, second))
	require.Equal(t, "RETRYING", b.statusOf(t, due))
	require.Equal(t, "HELD", b.statusOf(t, elsewhere))
	require.Equal(t, []string{one.ID.String() + " 2 2026-08-01 12:00:00"}, b.drops(t))

	_, dropped, err = b.DropHeld(t.Context(), b.scope, one.ID)
	require.NoError(t, err)
	require.Zero(t, dropped)
	require.Len(t, b.drops(t), 1, "nothing was done")
}

func TestDropHeld_ThatIsBrokenOffIsOnRecordAsFarAsItCame(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t)
	b.deliver(t, one, "HELD", 0)
	b.deliver(t, one, "HELD", 0)

	ctx, cancel := context.WithCancel(t.Context())
	b.deliveries.dropped = cancel

	_, dropped, err := b.DropHeld(ctx, b.scope, one.ID)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 2, dropped)
	require.Len(t, b.drops(t), 1)
}

func TestUpdate_SwitchingTheBreakerOffEndsTheRest(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one, other := b.make(t), b.make(t)

	for _, each := range []webhook.Webhook{one, other} {
		b.rest(t, each)
		b.deliver(t, each, "HELD", 0)
	}

	change := func(breaker settings.BreakerChanges) {
		t.Helper()

		_, err := b.Update(t.Context(), b.scope, webhook.UpdateInput{
			ID: one.ID, Settings: settings.Changes{Breaker: optional.Of(breaker)},
		})
		require.NoError(t, err)
	}

	change(settings.BreakerChanges{CooldownSeconds: new(900)})
	require.Equal(t, delivery.BreakerOpen, b.gate(t, one).Reason)
	require.Zero(t, b.deliveries.tended)

	change(settings.BreakerChanges{FailurePercent: new(0)})
	require.Equal(t, delivery.Backlog, b.gate(t, one).Reason)
	require.Equal(t, 1, b.deliveries.tended)
	require.Equal(t, delivery.BreakerOpen, b.gate(t, other).Reason)

	change(settings.BreakerChanges{FailurePercent: new(0)})
	require.Equal(t, 1, b.deliveries.tended, "there is nothing to look after")
}

func TestUpdate_TakesARateAndABreaker(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t)
	standard := one.Settings

	require.Zero(t, standard.MaxRequestsPerSecond)
	require.Equal(t, settings.Breaker{FailurePercent: 50, MinimumAttempts: 20, WindowSeconds: 60, CooldownSeconds: 30},
		standard.Breaker)

	updated, err := b.Update(t.Context(), b.scope, webhook.UpdateInput{ID: one.ID, Settings: settings.Changes{
		MaxRequestsPerSecond: optional.Of(7),
		Breaker:              optional.Of(settings.BreakerChanges{MinimumAttempts: new(5)}),
	}})
	require.NoError(t, err)
	require.Equal(t, 7, updated.Settings.MaxRequestsPerSecond)
	require.Equal(t, settings.Breaker{FailurePercent: 50, MinimumAttempts: 5, WindowSeconds: 60, CooldownSeconds: 30},
		updated.Settings.Breaker)

	before := b.dump(t)

	_, err = b.Update(t.Context(), b.scope, webhook.UpdateInput{ID: one.ID, Settings: settings.Changes{
		MaxRequestsPerSecond: optional.Of(10_001),
	}})
	requireProblem(t, err, problem.Invalid, "settings", "maxRequestsPerSecond")
	require.Equal(t, before, b.dump(t))

	back, err := b.Update(t.Context(), b.scope, webhook.UpdateInput{ID: one.ID, Settings: settings.Changes{
		MaxRequestsPerSecond: optional.Null[int](), Breaker: optional.Null[settings.BreakerChanges](),
	}})
	require.NoError(t, err)
	require.Equal(t, standard, back.Settings)
}

// What the database reads of a webhook's settings has to be where it looks for it.
func TestSettings_AreKeptUnderTheNamesThatGatesGoBy(t *testing.T) {
	t.Parallel()

	b := setup(t)
	in := b.input()
	in.Settings.MaxRequestsPerSecond = optional.Of(7)
	one := b.create(t, in).Webhook

	var kept json.RawMessage

	require.NoError(t, b.pool.QueryRow(t.Context(), "SELECT settings -> 'maxRequestsPerSecond' FROM webhooks WHERE id = $1",
		one.ID.UUID()).Scan(&kept))
	require.JSONEq(t, "7", string(kept))
}
