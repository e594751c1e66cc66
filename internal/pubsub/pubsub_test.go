package pubsub_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/db/dbtest"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/pubsub"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func change() pubsub.Change {
	return pubsub.Change{
		Organization: id.New(id.Organization), Webhook: id.New(id.Webhook), Event: id.New(id.Event),
		Delivery: id.New(id.Delivery), Attempt: id.New(id.Attempt),
	}
}

type testBundle struct {
	hub   *pubsub.Hub
	pool  *db.Pool
	wakes chan struct{}
	tends chan struct{}
}

func setup(t *testing.T) *testBundle {
	t.Helper()

	pool, _ := dbtest.Database(t)
	b := &testBundle{pool: pool, wakes: make(chan struct{}, 100), tends: make(chan struct{}, 100)}
	b.hub = pubsub.NewHub(pool, slog.New(slog.DiscardHandler), func() { b.wakes <- struct{}{} },
		func() { b.tends <- struct{}{} })

	done := make(chan error, 1)

	ctx := t.Context()
	go func() { done <- b.hub.Run(ctx) }()

	t.Cleanup(func() { require.NoError(t, <-done) })

	<-b.hub.Listening()
	// What was missed before is made up for.
	<-b.wakes
	<-b.tends

	return b
}

func (b *testBundle) notify(t *testing.T, hints ...string) {
	t.Helper()
	require.NoError(t, dbsqlc.New(b.pool).Notify(t.Context(), hints))
}

func TestEncode_FitsIntoNotificationsOfPostgres(t *testing.T) {
	t.Parallel()

	var changes []pubsub.Change
	for range 300 {
		changes = append(changes, change())
	}

	hints := pubsub.Encode(changes)
	require.Greater(t, len(hints), 1)
	require.Less(t, len(hints), 10)

	for _, hint := range hints {
		require.Less(t, len(hint), 8000)
	}

	require.Empty(t, pubsub.Encode(nil))
}

func TestEncode_IsShort(t *testing.T) {
	t.Parallel()

	one := change()
	one.Attempt, one.Published = id.ID{}, true

	// Four ids of at most 26 characters, and a few that tell them apart.
	require.Less(t, len(pubsub.Encode([]pubsub.Change{one})[0]), 110)

	next := one
	next.Delivery, next.Published = id.New(id.Delivery), false

	// The organization is not repeated.
	require.Less(t, len(pubsub.Encode([]pubsub.Change{one, next})[0]), 190)
}

func TestHub_FeedsHearWhatTheirFilterLetsThroughInOrder(t *testing.T) {
	t.Parallel()

	b := setup(t)
	mine, other := change(), change()
	feed := b.hub.Subscribe(func(c pubsub.Change) bool { return c.Organization == mine.Organization })

	defer feed.Close()

	later := mine
	later.Attempt = id.New(id.Attempt)

	// All that can be said, and the least.
	news := pubsub.Change{Organization: mine.Organization, Event: mine.Event, Published: true}
	job := pubsub.Change{Organization: mine.Organization, Operation: id.New(id.BulkOperation)}
	itself := pubsub.Change{Organization: mine.Organization}

	b.notify(t, pubsub.Encode([]pubsub.Change{other, mine, mine, later, itself, other, itself, news, job})...)
	<-feed.Ready()
	require.Equal(t, []pubsub.Change{mine, later, itself, news, job}, feed.Take())
	require.False(t, feed.Lost())
	require.Empty(t, feed.Take())

	b.notify(t, pubsub.Encode([]pubsub.Change{mine})...)
	<-feed.Ready()
	require.Equal(t, []pubsub.Change{mine}, feed.Take())
}

func TestHub_SlowSubscriberCostsBoundedMemory(t *testing.T) {
	t.Parallel()

	b := setup(t)

	feed := b.hub.Subscribe(func(pubsub.Change) bool { return true })
	defer feed.Close()

	last := b.hub.Subscribe(func(c pubsub.Change) bool { return c.Attempt.IsZero() })
	defer last.Close()

	var changes []pubsub.Change
	for range 5000 {
		changes = append(changes, change())
	}

	end := change()
	end.Attempt = id.ID{}

	b.notify(t, pubsub.Encode(append(changes, end))...)
	<-last.Ready()
	<-feed.Ready()
	require.True(t, feed.Lost())
	require.Len(t, feed.Take(), 4096)
	require.False(t, feed.Lost())
	require.False(t, last.Lost(), "who keeps up has lost nothing")
	require.Equal(t, []pubsub.Change{end}, last.Take())

	// It goes on where it is.
	b.notify(t, pubsub.Encode([]pubsub.Change{end})...)
	<-feed.Ready()
	require.Equal(t, []pubsub.Change{end}, feed.Take())
}

func TestHub_WhatComesAgainIsNotLost(t *testing.T) {
	t.Parallel()

	b := setup(t)

	feed := b.hub.Subscribe(func(pubsub.Change) bool { return true })
	defer feed.Close()

	last := b.hub.Subscribe(func(c pubsub.Change) bool { return c.Published })
	defer last.Close()

	var changes []pubsub.Change
	for range 4095 {
		changes = append(changes, change())
	}

	end := change()
	end.Published = true

	b.notify(t, pubsub.Encode(append(append(changes, changes...), end))...)
	<-last.Ready()
	require.False(t, feed.Lost())
	require.Len(t, feed.Take(), 4096)
}

func TestHub_WakesAndOutlivesNonsense(t *testing.T) {
	t.Parallel()

	b := setup(t)

	feed := b.hub.Subscribe(func(pubsub.Change) bool { return true })
	defer feed.Close()

	b.notify(t, "nonsense", strings.Repeat("[", 100), id.New(id.Secret).String(), pubsub.Wake, pubsub.Tend)
	<-b.wakes
	<-b.tends

	// It may have been meant for it.
	<-feed.Ready()
	require.True(t, feed.Lost())
	require.Empty(t, feed.Take())

	want := change()
	b.notify(t, pubsub.Encode([]pubsub.Change{want})...)
	<-feed.Ready()
	require.Equal(t, []pubsub.Change{want}, feed.Take())
}

func TestHub_ListensAgainAfterItsConnectionWasCut(t *testing.T) {
	t.Parallel()

	b := setup(t)

	listener := b.hub.Subscribe(func(pubsub.Change) bool { return false })
	defer listener.Close()

	_, err := b.pool.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database() AND query LIKE 'LISTEN%' AND pid <> pg_backend_pid()`)
	require.NoError(t, err)

	select {
	case <-b.wakes: // It is listening again, and says so in case something was missed.
	case <-time.After(10 * time.Second):
		require.Fail(t, "the hub did not come back")
	}

	<-listener.Ready()
	require.True(t, listener.Lost(), "who was there may have missed something")

	feed := b.hub.Subscribe(func(pubsub.Change) bool { return true })
	defer feed.Close()

	want := change()
	b.notify(t, pubsub.Encode([]pubsub.Change{want})...)
	<-feed.Ready()
	require.Equal(t, []pubsub.Change{want}, feed.Take())
}
