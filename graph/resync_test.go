package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/pubsub"
)

// cut ends the connection over which the API hears of changes.
func (b *testBundle) cut() {
	b.t.Helper()

	var cut int

	require.NoError(b.t, b.pool.QueryRow(b.t.Context(), `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
		WHERE datname = current_database() AND query LIKE 'LISTEN%' AND pid <> pg_backend_pid()`).Scan(&cut))
	require.Equal(b.t, 1, cut)
}

func TestResync_IsSaidToAllWhenTheConnectionWasLost(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	s := b.connect(b.mine.admin)
	s.watch("live", watchDeliveries, vars{"org": b.mine.org})

	events := b.watch(b.mine.admin, watchEvents, vars{"org": b.mine.org})
	defer events.close()

	hooks := b.connect(b.mine.admin)
	hooks.watch("live", watchWebhooks, vars{"org": b.mine.org})

	figures := b.connect(b.mine.admin)
	figures.subscribe("live", watchStats, vars{"id": b.mine.webhook})
	require.Equal(t, vars{"ready": true}, figures.next("live").ok().Extensions)

	b.cut()

	s.next("live").marked("resync")
	events.next().marked("resync")
	hooks.next("live").marked("resync")

	// Figures are always whole, so they come with the mark.
	out := figures.next("live").ok()
	require.Equal(t, vars{"resync": true}, out.Extensions)
	require.EqualValues(t, 1, out.at("webhookStats.attempts"))

	// From here on everything is heard again, without a mark.
	out = s.after(b.touch(b.mine.dlv)).ok()
	require.Equal(t, b.mine.dlv.String(), out.at("deliveryUpdated.id"))
	require.Empty(t, out.Extensions)
}

func TestResync_IsSaidWhenSomethingWasDropped(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	s := b.connect(b.mine.admin)
	s.watch("live", watchDeliveries, vars{"org": b.mine.org})

	quick := b.connect(b.mine.admin)
	quick.watch("live", watchDeliveries, vars{"org": b.mine.org, "webhook": b.foreign.webhook})

	change := b.changeOf(b.mine.dlv)

	// As long as nothing can be loaded the subscription does not get on, and more is said than it keeps in mind.
	_, err := b.pool.Exec(t.Context(), "ALTER TABLE deliveries RENAME TO away")
	require.NoError(t, err)

	b.notify(change)
	b.logs("changes not loaded")

	changes := make([]pubsub.Change, 5000)
	for n := range changes {
		changes[n] = change
		changes[n].Attempt = id.New(id.Attempt)
	}

	b.notify(changes...)

	// Whoever hears of this has heard of all before.
	last := b.connect(b.mine.admin)
	last.watch("live", watchWebhooks, vars{"org": b.mine.org})

	_, err = b.deps.Webhooks.Disable(t.Context(), b.everywhere(), b.mine.webhook)
	require.NoError(t, err)
	last.next("live").ok()

	_, err = b.pool.Exec(t.Context(), "ALTER TABLE away RENAME TO deliveries")
	require.NoError(t, err)

	// What was loaded last, then the mark, and then what it had kept, which is all about one delivery.
	for _, want := range []string{"", "resync", ""} {
		out := s.next("live").ok()

		if want != "" {
			out.marked(want)

			continue
		}

		require.Equal(t, b.mine.dlv.String(), out.at("deliveryUpdated.id"))
		require.Empty(t, out.Extensions)
	}

	// Who was not concerned was not told.
	quick.subscribe("q", `{ viewer { role } }`, nil)
	require.Equal(t, "ADMIN", quick.next("q").ok().at("viewer.role"))
}
