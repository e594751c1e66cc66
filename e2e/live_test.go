package e2e

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/e2e/stack"
)

// manyDeliveries is how many a subscriber has to keep an eye on.
const manyDeliveries = 500

// state is how far a delivery has come.
type state struct {
	ID, Status   string
	AttemptCount int
}

func (s state) over() bool {
	return s.Status == "SUCCEEDED" || s.Status == "FAILED" || s.Status == "CANCELED"
}

// follower does what docs/live.md tells clients to do: it listens, and queries when it is told to.
type follower struct {
	b    *testBundle
	live *stack.Subscription
	// pushed is what was sent last of each delivery, known what is known by that and by queries.
	pushed, known map[string]state
	resyncs       int
}

func (b *testBundle) follow(t *testing.T) *follower {
	t.Helper()

	live, err := b.Subscribe(t.Context(), `subscription ($org: ID!) {
		deliveryUpdated(organizationId: $org) { id status attemptCount }
	}`, map[string]any{"org": b.OrganizationID})
	require.NoError(t, err)
	t.Cleanup(func() {
		// The test's context is over, and with it the connection, if the server has not been quicker.
		if err := live.Close(); err != nil {
			t.Log(err)
		}
	})

	return &follower{b: b, live: live, pushed: make(map[string]state), known: make(map[string]state)}
}

// hear takes one message in.
func (f *follower) hear(t *testing.T) {
	t.Helper()

	select {
	case raw, open := <-f.live.Data:
		require.True(t, open, "subscription ended: %v", f.live.Err())

		var push struct {
			Data       struct{ DeliveryUpdated *state }
			Extensions struct{ Resync bool }
		}

		require.NoError(t, json.Unmarshal(raw, &push))

		if push.Extensions.Resync {
			f.resyncs++
			f.query(t)
		}

		if now := push.Data.DeliveryUpdated; now != nil {
			before := f.pushed[now.ID]
			require.GreaterOrEqual(t, now.AttemptCount, before.AttemptCount, "%+v after %+v", now, before)
			require.False(t, before.over() && !now.over(), "%+v after %+v", now, before)

			f.pushed[now.ID] = *now
			f.learn(*now)
		} else {
			require.True(t, push.Extensions.Resync, "%s", raw)
		}
	case <-time.After(patience):
		require.Fail(t, "nothing was pushed", "%d of %d are over", f.over(), len(f.known))
	}
}

// learn keeps the newer, as a query may overtake what was on its way.
func (f *follower) learn(now state) {
	if before := f.known[now.ID]; now.AttemptCount > before.AttemptCount || !before.over() {
		f.known[now.ID] = now
	}
}

// query asks for all that there is.
func (f *follower) query(t *testing.T) {
	t.Helper()

	for after := any(nil); ; {
		var page struct {
			Organization struct {
				Deliveries struct {
					Nodes    []state
					PageInfo struct {
						HasNextPage bool
						EndCursor   string
					}
				}
			}
		}

		require.NoError(t, f.b.Do(t.Context(), `query ($id: ID!, $after: String) { organization(id: $id) {
			deliveries(first: 100, after: $after) { nodes { id status attemptCount } pageInfo { hasNextPage endCursor } }
		} }`, map[string]any{"id": f.b.OrganizationID, "after": after}, &page))

		for _, one := range page.Organization.Deliveries.Nodes {
			f.learn(one)
		}

		if !page.Organization.Deliveries.PageInfo.HasNextPage {
			return
		}

		after = page.Organization.Deliveries.PageInfo.EndCursor
	}
}

func (f *follower) over() (out int) {
	for _, one := range f.known {
		if one.over() {
			out++
		}
	}

	return out
}

// requireTruth compares what the follower knows with the log.
func (f *follower) requireTruth(t *testing.T) {
	t.Helper()

	log := &follower{b: f.b, known: make(map[string]state)}
	log.query(t)
	require.Equal(t, log.known, f.known)
}

// moody accepts most requests, refuses one in ten at first, and one in ten for good.
func moody(_ int, w http.ResponseWriter, r *http.Request) {
	delivery := r.Header.Get("webhook-id")

	switch mood := delivery[len(delivery)-1] % 10; {
	case mood == 0, mood == 1 && r.Header.Get("surehook-attempt") == "1":
		w.WriteHeader(http.StatusInternalServerError)
	default:
		w.WriteHeader(http.StatusOK)
	}
}

func TestLive_EveryEndIsSeenAndNothingOlderAfterIt(t *testing.T) {
	t.Parallel()

	b := setup(t, "order.paid")
	b.webhook(t, receiver(t, moody).URL, retries(1))

	f := b.follow(t)

	for range manyDeliveries / 100 {
		b.publishMany(t, 100)
	}

	for f.over() < manyDeliveries {
		f.hear(t)
	}

	// Nobody was told to query, so all was pushed.
	if f.resyncs == 0 {
		require.Equal(t, f.known, f.pushed)
	}

	f.requireTruth(t)

	// Whatever was still to come has come before the end of one more.
	b.publishMany(t, 1)

	for f.over() <= manyDeliveries {
		f.hear(t)
	}

	f.requireTruth(t)
}

func TestLive_WhatIsMissedWhileNobodyListensIsMadeUpFor(t *testing.T) {
	t.Parallel()

	surehook := own(t, stack.Options{})
	b := in(t, surehook, "order.paid")
	b.webhook(t, receiver(t, moody).URL, retries(1))

	f := b.follow(t)

	conn, err := pgx.Connect(t.Context(), surehook.DatabaseURL)
	require.NoError(t, err)

	defer func() { require.NoError(t, conn.Close(t.Context())) }()

	for n := range manyDeliveries / 100 {
		b.publishMany(t, 100)

		if n%2 == 1 {
			continue
		}

		var cut int

		require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
			WHERE datname = current_database() AND query LIKE 'LISTEN%' AND pid <> pg_backend_pid()`).Scan(&cut))
		require.LessOrEqual(t, cut, 1, "one connection feeds all subscribers")
	}

	for f.over() < manyDeliveries || f.resyncs == 0 {
		f.hear(t)
	}

	f.requireTruth(t)
}
