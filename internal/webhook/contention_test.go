package webhook_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/webhook"
)

// crowd is more than a pool of these tests has connections.
const crowd = 24

// atOnce runs do in a crowd and returns what came of it.
func atOnce(do func(n int) error) []error {
	var group sync.WaitGroup

	errs := make([]error, crowd)
	for n := range errs {
		group.Go(func() { errs[n] = do(n) })
	}

	group.Wait()

	return errs
}

func TestService_CreateStopsAtTheLimitOfTheOrganizationAlsoUnderContention(t *testing.T) {
	t.Parallel()

	b := setup(t)
	_, err := b.organizations.UpdateLimits(t.Context(), organization.LimitsInput{ID: b.mine, MaxWebhooks: new(3)})
	require.NoError(t, err)

	gone := b.make(t)
	_, _, err = b.Delete(t.Context(), b.scope, gone.ID)
	require.NoError(t, err)

	refused := 0

	for _, err := range atOnce(func(int) error {
		_, err := b.Create(t.Context(), b.scope, b.input())

		return err
	}) {
		if err != nil {
			requireProblem(t, err, problem.LimitExceeded, "organizationId")

			refused++
		}
	}

	require.Equal(t, crowd-3, refused, "what is deleted does not count")

	// The limit of one organization is not that of another, and a raised one is at once of effect.
	in := b.input()
	in.OrganizationID = b.foreign
	b.create(t, in)

	_, err = b.organizations.UpdateLimits(t.Context(), organization.LimitsInput{ID: b.mine, MaxWebhooks: new(4)})
	require.NoError(t, err)
	b.make(t)

	_, err = b.Create(t.Context(), b.scope, b.input())
	requireProblem(t, err, problem.LimitExceeded, "organizationId")
}

// Whoever waits for a webhook must not keep the one it waits for from going on.
func TestService_ManyChangesOfOneWebhookAtOnceAllComeThrough(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t, "*")

	require.NoError(t, errors.Join(atOnce(func(n int) error {
		switch n % 4 {
		case 0:
			_, err := b.Update(t.Context(), b.scope, webhook.UpdateInput{ID: one.ID, Name: new(fmt.Sprint("n", n))})

			return err
		case 1:
			_, err := b.Rotate(t.Context(), b.scope, webhook.RotateInput{WebhookID: one.ID, OverlapSeconds: new(0)})

			return err
		case 2:
			_, _, err := b.Draft(t.Context(), b.scope, webhook.DraftInput{UpdateInput: webhook.UpdateInput{ID: one.ID}})

			return err
		default:
			_, err := b.CreateSubscription(t.Context(), b.scope, webhook.CreateSubscriptionInput{
				WebhookID: one.ID, SubscriptionInput: webhook.SubscriptionInput{EventType: fmt.Sprintf("t%d.*", n)},
			})

			return err
		}
	})...))
	require.Len(t, b.secrets(t, one.ID), 1)
	require.Len(t, b.subscriptions(t, one.ID), 1+crowd/4)
}

func TestService_ARotationThatIsDueIsDoneOnceByManyAtOnce(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.rotating(t, 1, 3600)
	b.clock = b.clock.Add(24 * time.Hour)

	rotated := make([][]webhook.Webhook, crowd)

	require.NoError(t, errors.Join(atOnce(func(n int) (err error) {
		rotated[n], err = b.RotateDue(t.Context())

		return err
	})...))

	var all []id.ID

	for _, some := range rotated {
		for _, hook := range some {
			all = append(all, hook.ID)
		}
	}

	require.Equal(t, []id.ID{one.ID}, all)
	require.Len(t, b.secrets(t, one.ID), 2)
}
