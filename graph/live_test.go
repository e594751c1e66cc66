package graph_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/graph"
	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/pubsub"
)

const (
	watchDeliveries = `subscription ($org: ID!, $webhook: ID, $event: ID, $statuses: [DeliveryStatus!]) {
		deliveryUpdated(organizationId: $org, webhookId: $webhook, eventId: $event, statuses: $statuses) {
			id status attemptCount event { type } webhook { name heldDeliveryCount } lastAttempt { number } } }`

	watchAttempts = `subscription ($org: ID!, $webhook: ID, $delivery: ID) {
		deliveryAttemptRecorded(organizationId: $org, webhookId: $webhook, deliveryId: $delivery) {
			id number response { statusCode } request { body } delivery { status attemptCount } } }`
)

// again does something again and again until something is received.
func again[T any](t *testing.T, do func(), receive func() (T, error)) T {
	t.Helper()

	type result struct {
		value T
		err   error
	}

	heard := make(chan result, 1)

	go func() {
		value, err := receive()
		heard <- result{value, err}
	}()

	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()

	for {
		select {
		case out := <-heard:
			require.NoError(t, out.err)

			return out.value
		case <-ticker.C:
			do()
		}
	}
}

// touch announces a delivery as if it had changed.
func (b *testBundle) touch(dlv id.ID) func() {
	change := b.changeOf(dlv)

	return func() { b.notify(change) }
}

func (b *testBundle) changeOf(dlv id.ID) pubsub.Change {
	b.t.Helper()

	found, err := b.deps.Deliveries.ByIDs(b.t.Context(), []id.ID{dlv})
	require.NoError(b.t, err)

	return found[dlv].Change()
}

// logs waits until something is in the log.
func (b *testBundle) logs(text string) {
	b.t.Helper()

	require.Eventually(b.t, func() bool { return strings.Contains(b.log.String(), text) }, patience, 5*time.Millisecond)
}

// settle waits until the API has heard of all that has happened.
func (b *testBundle) settle() {
	b.t.Helper()

	last := pubsub.Change{Organization: b.mine.org, Operation: id.New(id.BulkOperation)}

	feed := b.deps.Hub.Subscribe(func(c pubsub.Change) bool { return c == last })
	defer feed.Close()

	b.notify(last)

	select {
	case <-feed.Ready():
	case <-time.After(patience):
		require.Fail(b.t, "the API does not hear")
	}
}

func (b *testBundle) notify(changes ...pubsub.Change) {
	b.t.Helper()

	require.NoError(b.t, dbsqlc.New(b.pool).Notify(b.t.Context(), pubsub.Encode(changes)))
}

func TestDeliveryUpdated_ShowsWhatChangedAsItIsNow(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	s := b.connect(b.tokens[apikey.Viewer])
	s.watch("live", watchDeliveries, vars{"org": b.mine.org})

	first := s.after(b.touch(b.mine.dlv)).ok()
	require.Equal(t, b.mine.dlv.String(), first.at("deliveryUpdated.id"))
	require.EqualValues(t, 1, first.at("deliveryUpdated.attemptCount"))
	require.Equal(t, "item.created", first.at("deliveryUpdated.event.type"))

	// What was loaded for the message before would still be one attempt.
	b.attempt(&b.mine, b.mine.dlv, 2, delivery.Succeeded)

	next := s.next("live").ok()
	require.Equal(t, "SUCCEEDED", next.at("deliveryUpdated.status"))
	require.EqualValues(t, 2, next.at("deliveryUpdated.lastAttempt.number"))
}

func TestDeliveryUpdated_HearsOfNewDeliveries(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	s := b.connect(b.tokens[apikey.Viewer])
	s.watch("live", watchDeliveries, vars{"org": b.mine.org, "statuses": []any{"PENDING"}})

	// b.mine.dlv is not PENDING, so it is not sent however often it is announced.
	b.touch(b.mine.dlv)()

	var made id.ID

	out := s.after(func() { _, made = b.publish(b.mine.org) })
	require.Equal(t, made.String(), out.at("deliveryUpdated.id"))
	require.Equal(t, "PENDING", out.at("deliveryUpdated.status"))
}

func TestDeliveryAttemptRecorded_ShowsEachAttempt(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	s := b.connect(b.tokens[apikey.Viewer])
	s.watch("live", watchAttempts, vars{"org": b.mine.org, "delivery": b.mine.dlv})

	out := s.after(func() {
		// That the delivery changed is no attempt.
		b.touch(b.mine.dlv)()
		b.attempt(&b.mine, b.mine.dlv, 2, delivery.Retrying)
	}).ok()
	require.EqualValues(t, 503, out.at("deliveryAttemptRecorded.response.statusCode"))
	require.Equal(t, `{"n":1}`, out.at("deliveryAttemptRecorded.request.body"))

	last := b.attempt(&b.mine, b.mine.dlv, 3, delivery.Failed)
	out = s.next("live").ok()
	require.Equal(t, last.ID.String(), out.at("deliveryAttemptRecorded.id"))
	require.Equal(t, "FAILED", out.at("deliveryAttemptRecorded.delivery.status"))
}

func TestLive_FiltersLetNothingElsePass(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)
	b.fill(&b.foreign)

	_, other := b.publish(b.mine.org)

	for name, test := range map[string]struct {
		query     string
		variables vars
	}{
		"attempts of another webhook":   {watchAttempts, vars{"webhook": b.foreign.webhook}},
		"attempts of another delivery":  {watchAttempts, vars{"delivery": other}},
		"attempts of a malformed id":    {watchAttempts, vars{"delivery": "nonsense"}},
		"deliveries in another state":   {watchDeliveries, vars{"statuses": []any{"HELD"}}},
		"deliveries in no state":        {watchDeliveries, vars{"statuses": []any{}}},
		"deliveries of another event":   {watchDeliveries, vars{"event": b.foreign.event}},
		"deliveries of another webhook": {watchDeliveries, vars{"webhook": b.foreign.webhook}},
		"deliveries of a malformed id":  {watchDeliveries, vars{"webhook": "nonsense"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)

			s := b.connect(b.mine.admin)
			test.variables["org"] = b.mine.org

			// The second tells when the first must have heard, too: both are fed from one hub.
			s.watch("deaf", test.query, test.variables)
			s.watch("live", watchAttempts, vars{"org": b.mine.org, "delivery": b.mine.dlv})

			mine, foreign := b.changeOf(b.mine.dlv), b.changeOf(b.foreign.dlv)
			tried, triedToo := mine, foreign
			tried.Attempt, triedToo.Attempt = b.mine.attempt, b.foreign.attempt

			for range 3 {
				s.after(func() { b.notify(mine, foreign, tried, triedToo) })
			}
		})
	}
}

func TestLive_ChangesInQuickSuccessionComeAsOne(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	s := b.connect(b.mine.admin)
	s.watch("live", watchDeliveries, vars{"org": b.mine.org})
	s.after(b.touch(b.mine.dlv))

	started, messages := time.Now(), 0

	for time.Since(started) < time.Second {
		again(t, b.touch(b.mine.dlv), s.receive)

		messages++
	}

	require.LessOrEqual(t, messages, 6)
}

func TestLive_AForeignOrganizationLooksUnknown(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for _, query := range []string{watchDeliveries, watchAttempts} {
		for _, org := range []id.ID{b.foreign.org, id.New(id.Organization)} {
			b.streamed(b.mine.admin, query, vars{"org": org}).failed("NOT_FOUND")
		}
	}
}

func TestLive_GoesOnWhenTheDatabaseComesBack(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	s := b.connect(b.mine.admin)
	s.watch("live", watchDeliveries, vars{"org": b.mine.org})
	s.after(b.touch(b.mine.dlv))

	change := b.changeOf(b.mine.dlv)

	_, err := b.pool.Exec(t.Context(), "ALTER TABLE deliveries RENAME TO away")
	require.NoError(t, err)

	b.notify(change)
	b.logs("changes not loaded")

	_, err = b.pool.Exec(t.Context(), "ALTER TABLE away RENAME TO deliveries")
	require.NoError(t, err)
	require.Equal(t, b.mine.dlv.String(), s.next("live").ok().at("deliveryUpdated.id"))
}

func TestLive_OverServerSentEvents(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	s := b.watch(b.mine.admin, watchDeliveries, vars{"org": b.mine.org})
	defer s.close()

	b.touch(b.mine.dlv)()
	require.Equal(t, b.mine.dlv.String(), s.next().ok().at("deliveryUpdated.id"))
}

func TestLive_APanicEndsTheSubscriptionAndNothingElse(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	change := b.changeOf(b.mine.dlv)
	broken := b.with(func(d *graph.Deps) { d.Deliveries = nil })

	s := broken.connect(b.mine.admin)
	s.watch("live", watchDeliveries, vars{"org": b.mine.org})

	b.notify(change)
	require.Equal(t, message{Type: "complete", ID: "live"}, s.read())
	require.Contains(t, b.log.String(), "subscription panicked")

	s.subscribe("q", `{ viewer { role } }`, nil)
	require.Equal(t, "ADMIN", s.next("q").ok().at("viewer.role"))
}
