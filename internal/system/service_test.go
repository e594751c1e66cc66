package system_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbtest"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/retention"
	"github.com/surehook/surehook/internal/system"
)

type testBundle struct {
	*system.Service
	pool *db.Pool
	log  *bytes.Buffer
}

func setup(t *testing.T) *testBundle {
	t.Helper()

	b := &testBundle{pool: dbtest.Pool(t), log: &bytes.Buffer{}}
	b.Service = system.NewService(system.Parts{
		Pool: b.pool, Policy: retention.Policy{LogDays: 30, PayloadDays: 7},
		Room:          func(context.Context) (time.Time, error) { return time.Unix(1e9, 0), nil },
		CheckTemporal: func(context.Context) error { return nil },
		Backlog: func(context.Context) (system.Backlog, error) {
			return system.Backlog{Tasks: 3, Age: 1_500 * time.Millisecond}, nil
		},
		Temporal: system.Temporal{Namespace: "n", TaskQueue: "q"},
		Version:  "1.2.3", Log: slog.New(slog.NewTextHandler(b.log, nil)), Now: time.Now,
	})

	return b
}

func (b *testBundle) exec(t *testing.T, sql string, args ...any) {
	t.Helper()

	_, err := b.pool.Exec(t.Context(), sql, args...)
	require.NoError(t, err)
}

// deliveries commits n deliveries with a claim, or none.
func (b *testBundle) deliveries(t *testing.T, n int, claim *uuid.UUID) {
	t.Helper()

	rows := make([]dbtest.Delivery, n)
	for i := range rows {
		rows[i] = dbtest.Delivery{ID: id.New(id.Delivery).UUID(), WebhookID: id.New(id.Webhook).UUID()}
	}

	dbtest.Publish(t, b.pool, id.New(id.Organization).UUID(), "a.b", "{}", claim, rows...)
}

func (b *testBundle) get(t *testing.T) system.System {
	t.Helper()

	out, err := b.Get(t.Context())
	require.NoError(t, err)

	return out
}

func TestService_AQuietPlatform(t *testing.T) {
	t.Parallel()

	b := setup(t)
	out := b.get(t)

	require.Equal(t, "1.2.3", out.Version)
	require.WithinDuration(t, time.Now(), out.StartedAt, time.Minute)
	require.Equal(t, system.Dispatch{}, out.Dispatch)
	require.Empty(t, out.Workers)
	require.Equal(t, system.Temporal{
		Namespace: "n", TaskQueue: "q", Backlog: new(3), BacklogAgeSeconds: new(1),
	}, out.Temporal)
	require.True(t, out.Temporal.Reachable())
	require.Equal(t, system.Retention{LogDays: 30, PayloadDays: 7, RoomUntil: new(time.Unix(1e9, 0))}, out.Retention)
}

func TestService_TheDatabaseAsItIs(t *testing.T) {
	t.Parallel()

	b := setup(t)
	out := b.get(t).Database

	require.Positive(t, out.Megabytes)
	require.Regexp(t, `^\d+`, out.Version)
	require.Len(t, out.Settings, 3)
	require.Positive(t, out.SchemaVersion)
	require.Equal(t, out.LatestSchemaVersion, out.SchemaVersion)

	for _, one := range out.Settings {
		var value string

		require.NoError(t, b.pool.QueryRow(t.Context(), "SELECT current_setting($1)", one.Name).Scan(&value))
		require.Equal(t, value, one.Value)
		require.Equal(t, value != "off", one.Safe)
	}
}

func TestService_CountsWhatNobodyHasTaken(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.deliveries(t, 3, nil)
	b.deliveries(t, 2, new(uuid.New()))
	b.exec(t, "UPDATE deliveries SET created_at = now() - interval '1 hour' WHERE id = (SELECT min(id::text)::uuid FROM deliveries)")

	out := b.get(t).Dispatch
	require.Equal(t, 3, out.Unclaimed)
	require.WithinDuration(t, time.Now().Add(-time.Hour), *out.OldestUnclaimedAt, time.Minute)

	b.exec(t, `UPDATE deliveries SET status = 'CANCELED', next_attempt_at = NULL, completed_at = now()`)
	require.Equal(t, system.Dispatch{}, b.get(t).Dispatch)
}

func TestService_SaysSinceWhenAnAttemptIsDue(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.deliveries(t, 2, new(uuid.New()))
	b.exec(t, "UPDATE deliveries SET next_attempt_at = now() + interval '1 hour'")
	require.Nil(t, b.get(t).Dispatch.OldestDueAt, "none is due yet")

	b.exec(t, "UPDATE deliveries SET next_attempt_at = now() - interval '2 hours' WHERE id = (SELECT max(id::text)::uuid FROM deliveries)")
	out := b.get(t).Dispatch
	require.WithinDuration(t, time.Now().Add(-2*time.Hour), *out.OldestDueAt, time.Minute)
	require.Equal(t, 1, out.Overdue)

	b.exec(t, "UPDATE deliveries SET next_attempt_at = now() - interval '50 seconds'")
	require.Zero(t, b.get(t).Dispatch.Overdue, "requests under way take that long")
}

func TestService_ListsWorkersAndWhetherTheyLive(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for _, one := range []struct{ name, started, heartbeat string }{
		{"silent", "now() - interval '3 hours'", "now() - interval '16 seconds'"},
		{"new", "now()", "now()"},
		{"old", "now() - interval '2 hours'", "now() - interval '10 seconds'"},
		{"signed off", "now()", "'-infinity'"},
	} {
		b.exec(t, "INSERT INTO processes VALUES ($1, $2, "+one.started+", "+one.heartbeat+")", id.New(id.Process).UUID(), one.name)
	}

	var (
		names []string
		alive []bool
	)

	for _, one := range b.get(t).Workers {
		names, alive = append(names, one.Name), append(alive, one.Alive)
		require.True(t, one.ID.Is(id.Process))
	}

	require.Equal(t, []string{"silent", "old", "new"}, names)
	require.Equal(t, []bool{false, true, true}, alive)
}

func TestService_WhatIsWrongIsInTheAnswer(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.CheckTemporal = func(ctx context.Context) error {
		_, bounded := ctx.Deadline()
		require.True(t, bounded)

		return errors.New("connection refused")
	}
	b.Room = func(context.Context) (time.Time, error) { return time.Time{}, errors.New("parts are missing") }
	b.Backlog = func(context.Context) (system.Backlog, error) {
		require.Fail(t, "asked although Temporal is away")

		return system.Backlog{}, nil
	}

	out := b.get(t)
	require.False(t, out.Temporal.Reachable())
	require.Equal(t, "connection refused", *out.Temporal.Problem)
	require.Nil(t, out.Retention.RoomUntil)
	require.Contains(t, b.log.String(), "parts are missing")

	b.CheckTemporal = func(context.Context) error { return nil }
	b.Backlog = func(context.Context) (system.Backlog, error) { return system.Backlog{}, errors.New("too old") }

	out = b.get(t)
	require.True(t, out.Temporal.Reachable())
	require.Nil(t, out.Temporal.Backlog)
	require.Contains(t, b.log.String(), "too old")

	b.pool.Close()

	_, err := b.Get(t.Context())
	require.ErrorContains(t, err, "look at the platform")
}
