package explain

import (
	"bytes"
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/matching"
	"github.com/surehook/surehook/internal/webhook"
)

// unexplained is said of a webhook that should have got an event by all that is known.
const unexplained = "it matches, and yet there is no delivery: the subscription was changed while the event was being" +
	" published, or before changes of subscriptions were kept"

// inquiry is what is known about an event and a page of webhooks.
type inquiry struct {
	event   event.Event
	moment  time.Time
	matcher *matching.Matcher
	// deliveries and versions of subscriptions are those of each webhook.
	deliveries map[uuid.UUID][]dbsqlc.ExplainDeliveriesRow
	versions   map[uuid.UUID][]dbsqlc.ExplainSubscriptionsRow
}

// decide begins with webhooks that got nothing. Their filters were worked out within what all filters of the event may
// take, or they would have let it through: so they still are, whichever of them are asked for.
func (c *inquiry) decide(ctx context.Context, hooks []webhook.Webhook) ([]Decision, error) {
	out := make([]Decision, len(hooks))

	for n, hook := range hooks {
		if len(c.deliveries[hook.ID.UUID()]) == 0 {
			out[n] = c.without(hook)
		}

		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}

	for n, hook := range hooks {
		if deliveries := c.deliveries[hook.ID.UUID()]; len(deliveries) > 0 {
			out[n] = c.delivered(hook, deliveries)
		}
	}

	return out, nil
}

// delivered is for a webhook that got the event.
func (c *inquiry) delivered(hook webhook.Webhook, deliveries []dbsqlc.ExplainDeliveriesRow) Decision {
	out := Decision{Webhook: hook, Matched: true, Reason: matching.Matched}
	newest, decided := deliveries[0], deliveries[0]

	for _, one := range deliveries {
		if bytes.Compare(one.ID[:], newest.ID[:]) > 0 {
			newest = one
		}

		// What came later, came because of somebody who wanted it so.
		if one.Origin == string(delivery.OriginPublish) {
			decided = one
		}
	}

	out.DeliveryID = new(id.Delivery.From(newest.ID))
	out.SubscriptionID = id.Subscription.FromPtr(decided.SubscriptionID)

	for _, row := range c.versions[hook.ID.UUID()] {
		version := row.WebhookSubscriptionVersion
		if decided.SubscriptionID == nil || version.SubscriptionID != *decided.SubscriptionID {
			continue
		}

		out.SubscribedTo = &version.EventType

		if decided.Origin == string(delivery.OriginPublish) && version.ValidFrom.Before(c.moment) {
			if out.Detail = c.matcher.Fails(asItWas(version)); out.Detail != nil {
				out.Reason = matching.FilterFailed
			}
		}
	}

	return out
}

// without is for a webhook that did not get the event.
func (c *inquiry) without(hook webhook.Webhook) Decision {
	out := Decision{Webhook: hook}

	switch {
	case !c.event.IsFor(hook.ID), c.event.Test:
		out.Reason = matching.NotTargeted
	case c.event.QuarantinedAt != nil:
		out.Reason, out.Detail = matching.Quarantined, c.event.SchemaMismatch
	case !hook.ID.Time().Before(c.moment):
		out.Reason = matching.CreatedAfterEvent
	default:
		c.match(&out)
	}

	return out
}

func (c *inquiry) match(out *Decision) {
	var then, later []matching.Subscription

	for _, row := range c.versions[out.Webhook.ID.UUID()] {
		switch version := row.WebhookSubscriptionVersion; {
		case version.ValidFrom.Before(c.moment):
			then = append(then, asItWas(version))
		case row.CreatedLater:
			later = append(later, asItWas(version))
		}
	}

	decision := c.matcher.Decide(then)
	out.Matched, out.Reason, out.Detail = decision.Matched, decision.Reason, decision.Detail

	switch {
	case decision.Matched:
		out.Detail = new(unexplained)
	case decision.Reason == matching.NotSubscribed && len(later) > 0:
		decision.Subscription, out.Reason = &later[0], matching.CreatedAfterEvent
	}

	if decision.Subscription != nil {
		out.SubscriptionID, out.SubscribedTo = &decision.Subscription.ID, &decision.Subscription.EventType
	}
}

func asItWas(version dbsqlc.WebhookSubscriptionVersion) matching.Subscription {
	return matching.Subscription{
		ID: id.Subscription.From(version.SubscriptionID), EventType: version.EventType, Enabled: version.Enabled,
		ResourceIDs: version.ResourceIds, Filter: version.Filter,
	}
}
