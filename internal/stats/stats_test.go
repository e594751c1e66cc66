package stats_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/stats"
	"github.com/surehook/surehook/internal/tenant"
)

func TestStats_SayWhatTheLogSays(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one, two := id.New(id.Webhook), id.New(id.Webhook)
	b.happen(t, one, two)

	b.requireStats(t, b.ask(t, stats.Minute, 22*time.Hour), one, two)
	b.requireStats(t, b.ask(t, stats.Minute, 3*time.Minute), one, two)
	b.requireStats(t, b.ask(t, stats.Hour, 23*time.Hour), one, two)
	b.requireStats(t, b.ask(t, stats.Day, 48*time.Hour), one, two)

	// Nothing is seen of another organization.
	q := b.ask(t, stats.Day, 48*time.Hour)

	foreign, err := b.service.OfOrganization(t.Context(), tenant.All(), id.New(id.Organization), q)
	require.NoError(t, err)
	require.Zero(t, foreign.Figures)

	_, err = b.service.OfOrganization(t.Context(), tenant.Of(id.New(id.Organization)), b.org, q)
	require.Error(t, err)
}

func TestStats_CountAnAttemptOnceAndTestsNever(t *testing.T) {
	t.Parallel()

	b := setup(t)
	webhook := id.New(id.Webhook)
	d := b.insert(t, webhook)
	first := attempt(d, 1, b.now, time.Second, 200, delivery.Succeeded)

	again := first
	again.Attempt.ID = id.New(id.Attempt)

	b.record(t, first)
	b.record(t, first, again)

	test := attempt(b.insert(t, webhook), 1, b.now, time.Second, 500, delivery.Failed)
	test.Counted = false
	b.record(t, test)

	of, err := b.service.OfWebhooks(t.Context(), []id.ID{b.org}, []id.ID{webhook}, b.ask(t, stats.Minute, time.Hour))
	require.NoError(t, err)
	require.Equal(t, 1, of[webhook].Attempts)
	require.Equal(t, 1, of[webhook].Succeeded)
	require.Equal(t, []stats.ResponseCount{{StatusCode: new(200), Attempts: 1}}, of[webhook].Responses)
}

func TestStats_CountWhatIsCanceledAndWhatIsOpen(t *testing.T) {
	t.Parallel()

	b := setup(t)
	webhook := id.New(id.Webhook)
	canceled, failing, late := b.insert(t, webhook), b.insert(t, webhook), b.insert(t, webhook)

	for range 3 {
		b.insert(t, webhook)
	}

	b.record(t, attempt(failing, 1, b.now, time.Second, 500, delivery.Retrying))

	open, err := b.service.Open(t.Context(), []id.ID{webhook, b.org, id.New(id.Webhook)})
	require.NoError(t, err)
	require.Equal(t, stats.Open{Pending: 5, Retrying: 1}, open[webhook])
	require.Equal(t, open[webhook], open[b.org])
	require.Len(t, open, 3)

	for _, one := range []delivery.Delivery{canceled, late} {
		_, err = b.deliveries.Cancel(t.Context(), tenant.Of(b.org), one.ID)
		require.NoError(t, err)
	}

	// Canceled while the last request was under way: it has not failed.
	b.record(t, attempt(late, 1, b.now, time.Second, 500, delivery.Failed))

	err = db.InTx(t.Context(), b.pool, func(q *dbsqlc.Queries) error {
		n, err := b.deliveries.CancelOpen(t.Context(), q, webhook)
		require.Equal(t, 4, n)

		return err
	})
	require.NoError(t, err)

	whole, err := b.service.OfOrganization(t.Context(), tenant.Of(b.org), b.org, b.ask(t, stats.Hour, time.Hour))
	require.NoError(t, err)
	require.Equal(t, 6, whole.Canceled)
	require.Equal(t, 2, whole.Attempts)
	require.Zero(t, whole.Failed)
	require.Nil(t, whole.SuccessRate)

	last, err := b.service.LastTriggeredAt(t.Context(), b.org)
	require.NoError(t, err)
	require.WithinDuration(t, b.now, *last, time.Millisecond)

	last, err = b.service.LastTriggeredAt(t.Context(), id.New(id.Organization))
	require.NoError(t, err)
	require.Nil(t, last)
}

func TestFold_ChangesNoFigure(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one, two := id.New(id.Webhook), id.New(id.Webhook)
	b.happen(t, one, two)

	// In between, part of the day is folded, and twice at a time.
	for range 4 {
		b.now = b.now.Add(8 * time.Hour)

		var both sync.WaitGroup

		for range 2 {
			both.Go(func() {
				if err := b.service.Fold(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}

		both.Wait()
		b.requireStats(t, b.ask(t, stats.Hour, 70*time.Hour), one, two)
		b.requireStats(t, b.ask(t, stats.Day, 72*time.Hour), one, two)
	}

	// The attempts that ended an hour after their first may be younger.
	b.now = b.now.Add(24 * time.Hour)
	require.NoError(t, b.service.Fold(t.Context()))
	require.Zero(t, b.rows(t, "delivery_stats_minutes"))

	// What is recorded late finds its way.
	b.record(t, attempt(b.insert(t, one), 1, b.now.Add(-40*time.Hour), time.Second, 200, delivery.Succeeded))
	require.Equal(t, 1, b.rows(t, "delivery_stats_minutes"))
	require.NoError(t, b.service.Fold(t.Context()))
	require.Zero(t, b.rows(t, "delivery_stats_minutes"))
	b.requireStats(t, b.ask(t, stats.Day, 96*time.Hour), one, two)
}

func TestFold_ForgetsAfterFourHundredDays(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.happen(t, id.New(id.Webhook))

	b.now = b.now.Add(399 * 24 * time.Hour)
	require.NoError(t, b.service.Fold(t.Context()))
	require.Positive(t, b.rows(t, "delivery_stats_hours"))

	b.now = b.now.Add(2 * 24 * time.Hour)
	require.NoError(t, b.service.Fold(t.Context()))
	require.Zero(t, b.rows(t, "delivery_stats_hours"))
}

func (b *testBundle) rows(t *testing.T, table string) (out int) {
	t.Helper()
	require.NoError(t, b.pool.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&out))

	return out
}

func TestSameAs_TimeThatPassesIsNoChange(t *testing.T) {
	t.Parallel()

	b := setup(t)
	webhook := id.New(id.Webhook)
	b.record(t, attempt(b.insert(t, webhook), 1, b.now, time.Second, 200, delivery.Succeeded))

	look := func() stats.Stats {
		of, err := b.service.OfWebhooks(t.Context(), []id.ID{b.org}, []id.ID{webhook}, b.ask(t, stats.Minute, 10*time.Minute))
		require.NoError(t, err)

		return of[webhook]
	}

	before := look()
	b.now = b.now.Add(5 * time.Minute)
	require.True(t, look().SameAs(before))
	require.NotEqual(t, before, look())

	b.now = b.now.Add(10 * time.Minute)
	require.False(t, look().SameAs(before))

	open := before
	open.Open = &stats.Open{Held: 1}
	require.False(t, open.SameAs(before))
}
