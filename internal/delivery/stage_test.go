package delivery_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/dispatch"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
)

// at makes a delivery that stands where it is told.
func (b *testBundle) at(t *testing.T, status delivery.Status, claimed bool, due *time.Time) id.ID {
	t.Helper()

	made := b.insert(t, id.New(id.Webhook), "a.b").ID

	var claim *uuid.UUID
	if claimed {
		claim = new(uuid.New())
	}

	_, err := b.pool.Exec(t.Context(), `UPDATE deliveries SET status = $2, claimed_by = $3, next_attempt_at = $4,
		held_reason = CASE WHEN $2 = 'HELD' THEN 'WEBHOOK_DISABLED' END,
		completed_at = CASE WHEN $2 IN ('CANCELED', 'FAILED', 'SUCCEEDED') THEN now() END
		WHERE id = $1`, made.UUID(), string(status), claim, due)
	require.NoError(t, err)

	return made
}

// listed returns the deliveries of a stage, as the filter finds them.
func (b *testBundle) listed(t *testing.T, stages ...delivery.Stage) []id.ID {
	t.Helper()

	if stages == nil {
		stages = []delivery.Stage{}
	}

	found, err := b.service.List(t.Context(), b.scope, b.org, delivery.Filter{Stages: stages},
		page.Query{Size: page.MaxSize})
	require.NoError(t, err)

	var out []id.ID
	for _, one := range found.Items {
		out = append(out, one.ID)
	}

	return out
}

func TestStage_IsTheSameInGoAndInTheFilter(t *testing.T) {
	t.Parallel()

	b := setup(t)
	now := time.Now().Truncate(time.Microsecond)
	b.service = delivery.NewService(b.pool, dispatch.Elsewhere{}, nil, func() time.Time { return now })

	want := make(map[delivery.Stage][]id.ID)
	put := func(stage delivery.Stage, status delivery.Status, claimed bool, due *time.Time) {
		made := b.at(t, status, claimed, due)
		want[stage] = append(want[stage], made)

		require.Equal(t, stage, b.get(t, made).Stage(now), "%s, claimed %t, due %v", status, claimed, due)
	}

	for _, status := range []delivery.Status{delivery.Canceled, delivery.Failed, delivery.Held, delivery.Succeeded} {
		put(delivery.Stage(status), status, false, nil)
		put(delivery.Stage(status), status, true, nil)
	}

	for _, claimed := range []bool{false, true} {
		put(delivery.Sending, delivery.Retrying, claimed, new(now.Add(-time.Hour)))
		put(delivery.Sending, delivery.Retrying, claimed, &now)
		put("RETRYING", delivery.Retrying, claimed, new(now.Add(time.Microsecond)))
		put("RETRYING", delivery.Retrying, claimed, new(now.Add(time.Hour)))
	}

	put("PENDING", delivery.Pending, false, &now)
	put(delivery.Sending, delivery.Pending, true, &now)

	var all []id.ID

	for _, stage := range delivery.Stages() {
		require.NotEmpty(t, want[stage], stage)
		require.ElementsMatch(t, want[stage], b.listed(t, stage), stage)

		all = append(all, want[stage]...)
	}

	require.Len(t, want, len(delivery.Stages()))
	require.ElementsMatch(t, all, b.listed(t, delivery.Stages()...), "each is in one stage")
	require.ElementsMatch(t, append(want["HELD"], want[delivery.Sending]...), b.listed(t, "HELD", delivery.Sending))
	require.Empty(t, b.listed(t), "none is wanted")
	require.Empty(t, b.listed(t, "NO_SUCH_STAGE"))
}

func TestCounts_SayHowManyStandWhere(t *testing.T) {
	t.Parallel()

	b := setup(t)
	later := new(time.Now().Add(time.Hour))

	for range 2 {
		b.at(t, delivery.Pending, false, later)
	}

	b.at(t, delivery.Pending, true, later)
	b.at(t, delivery.Retrying, true, later)
	b.at(t, delivery.Retrying, false, new(time.Now()))
	b.at(t, delivery.Held, false, nil)
	b.at(t, delivery.Canceled, false, nil)

	webhook := id.New(id.Webhook)
	for _, status := range []delivery.Status{delivery.Succeeded, delivery.Succeeded, delivery.Succeeded, delivery.Failed} {
		b.record(t, b.insert(t, webhook, "a.b"), 200, status, nil)
	}

	b.record(t, b.insert(t, id.New(id.Webhook), "a.b"), 500, delivery.Failed, nil)

	// Another organization's are never counted.
	foreign := setup(t)
	foreign.insertInto(t, b)

	counts, err := b.service.Counts(t.Context(), b.scope, b.org)
	require.NoError(t, err)
	require.Equal(t, delivery.Counts{Pending: 2, InProgress: 3, Held: 1, Succeeded: 3, Failed: 2}, counts)
}

func TestCounts_AreNoughtAtFirst(t *testing.T) {
	t.Parallel()

	b := setup(t)

	counts, err := b.service.Counts(t.Context(), tenant.All(), b.org)
	require.NoError(t, err)
	require.Zero(t, counts)
}

func TestCounts_FollowADeliveryFromBeginningToEnd(t *testing.T) {
	t.Parallel()

	b := setup(t)
	counts := func() delivery.Counts {
		out, err := b.service.Counts(t.Context(), b.scope, b.org)
		require.NoError(t, err)

		return out
	}

	d := b.insert(t, id.New(id.Webhook), "a.b")
	require.Equal(t, delivery.Counts{Pending: 1}, counts())

	b.record(t, d, 500, delivery.Retrying, new(time.Now()))
	require.Equal(t, delivery.Counts{InProgress: 1}, counts())

	last := b.record(t, b.get(t, d.ID), 500, delivery.Failed, nil)
	require.Equal(t, delivery.Counts{Failed: 1}, counts())

	require.NoError(t, b.recorder.Record(t.Context(), last))
	require.Equal(t, delivery.Counts{Failed: 1}, counts(), "what is recorded twice counts once")

	_, err := b.service.Retry(t.Context(), b.scope, d.ID)
	require.NoError(t, err)
	require.Equal(t, delivery.Counts{InProgress: 1}, counts())

	b.record(t, b.get(t, d.ID), 200, delivery.Succeeded, nil)
	require.Equal(t, delivery.Counts{Succeeded: 1}, counts())
}

func TestCounts_OfAnotherOrganizationLookLikeNone(t *testing.T) {
	t.Parallel()

	b := setup(t)

	_, err := b.service.Counts(t.Context(), tenant.Of(id.New(id.Organization)), b.org)
	require.Equal(t, problem.Missing("organization"), err)
}

func TestContents_AreThoseOfTheFirstAttempt(t *testing.T) {
	t.Parallel()

	b := setup(t)
	d, waiting := b.insert(t, id.New(id.Webhook), "a.b"), b.insert(t, id.New(id.Webhook), "a.b")
	bare := b.insert(t, id.New(id.Webhook), "a.b")
	content := func(of delivery.Delivery, content *delivery.Content) {
		require.NoError(t, b.recorder.Record(t.Context(), delivery.Record{
			Attempt: delivery.Attempt{
				ID: id.New(id.Attempt), OrganizationID: b.org, WebhookID: of.WebhookID, DeliveryID: of.ID, EventType: "a.b",
				Number: b.get(t, of.ID).AttemptCount + 1, Trigger: delivery.Automatic, Status: delivery.AttemptFailed,
				StartedAt: time.Now(),
			},
			Status: delivery.Retrying, NextAttemptAt: new(time.Now()), MaxAttempts: 3, Content: content,
		}))
	}

	first := delivery.Content{Method: "PUT", Query: "a=%20b&a=c", Body: []byte{0, '\n', 0xff, '{'}}
	content(d, &first)
	content(d, &delivery.Content{Method: "GET", Query: "other"})
	content(d, nil)
	content(bare, nil)

	found, err := b.service.Contents(t.Context(), []id.ID{d.ID, waiting.ID, bare.ID})
	require.NoError(t, err)
	require.Equal(t, map[id.ID]delivery.Content{d.ID: first}, found, "byte for byte, and only where something was sent")

	content(waiting, &delivery.Content{Method: "GET", Query: "q=1"})

	found, err = b.service.Contents(t.Context(), []id.ID{waiting.ID})
	require.NoError(t, err)
	require.Equal(t, "GET", found[waiting.ID].Method)
	require.Equal(t, "q=1", found[waiting.ID].Query)
	require.Empty(t, found[waiting.ID].Body)
}
