package preview

import (
	"errors"
	"slices"
	"strings"

	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/expression"
	"github.com/surehook/surehook/internal/webhook"
)

// Reason is why a webhook gets an event, or does not.
type Reason string

// The reasons.
const (
	NotSubscribed        Reason = "EVENT_TYPE_NOT_SUBSCRIBED"
	FilterFailed         Reason = "FILTER_FAILED"
	FilterMismatch       Reason = "FILTER_MISMATCH"
	Matched              Reason = "MATCHED"
	ResourceNotListed    Reason = "RESOURCE_NOT_LISTED"
	SubscriptionDisabled Reason = "SUBSCRIPTION_DISABLED"
)

// matching is a preview with what is needed to go on with it.
type matching struct {
	Preview

	payloadQuery *string
}

// match decides as publishing does: an exact type goes before a pattern, then the older.
func (t trial) match(subscriptions []webhook.SubscriptionInput) matching {
	patterns := eventtype.Patterns(t.event.Type)
	candidates := slices.DeleteFunc(slices.Clone(subscriptions), func(one webhook.SubscriptionInput) bool {
		return !slices.Contains(patterns, one.EventType)
	})
	slices.SortStableFunc(candidates, func(a, b webhook.SubscriptionInput) int {
		switch t.event.Type {
		case a.EventType:
			return -1
		case b.EventType:
			return 1
		default:
			return 0
		}
	})

	out := matching{Preview: Preview{EventType: t.event.Type, Reason: NotSubscribed}}

	// All filters share one budget, as they do when the event is published.
	facts := t.event.Facts()

	for n, one := range candidates {
		reason, detail := t.judge(one, facts)

		// What did not match is worth telling when nothing else does.
		if matched := reason == Matched || reason == FilterFailed; n == 0 || matched {
			out.Reason, out.Detail, out.Subscription, out.Matched = reason, detail, &one.EventType, matched
			out.payloadQuery = one.PayloadQuery
		}

		if out.Matched {
			break
		}
	}

	return out
}

func (t trial) judge(one webhook.SubscriptionInput, facts expression.Event) (Reason, *string) {
	switch {
	case !one.Enabled:
		return SubscriptionDisabled, nil
	case !event.Listed(strings.Join(one.ResourceIDs, "\n"), t.event.ResourceIDs):
		return ResourceNotListed, nil
	case one.Filter == nil:
		return Matched, nil
	}

	filter, err := t.service.expressions.Condition(*one.Filter)

	matched := false
	if err == nil {
		matched, err = filter.Match(facts)
	}

	failed, _ := errors.AsType[*expression.EvalError](err)

	switch {
	case failed != nil && failed.Kind == expression.MissingData:
		return FilterMismatch, new(failed.Error())
	case err != nil:
		return FilterFailed, new(err.Error())
	case matched:
		return Matched, nil
	default:
		return FilterMismatch, nil
	}
}
