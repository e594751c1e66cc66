package webhook_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/optional"
	"github.com/surehook/surehook/internal/settings"
	"github.com/surehook/surehook/internal/webhook"
)

// strict makes a webhook that is soon taken out of use when it fails.
func (b *testBundle) strict(t *testing.T, failures, hours int, onGone bool) webhook.Webhook {
	t.Helper()

	in := b.input()
	in.Settings.AutoDisable = optional.Of(settings.AutoDisableChanges{
		ConsecutiveFailures: &failures, FailingForHours: &hours, OnGone: &onGone,
	})

	return b.create(t, in).Webhook
}

// fared notes how a webhook fares.
func (b *testBundle) fared(t *testing.T, of webhook.Webhook, failures int, failingSince, goneAt *time.Time) {
	t.Helper()

	_, err := b.pool.Exec(t.Context(), `
		INSERT INTO webhook_activity (webhook_id, organization_id, last_attempt_at, last_attempt_status, succeeded, failed,
			consecutive_failures, failing_since, gone_at)
		VALUES ($1, $2, $3, 'FAILED', 3, 1, $4, $5, $6)`,
		of.ID.UUID(), of.OrganizationID.UUID(), b.clock, failures, failingSince, goneAt)
	require.NoError(t, err)
}

func (b *testBundle) disableFailing(t *testing.T, only ...id.ID) map[id.ID]webhook.DisabledReason {
	t.Helper()

	disabled, err := b.DisableFailing(t.Context(), only...)
	require.NoError(t, err)

	out := map[id.ID]webhook.DisabledReason{}

	for _, one := range disabled {
		require.Equal(t, webhook.Disabled, one.Status)
		require.True(t, one.DisabledAt.Equal(b.clock))

		out[one.ID] = *one.DisabledReason
	}

	return out
}

func TestService_DisableFailingGoesByTheSettingsOfEach(t *testing.T) {
	t.Parallel()

	b := setup(t)
	ago := func(hours int) *time.Time { return new(b.clock.Add(-time.Duration(hours) * time.Hour)) }

	for name, test := range map[string]struct {
		// These are its settings, and then how it fared.
		maxFailures, maxHours int
		onGone                bool
		failures              int
		failingSince, goneAt  *time.Time
		want                  webhook.DisabledReason
	}{
		"KR7 as many failures as allowed": {20, 0, false, 20, nil, nil, webhook.ConsecutiveFailures},
		"more failures than allowed":      {20, 0, false, 21, nil, nil, webhook.ConsecutiveFailures},
		"fewer failures":                  {20, 0, false, 19, nil, nil, ""},
		"failures do not matter":          {0, 0, false, 1000, nil, nil, ""},
		"KR7 failing as long as allowed":  {0, 120, false, 0, ago(120), nil, webhook.FailingForHours},
		"not failing as long":             {0, 121, false, 0, ago(120), nil, ""},
		"time does not matter":            {0, 0, false, 0, ago(10_000), nil, ""},
		"gone":                            {0, 0, true, 0, nil, ago(0), webhook.Gone},
		"being gone does not matter":      {0, 0, false, 0, nil, ago(1), ""},
		"all of it":                       {1, 1, true, 1, ago(1), ago(1), webhook.Gone},
		"failures and time":               {1, 1, true, 1, ago(1), nil, webhook.ConsecutiveFailures},
		"well":                            {1, 1, true, 0, nil, nil, ""},
	} {
		one := b.strict(t, test.maxFailures, test.maxHours, test.onGone)
		b.fared(t, one, test.failures, test.failingSince, test.goneAt)

		want := map[id.ID]webhook.DisabledReason{}
		if test.want != "" {
			want[one.ID] = test.want
		}

		require.Equal(t, want, b.disableFailing(t), name)
		require.Empty(t, b.disableFailing(t), name)
	}
}

func TestService_DisableFailingLooksAtThoseGiven(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one, two, never := b.strict(t, 1, 0, false), b.strict(t, 1, 0, false), b.strict(t, 1, 0, false)
	b.fared(t, one, 1, nil, nil)
	b.fared(t, two, 1, nil, nil)

	require.Len(t, b.disableFailing(t, one.ID, never.ID, id.New(id.Webhook)), 1)
	require.Len(t, b.disableFailing(t), 1, "the other")

	require.Contains(t, b.logs.String(), one.ID.String())
	require.Contains(t, b.logs.String(), "CONSECUTIVE_FAILURES")
}

func TestService_DisableFailingLeavesThoseAloneThatAreOutOfUseOrDeleted(t *testing.T) {
	t.Parallel()

	b := setup(t)
	off, gone := b.strict(t, 1, 0, false), b.strict(t, 1, 0, false)
	b.fared(t, off, 5, nil, nil)
	b.fared(t, gone, 5, nil, nil)

	byHand, err := b.Disable(t.Context(), b.scope, off.ID)
	require.NoError(t, err)
	_, _, err = b.Delete(t.Context(), b.scope, gone.ID)
	require.NoError(t, err)

	require.Empty(t, b.disableFailing(t))

	found, err := b.Get(t.Context(), b.scope, off.ID)
	require.NoError(t, err)
	require.Equal(t, byHand, found)
	require.Equal(t, webhook.ByHand, *found.DisabledReason)
}

func TestService_NoticesAreDueUntilTheyAreGiven(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one, two := b.strict(t, 1, 0, false), b.strict(t, 1, 0, false)
	b.fared(t, one, 1, nil, nil)
	b.fared(t, two, 1, nil, nil)

	due := func() []webhook.Webhook {
		found, err := b.NoticesDue(t.Context())
		require.NoError(t, err)

		return found
	}

	require.Empty(t, due())
	require.Len(t, b.disableFailing(t), 2)

	all := due()
	require.Len(t, all, 2)
	require.Equal(t, []id.ID{one.ID, two.ID}, []id.ID{all[0].ID, all[1].ID})

	require.NoError(t, b.NoticeGiven(t.Context(), all[0]))
	require.Equal(t, all[1:], due())
	require.NoError(t, b.NoticeGiven(t.Context(), all[0]), "it is harmless to repeat")

	// Whoever enables it knows.
	_, _, err := b.Enable(t.Context(), b.scope, two.ID, nil)
	require.NoError(t, err)
	require.Empty(t, due())

	// A notice of the last time is none of this time.
	b.clock = b.clock.Add(time.Hour)
	_, err = b.pool.Exec(t.Context(), "UPDATE webhook_activity SET consecutive_failures = 1")
	require.NoError(t, err)
	require.Len(t, b.disableFailing(t), 1)
	require.NoError(t, b.NoticeGiven(t.Context(), all[1]))
	require.Len(t, due(), 1)
}

func TestService_EnableForgetsFailures(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.strict(t, 1, 1, true)
	b.fared(t, one, 5, new(b.clock.Add(-10*time.Hour)), new(b.clock))
	require.Len(t, b.disableFailing(t), 1)

	enabled, _, err := b.Enable(t.Context(), b.scope, one.ID, nil)
	require.NoError(t, err)
	require.Nil(t, enabled.DisabledReason)
	require.Nil(t, enabled.DisabledAt)
	require.Empty(t, b.disableFailing(t))

	activities, err := b.Activities(t.Context(), []id.ID{one.ID, id.New(id.Webhook)})
	require.NoError(t, err)
	require.Len(t, activities, 1)

	activity := activities[one.ID]
	require.Zero(t, activity.ConsecutiveFailures)
	require.Nil(t, activity.FailingSince)
	require.Equal(t, 3, activity.Succeeded, "the counts stay")
	require.Equal(t, 1, activity.Failed)
	require.InDelta(t, 0.75, *activity.SuccessRate(), 0)
	require.Equal(t, "FAILED", activity.LastAttemptStatus)
}

func TestActivity_SuccessRateIsUnknownBeforeTheFirstDelivery(t *testing.T) {
	t.Parallel()

	require.Nil(t, webhook.Activity{}.SuccessRate())
	require.InDelta(t, 0.0, *webhook.Activity{Failed: 2}.SuccessRate(), 0)
	require.InDelta(t, 1.0, *webhook.Activity{Succeeded: 2}.SuccessRate(), 0)
}

func TestService_DisablingByHandOneThatWasDisabledAlreadyKeepsTheReason(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.strict(t, 1, 0, false)
	b.fared(t, one, 1, nil, nil)
	require.Len(t, b.disableFailing(t), 1)

	out, err := b.Disable(t.Context(), b.scope, one.ID)
	require.NoError(t, err)
	require.Equal(t, webhook.ConsecutiveFailures, *out.DisabledReason)
}
