package event_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
)

// limited makes an organization that may publish so often in a minute, without affecting others.
func (b *testBundle) limited(t *testing.T, limit int) {
	t.Helper()

	made, err := b.organizations.Create(t.Context(), organization.CreateInput{Name: "Limited"})
	require.NoError(t, err)

	_, err = b.organizations.UpdateLimits(t.Context(), organization.LimitsInput{ID: made.ID, MaxPublishPerMinute: &limit})
	require.NoError(t, err)

	b.org, b.scope = made.ID, tenant.Of(made.ID)
	b.eventType(t, "order.paid", nil)
}

// withinMinute runs do until it was within one minute of the database's clock, which is what publishing is counted by.
// Each time it has to begin with an organization of its own.
func (b *testBundle) withinMinute(t *testing.T, do func()) {
	t.Helper()

	minute := func() (out time.Time) {
		require.NoError(t, b.pool.QueryRow(t.Context(), "SELECT date_trunc('minute', clock_timestamp())").Scan(&out))

		return out
	}

	for before := minute(); ; before = minute() {
		if do(); minute().Equal(before) {
			return
		}
	}
}

// nextMinute lets the minute pass, for this process and for the database.
func (b *testBundle) nextMinute(t *testing.T) {
	t.Helper()

	b.clock = b.clock.Add(time.Minute)

	_, err := b.pool.Exec(t.Context(), "UPDATE publish_quotas SET window_start = window_start - interval '1 minute'")
	require.NoError(t, err)
}

func (b *testBundle) tryPublish(t *testing.T, service *event.Service) error {
	t.Helper()

	_, err := service.Publish(t.Context(), b.scope, b.org, input("order.paid"))

	return err
}

func requireRateLimited(t *testing.T, err error) {
	t.Helper()

	wrong := problemOf(t, err)
	require.Equal(t, problem.RateLimited, wrong.Code)
	require.Empty(t, wrong.Field)
	require.GreaterOrEqual(t, wrong.RetryAfterSeconds, 1)
	require.LessOrEqual(t, wrong.RetryAfterSeconds, 60)
}

func TestPublish_IsLimitedToSoManyRequestsAMinute(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.clock = time.Now()

	var errs [5]error

	b.withinMinute(t, func() {
		b.limited(t, 3)

		for n := range errs {
			errs[n] = b.tryPublish(t, b.events)
		}
	})

	for _, err := range errs[:3] {
		require.NoError(t, err)
	}

	for _, err := range errs[3:] {
		requireRateLimited(t, err)
	}

	require.Len(t, b.listed(t), 3)
	require.Contains(t, b.logs.String(), "at most 3 publish requests a minute are allowed")
	require.NotContains(t, b.logs.String(), "ERROR", "it is the caller's mistake")
}

func TestPublish_LimitIsThatOfAllProcessesTogether(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.clock = time.Now()

	other := b.anotherProcess(t)

	var errs [5]error

	b.withinMinute(t, func() {
		b.limited(t, 3)

		for n, service := range []*event.Service{other, b.events, other, b.events, other} {
			errs[n] = b.tryPublish(t, service)
		}
	})

	for _, err := range errs[:3] {
		require.NoError(t, err)
	}

	for _, err := range errs[3:] {
		requireRateLimited(t, err)
	}
}

func TestPublish_LimitHoldsHoweverManyAskAtTheSameTime(t *testing.T) {
	t.Parallel()

	const limit, each = 50, 60

	b := setup(t)
	b.clock = time.Now()

	other := b.anotherProcess(t)

	var errs [2 * each]error

	b.withinMinute(t, func() {
		b.limited(t, limit)

		var all sync.WaitGroup

		for n := range errs {
			all.Go(func() {
				service := []*event.Service{b.events, other}[n%2]
				_, errs[n] = service.Publish(context.Background(), b.scope, b.org, input("order.paid"))
			})
		}

		all.Wait()
	})

	published := 0

	for _, err := range errs {
		if err == nil {
			published++
		} else {
			requireRateLimited(t, err)
		}
	}

	require.Equal(t, limit, published, "each has more to publish than there is, so nothing is left over")
	require.Len(t, b.listed(t), limit)
}

func TestPublishMany_CountsOnceHoweverManyEvents(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.clock = time.Now()

	var errs [3]error

	b.withinMinute(t, func() {
		b.limited(t, 2)

		for n := range errs {
			_, errs[n] = b.events.PublishMany(t.Context(), b.scope, b.org,
				[]event.Input{input("order.paid"), input("no.such"), input("order.paid"), input("order.paid")})
		}
	})

	require.NoError(t, errs[0])
	require.NoError(t, errs[1])
	requireRateLimited(t, errs[2])
	require.Len(t, b.listed(t), 6)
}

func TestPublish_GoesOnInTheNextMinute(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.clock = time.Now()

	var used, free, again error

	b.withinMinute(t, func() {
		b.limited(t, 1)
		require.NoError(t, b.tryPublish(t, b.events))
		used = b.tryPublish(t, b.events)

		b.nextMinute(t)
		free = b.tryPublish(t, b.events)
		again = b.tryPublish(t, b.events)
	})

	requireRateLimited(t, used)
	require.NoError(t, free)
	requireRateLimited(t, again)
}

func TestPublish_LimitThatIsRaisedHoldsAtOnce(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.clock = time.Now()

	var before, raised, after error

	b.withinMinute(t, func() {
		b.limited(t, 1)
		require.NoError(t, b.tryPublish(t, b.events))
		before = b.tryPublish(t, b.events)

		_, err := b.organizations.UpdateLimits(t.Context(), organization.LimitsInput{ID: b.org, MaxPublishPerMinute: new(2)})
		require.NoError(t, err)

		raised = b.tryPublish(t, b.events)
		after = b.tryPublish(t, b.events)
	})

	requireRateLimited(t, before)
	require.NoError(t, raised)
	requireRateLimited(t, after)
}

func TestPublish_LimitThatIsLoweredHoldsAtOnce(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.clock = time.Now()

	var lowered error

	b.withinMinute(t, func() {
		b.limited(t, 200)
		require.NoError(t, b.tryPublish(t, b.events), "which leaves nine of its share")

		_, err := b.organizations.UpdateLimits(t.Context(), organization.LimitsInput{ID: b.org, MaxPublishPerMinute: new(5)})
		require.NoError(t, err)

		lowered = b.tryPublish(t, b.events)
	})

	requireRateLimited(t, lowered)
}

func TestPublish_ProcessWhoseClockIsFastGetsNoMore(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.clock = time.Now()

	var used error

	b.withinMinute(t, func() {
		b.limited(t, 1)
		require.NoError(t, b.tryPublish(t, b.events))

		b.clock = b.clock.Add(time.Hour)
		used = b.tryPublish(t, b.events)
	})

	requireRateLimited(t, used)
}

func TestPublish_ShareOfALastMinuteIsNotKeptForTheNext(t *testing.T) {
	t.Parallel()

	const limit = 40 // Two to a share.

	b := setup(t)
	b.clock = time.Now()

	published := 0

	b.withinMinute(t, func() {
		b.limited(t, limit)
		require.NoError(t, b.tryPublish(t, b.events), "which leaves one of its share")
		b.nextMinute(t)

		for published = 0; b.tryPublish(t, b.events) == nil; {
			published++
		}
	})

	require.Equal(t, limit, published)
}

func TestPublish_WhatSendsItselfIsNotLimited(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.clock = time.Now()

	var last error

	b.withinMinute(t, func() {
		b.limited(t, 1)

		hook := b.webhook(t, true)
		for range 3 {
			b.sendTest(t, event.TestInput{WebhookID: hook.ID})
			require.NoError(t, b.events.PublishOperational(t.Context(), b.org, eventtype.WebhookDisabled,
				id.New(id.Event).String(), nil))
		}

		require.NoError(t, b.tryPublish(t, b.events))
		last = b.tryPublish(t, b.events)
	})

	requireRateLimited(t, last)
}
