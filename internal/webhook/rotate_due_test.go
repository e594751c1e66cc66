package webhook_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/optional"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/settings"
	"github.com/surehook/surehook/internal/webhook"
)

// rotating makes a webhook whose secret is to be replaced by itself.
func (b *testBundle) rotating(t *testing.T, everyDays, overlapSeconds int) webhook.Webhook {
	t.Helper()

	in := b.input()
	in.Settings.SecretRotation = optional.Of(settings.RotationChanges{
		EveryDays: &everyDays, OverlapSeconds: &overlapSeconds,
	})

	return b.create(t, in).Webhook
}

// rotateDue returns the ids of the webhooks whose secrets were replaced.
func (b *testBundle) rotateDue(t *testing.T) []id.ID {
	t.Helper()

	rotated, err := b.RotateDue(t.Context())
	require.NoError(t, err)

	out := []id.ID{}
	for _, one := range rotated {
		out = append(out, one.ID)
	}

	return out
}

func TestService_RotateDueReplacesThoseThatAreOldEnough(t *testing.T) {
	t.Parallel()

	b := setup(t)
	never, daily, weekly, gone := b.make(t), b.rotating(t, 1, 3600), b.rotating(t, 7, 0), b.rotating(t, 1, 0)

	_, _, err := b.Delete(t.Context(), b.scope, gone.ID)
	require.NoError(t, err)
	require.Empty(t, b.rotateDue(t))

	b.clock = b.clock.Add(24*time.Hour - time.Second)
	require.Empty(t, b.rotateDue(t))

	b.clock = b.clock.Add(time.Second)
	require.Equal(t, []id.ID{daily.ID}, b.rotateDue(t))
	require.Empty(t, b.rotateDue(t), "it is new now")

	both := b.secrets(t, daily.ID)
	require.Len(t, both, 2)
	require.True(t, both[0].CreatedAt.Equal(b.clock))
	require.True(t, both[1].ExpiresAt.Equal(b.clock.Add(time.Hour)), "the overlap is that of the settings")
	require.Len(t, b.secrets(t, never.ID), 1)

	b.clock = b.clock.Add(6 * 24 * time.Hour)
	require.ElementsMatch(t, []id.ID{daily.ID, weekly.ID}, b.rotateDue(t))
	require.Len(t, b.secrets(t, weekly.ID), 1, "without overlap")

	rotated := "WEBHOOK_SECRET_ROTATED "
	require.ElementsMatch(t, []string{
		rotated + daily.ID.String(), rotated + daily.ID.String(), rotated + weekly.ID.String(),
	}, b.audited(t))
}

func TestService_RotateDueCountsFromTheLastRotationByHand(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.rotating(t, 2, 0)

	b.clock = b.clock.Add(24 * time.Hour)
	b.rotate(t, one.ID, 0)

	b.clock = b.clock.Add(24 * time.Hour)
	require.Empty(t, b.rotateDue(t))

	b.clock = b.clock.Add(24 * time.Hour)
	require.Equal(t, []id.ID{one.ID}, b.rotateDue(t))
}

func TestService_RotateDueGoesOnAfterOneThatCannotBeReplacedYet(t *testing.T) {
	t.Parallel()

	b := setup(t)
	stuck, other := b.rotating(t, 1, 86_400), b.rotating(t, 1, 0)

	b.rotate(t, stuck.ID, 604_800)
	b.rotate(t, stuck.ID, 604_800)

	b.clock = b.clock.Add(24 * time.Hour)

	rotated, err := b.RotateDue(t.Context())
	require.ErrorContains(t, err, stuck.ID.String())
	require.ErrorContains(t, err, "3 secrets sign already")

	_, ok := problem.Of(err)
	require.True(t, ok)
	require.Len(t, rotated, 1)
	require.Equal(t, other.ID, rotated[0].ID)
	require.Len(t, b.secrets(t, stuck.ID), 3)

	b.clock = b.clock.Add(6 * 24 * time.Hour)
	require.ElementsMatch(t, []id.ID{stuck.ID, other.ID}, b.rotateDue(t))
}

func TestService_NewSecretsDueAreThoseOfTheScheduleUntilTheirOwnersWereTold(t *testing.T) {
	t.Parallel()

	b := setup(t)
	daily := b.rotating(t, 1, 3600)
	b.rotate(t, daily.ID, 0)

	due, err := b.NewSecretsDue(t.Context())
	require.NoError(t, err)
	require.Empty(t, due, "who rotates by hand knows of it")

	b.clock = b.clock.Add(24 * time.Hour)
	require.Equal(t, []id.ID{daily.ID}, b.rotateDue(t))

	due, err = b.NewSecretsDue(t.Context())
	require.NoError(t, err)
	require.Len(t, due, 1)
	require.Equal(t, daily.ID, due[0].Webhook.ID)
	require.Equal(t, b.secrets(t, daily.ID)[0].ID, due[0].ID)

	require.NoError(t, b.NewSecretTold(t.Context(), due[0].ID))

	due, err = b.NewSecretsDue(t.Context())
	require.NoError(t, err)
	require.Empty(t, due)
}
