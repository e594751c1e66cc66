// Package matching decides whether a webhook gets an event and says why, as publishing decides it. It is for those who
// look at an event before it is published, or long after; publishing itself is in internal/event.
package matching

import (
	"errors"
	"slices"
	"strings"

	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/expression"
	"github.com/surehook/surehook/internal/id"
)

// Reason is why a webhook gets an event, or does not.
type Reason string

// The reasons. Those that only an event has that was published are not for [Matcher] to find.
const (
	CreatedAfterEvent    Reason = "CREATED_AFTER_EVENT"
	FilterFailed         Reason = "FILTER_FAILED"
	FilterMismatch       Reason = "FILTER_MISMATCH"
	Matched              Reason = "MATCHED"
	NotSubscribed        Reason = "EVENT_TYPE_NOT_SUBSCRIBED"
	NotTargeted          Reason = "NOT_TARGETED"
	PayloadGone          Reason = "PAYLOAD_GONE"
	Quarantined          Reason = "QUARANTINED"
	ResourceNotListed    Reason = "RESOURCE_NOT_LISTED"
	SubscriptionDisabled Reason = "SUBSCRIPTION_DISABLED"
)

// Passes tells whether a webhook gets the event for this reason.
func (r Reason) Passes() bool { return r == Matched || r == FilterFailed }

// Subscription is what counts of a subscription.
type Subscription struct {
	// ID is zero for one that does not exist.
	ID id.ID
	// EventType is a name or a pattern.
	EventType    string
	Enabled      bool
	ResourceIDs  []string
	Filter       *string
	PayloadQuery *string
}

// Decision is whether a webhook gets an event, and why.
type Decision struct {
	Matched bool
	Reason  Reason
	// Detail says more about why. It may quote the payload.
	Detail *string
	// Subscription is the one that decided. Nil when none is for events of the type.
	Subscription *Subscription
}

// explaining is what the explanations of one matcher may take together, in steps: some 0.1 seconds. Decisions that come
// later have no details.
const explaining = 2 * expression.MaxSteps

// Matcher decides about one event. What all its decisions take together is bounded as it is when the event is
// published. It is not safe for concurrent use.
type Matcher struct {
	event       event.Event
	facts       expression.Event
	spare       expression.Event
	expressions *expression.Cache
}

// New returns a matcher. An event without a payload has lost it: see [PayloadGone].
func New(e event.Event, expressions *expression.Cache) *Matcher {
	m := &Matcher{event: e, facts: e.Facts(), expressions: expressions}
	if e.Payload == nil {
		m.facts.Data = nil
	}

	// What is explained must not count where it is decided.
	m.spare = m.facts
	m.spare.Budget = expression.NewBudget(explaining)

	return m
}

// Decide is for a webhook with these subscriptions, the oldest first. An exact type goes before a pattern, then the
// older; the first that matches decides, and otherwise the first.
func (m *Matcher) Decide(subscriptions []Subscription) Decision {
	var first *Decision

	for _, one := range m.candidates(subscriptions) {
		decision := m.judge(one)
		if decision.Matched {
			return decision
		}

		if first == nil {
			first = &decision
		}
	}

	if first == nil {
		return Decision{Reason: NotSubscribed}
	}

	if first.Reason == FilterMismatch && first.Detail == nil {
		first.Detail = m.explain(*first.Subscription.Filter)
	}

	return *first
}

// Wants returns the subscription by which a webhook with these subscriptions, the oldest first, gets the event. Nil
// when it does not.
func (m *Matcher) Wants(subscriptions []Subscription) *Subscription {
	for _, one := range m.candidates(subscriptions) {
		if m.judge(one).Matched {
			return &one
		}
	}

	return nil
}

// Fails says why the filter of a subscription cannot be worked out, so that the event was let through. It is nil when
// it can be, and when too little is left of what all filters may take to tell.
func (m *Matcher) Fails(one Subscription) *string {
	if one.Filter == nil || m.facts.Budget.Left() < expression.MaxSteps {
		return nil
	}

	if reason, detail := m.filter(*one.Filter); reason == FilterFailed {
		return detail
	}

	return nil
}

// candidates are the subscriptions to events of the type, in the order in which they decide.
func (m *Matcher) candidates(subscriptions []Subscription) []Subscription {
	patterns := eventtype.Patterns(m.event.Type)
	out := slices.DeleteFunc(slices.Clone(subscriptions), func(one Subscription) bool {
		return !slices.Contains(patterns, one.EventType)
	})

	slices.SortStableFunc(out, func(a, b Subscription) int {
		switch m.event.Type {
		case a.EventType:
			return -1
		case b.EventType:
			return 1
		default:
			return 0
		}
	})

	return out
}

func (m *Matcher) judge(one Subscription) Decision {
	out := Decision{Subscription: &one}

	switch {
	case !one.Enabled:
		out.Reason = SubscriptionDisabled
	case !event.Listed(strings.Join(one.ResourceIDs, "\n"), m.event.ResourceIDs):
		out.Reason = ResourceNotListed
	case one.Filter == nil:
		out.Reason = Matched
	default:
		out.Reason, out.Detail = m.filter(*one.Filter)
	}

	out.Matched = out.Reason.Passes()

	return out
}

func (m *Matcher) filter(text string) (Reason, *string) {
	filter, err := m.expressions.Condition(text)

	matched := false
	if err == nil {
		matched, err = filter.Match(m.facts)
	}

	failed, _ := errors.AsType[*expression.EvalError](err)

	switch {
	case failed != nil && failed.Kind == expression.MissingData && m.facts.Data == nil:
		return PayloadGone, nil
	case failed != nil && failed.Kind == expression.MissingData:
		return FilterMismatch, nil
	case err != nil:
		return FilterFailed, new(err.Error())
	case matched:
		return Matched, nil
	default:
		return FilterMismatch, nil
	}
}

// explain says why a filter is false. It gives up when too much was explained already.
func (m *Matcher) explain(text string) *string {
	filter, err := m.expressions.Condition(text)
	if err != nil {
		return nil
	}

	said, err := filter.Explain(m.spare)
	if err != nil || said == "" {
		return nil
	}

	return &said
}
