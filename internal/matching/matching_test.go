package matching_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/expression"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/matching"
)

func to(eventType string) matching.Subscription {
	return matching.Subscription{EventType: eventType, Enabled: true}
}

func filtered(eventType, filter string) matching.Subscription {
	return matching.Subscription{EventType: eventType, Enabled: true, Filter: &filter}
}

func about(payload string) event.Event {
	out := event.Event{ID: id.New(id.Event), Type: "order.paid", ResourceIDs: []string{"a"}}
	if payload != "" {
		out.Payload = []byte(payload)
	}

	return out
}

func TestMatcher_DecidesByTheFirstThatMatches(t *testing.T) {
	t.Parallel()

	off := matching.Subscription{EventType: "order.*"}
	listed := matching.Subscription{EventType: "*", Enabled: true, ResourceIDs: []string{"b"}}

	for name, test := range map[string]struct {
		subscriptions []matching.Subscription
		reason        matching.Reason
		decided       string
		detail        string
	}{
		"none":                  {nil, matching.NotSubscribed, "", ""},
		"another type":          {[]matching.Subscription{to("order.sent"), to("item.*")}, matching.NotSubscribed, "", ""},
		"exact before older":    {[]matching.Subscription{to("*"), to("order.paid")}, matching.Matched, "order.paid", ""},
		"older of two patterns": {[]matching.Subscription{to("*"), to("order.*")}, matching.Matched, "*", ""},
		"turned off":            {[]matching.Subscription{off, listed}, matching.SubscriptionDisabled, "order.*", ""},
		"not listed":            {[]matching.Subscription{listed, off}, matching.ResourceNotListed, "*", ""},
		"one that stands in":    {[]matching.Subscription{off, listed, filtered("order.paid", "event.data.n > 1"), filtered("order.*", "true")}, matching.Matched, "order.*", ""},
		"a filter that is false": {
			[]matching.Subscription{off, filtered("order.paid", "event.data.n > 1")},
			matching.FilterMismatch, "order.paid",
			"event.data.n > 1 is false: event.data.n is 1",
		},
		"a filter on what is missing": {
			[]matching.Subscription{filtered("*", "event.data.m > 1")},
			matching.FilterMismatch, "*",
			"event.data.m > 1 lacks data: no such key: m",
		},
		"a filter that fails": {
			[]matching.Subscription{filtered("*", "event.data.n > 'a'")}, matching.FilterFailed, "*", "no such overload",
		},
		"a filter that never compiled": {
			[]matching.Subscription{filtered("*", "nope")}, matching.FilterFailed, "*", "line 1, column 1: there is no nope",
		},
	} {
		got := matching.New(about(`{"n":1}`), expression.NewCache()).Decide(test.subscriptions)

		require.Equal(t, test.reason, got.Reason, name)
		require.Equal(t, test.reason == matching.Matched || test.reason == matching.FilterFailed, got.Matched, name)

		if test.decided == "" {
			require.Nil(t, got.Subscription, name)
		} else {
			require.Equal(t, test.decided, got.Subscription.EventType, name)
		}

		if test.detail == "" {
			require.Nil(t, got.Detail, name)
		} else {
			require.Equal(t, test.detail, *got.Detail, name)
		}
	}
}

func TestMatcher_SaysWhenOnlyThePayloadCouldTell(t *testing.T) {
	t.Parallel()

	for filter, want := range map[string]matching.Reason{
		`event.data.n == 1`:                            matching.PayloadGone,
		`has(event.data.n)`:                            matching.PayloadGone,
		`event.data.?n.hasValue()`:                     matching.PayloadGone,
		`event.data.?n.orValue(1) == 1`:                matching.PayloadGone,
		`"n" in event.data`:                            matching.PayloadGone,
		`event.type == "a" || event.data.n == 1`:       matching.PayloadGone,
		`event.type == "a" && event.data.n == 1`:       matching.FilterMismatch,
		`event.type == "order.paid" || event.data.n>1`: matching.Matched,
		`event.test`:                                   matching.FilterMismatch,
	} {
		got := matching.New(about(""), expression.NewCache()).Decide([]matching.Subscription{filtered("*", filter)})
		require.Equal(t, want, got.Reason, filter)
	}
}

func TestMatcher_ExplanationsTakeNothingFromDecisions(t *testing.T) {
	t.Parallel()

	// Each takes more than half of what one evaluation may, and as much again where it is explained.
	filter := filtered("*", `event.data.list.exists(a, event.data.list.exists(b, a > b))`)
	m := matching.New(about(`{"list":[`+strings.Repeat("1,", 199)+`1]}`), expression.NewCache())

	decided, explained := 0, 0

	for range 50 {
		got := m.Decide([]matching.Subscription{filter})
		if got.Matched {
			require.Equal(t, matching.FilterFailed, got.Reason)

			break
		}

		decided++

		if got.Detail != nil {
			require.Contains(t, *got.Detail, "event.data.list has 200 items")

			explained++
		}
	}

	require.Positive(t, explained)
	require.Greater(t, decided, explained, "details end first")
	require.Less(t, decided, 50, "all together are bounded as they are at publishing")

	// What needs no filter is still decided.
	require.Equal(t, matching.Matched, m.Decide([]matching.Subscription{to("*")}).Reason)
}
