package graph

import (
	"context"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vikstrous/dataloadgen"

	"github.com/surehook/surehook/graph/model"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/pubsub"
	"github.com/surehook/surehook/internal/stats"
	"github.com/surehook/surehook/internal/webhook"
)

// The limits of webhookStats.
const (
	maxStatsWindow   = 24 * 60 // Minutes.
	maxStatsInterval = 60 * 60 // Seconds.
)

// statsKey is whose figures are wanted, and which.
type statsKey struct {
	organization, webhook id.ID
	query                 stats.Query
}

type statsLoader = dataloadgen.Loader[statsKey, stats.Stats]

// loadStats loads with one statement what is asked in the same way of several webhooks.
func (r *resolver) loadStats(ctx context.Context, keys []statsKey) (map[statsKey]stats.Stats, error) {
	alike := make(map[stats.Query][]statsKey)
	for _, key := range keys {
		alike[key.query] = append(alike[key.query], key)
	}

	out := make(map[statsKey]stats.Stats, len(keys))

	for query, keys := range alike {
		organizations, webhooks := make([]id.ID, len(keys)), make([]id.ID, len(keys))
		for n, key := range keys {
			organizations[n], webhooks[n] = key.organization, key.webhook
		}

		found, err := r.stats.OfWebhooks(ctx, organizations, webhooks, query)
		if err != nil {
			return nil, err
		}

		for _, key := range keys {
			out[key] = found[key.webhook]
		}
	}

	return out, nil
}

// statsQuery returns what the arguments of a field ask for, with buckets only if they are selected.
func (r *resolver) statsQuery(
	ctx context.Context, within delivery.TimeRange, each stats.Granularity,
) (stats.Query, error) {
	out, err := stats.NewQuery(r.now(), within.From, within.To, each)
	out.Buckets = graphql.FieldRequested(ctx, "buckets")

	return out, err
}

func (r webhookResolver) Stats(
	ctx context.Context, obj *webhook.Webhook, within delivery.TimeRange, granularity stats.Granularity,
) (*stats.Stats, error) {
	query, err := r.statsQuery(ctx, within, granularity)
	if err != nil {
		return nil, err
	}

	out, err := loadersOf(ctx).stats.Load(ctx, statsKey{obj.OrganizationID, obj.ID, query})

	return &out, err
}

func (r organizationResolver) Stats(
	ctx context.Context, obj *organization.Organization, within delivery.TimeRange, granularity stats.Granularity,
) (*stats.Stats, error) {
	query, err := r.statsQuery(ctx, within, granularity)
	if err != nil {
		return nil, err
	}

	out, err := r.stats.OfOrganization(ctx, scope(ctx), obj.ID, query)

	return &out, err
}

func (r deliveryStatsResolver) Pending(ctx context.Context, obj *stats.Stats) (int, error) {
	open, err := openOf(ctx, obj)

	return open.Pending, err
}

func (r deliveryStatsResolver) Retrying(ctx context.Context, obj *stats.Stats) (int, error) {
	open, err := openOf(ctx, obj)

	return open.Retrying, err
}

func (r deliveryStatsResolver) Held(ctx context.Context, obj *stats.Stats) (int, error) {
	open, err := openOf(ctx, obj)

	return open.Held, err
}

func openOf(ctx context.Context, obj *stats.Stats) (stats.Open, error) {
	if obj.Open != nil {
		return *obj.Open, nil
	}

	return loadOr(ctx, loadersOf(ctx).open, obj.Owner, stats.Open{})
}

func (r deliveryStatsResolver) LastTriggeredAt(ctx context.Context, obj *stats.Stats) (*time.Time, error) {
	if !obj.Owner.Is(id.Webhook) {
		return r.stats.LastTriggeredAt(ctx, obj.Owner)
	}

	activity, err := load(ctx, loadersOf(ctx).activities, obj.Owner)
	if activity == nil || err != nil {
		return nil, err
	}

	return &activity.LastAttemptAt, nil
}

func (r subscriptionResolver) WebhookStats(
	ctx context.Context, webhookID id.ID, windowMinutes, intervalSeconds int,
) (<-chan *stats.Stats, error) {
	var wrong problem.List

	if windowMinutes < 1 || windowMinutes > maxStatsWindow {
		wrong.Addf(problem.Invalid, "windowMinutes", "must be 1 to %d", maxStatsWindow)
	}

	if intervalSeconds < 1 || intervalSeconds > maxStatsInterval {
		wrong.Addf(problem.Invalid, "intervalSeconds", "must be 1 to %d", maxStatsInterval)
	}

	if err := wrong.Err(); err != nil {
		return nil, err
	}

	of, err := r.webhooks.Get(ctx, scope(ctx), webhookID)
	if err != nil {
		return nil, err
	}

	watch := statsWatch{
		resolver: r.resolver, of: of, window: time.Duration(windowMinutes) * time.Minute,
		interval: time.Duration(intervalSeconds) * time.Second,
		buckets:  graphql.FieldRequested(ctx, "buckets"),
		open:     graphql.AnyFieldRequested(ctx, "held", "pending", "retrying"),
	}

	return push(ctx, r.resolver, func(c pubsub.Change) bool { return c.Webhook == webhookID },
		func(feed *pubsub.Feed, out outlet[stats.Stats]) { watch.run(ctx, feed, out) }), nil
}

// statsWatch is a subscription to the figures of a webhook.
type statsWatch struct {
	*resolver

	of               webhook.Webhook
	window, interval time.Duration
	// What is looked up because it is selected.
	buckets, open bool
}

// run sends the figures at once, and then when they are others: because something happened, or because a minute has
// passed that had something in it.
func (w statsWatch) run(ctx context.Context, feed *pubsub.Feed, out outlet[stats.Stats]) {
	var last stats.Stats

	for as := ready; ; as = unmarked {
		next, turn := time.After(w.interval), time.After(untilMinute(w.now()))

		if feed.Lost() && as == unmarked {
			as = resync
		}

		now, ok := patiently(ctx, w.resolver, w.look)
		if !ok {
			return
		}

		// Who was let in may have lost the permission since.
		if now != nil && (as != unmarked || !now.SameAs(last)) {
			if !out.send(ctx, as, now) {
				return
			}

			last = *now
		}

		select {
		case <-next:
		case <-ctx.Done():
			return
		}

		select {
		case <-feed.Ready():
		case <-turn:
		case <-ctx.Done():
			return
		}

		feed.Take()
	}
}

// look returns nil when the subscriber may not see the figures.
func (w statsWatch) look(ctx context.Context) (*stats.Stats, error) {
	if allowed, err := w.allows(ctx, model.WebhookPermissionView); !allowed {
		return nil, err
	}

	now := w.now()

	query, err := stats.NewQuery(now, new(now.Add(-w.window)), &now, stats.Minute)
	if err != nil {
		return nil, err
	}

	query.Buckets = w.buckets

	found, err := w.stats.OfWebhooks(ctx, []id.ID{w.of.OrganizationID}, []id.ID{w.of.ID}, query)
	if err != nil {
		return nil, err
	}

	out := found[w.of.ID]

	if w.open {
		open, err := w.stats.Open(ctx, []id.ID{w.of.ID})
		if err != nil {
			return nil, err
		}

		out.Open = new(open[w.of.ID])
	}

	return &out, nil
}

// untilMinute is how long it is until the next minute begins.
func untilMinute(now time.Time) time.Duration {
	return now.Truncate(time.Minute).Add(time.Minute).Sub(now)
}
