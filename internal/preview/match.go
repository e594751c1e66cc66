package preview

import (
	"github.com/surehook/surehook/internal/matching"
	"github.com/surehook/surehook/internal/webhook"
)

// matched is a preview with what is needed to go on with it.
type matched struct {
	Preview

	payloadQuery *string
}

// match decides as publishing does.
func (t trial) match(subscriptions []webhook.SubscriptionInput) matched {
	known := make([]matching.Subscription, len(subscriptions))
	for n, one := range subscriptions {
		known[n] = matching.Subscription{
			EventType: one.EventType, Enabled: one.Enabled, ResourceIDs: one.ResourceIDs, Filter: one.Filter,
			PayloadQuery: one.PayloadQuery,
		}
	}

	decision := matching.New(t.event, t.service.expressions).Decide(known)
	out := matched{Preview: Preview{
		EventType: t.event.Type, Matched: decision.Matched, Reason: decision.Reason, Detail: decision.Detail,
	}}

	if decision.Subscription != nil {
		out.Subscription, out.payloadQuery = &decision.Subscription.EventType, decision.Subscription.PayloadQuery
	}

	return out
}
