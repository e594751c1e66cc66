package event_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/webhook"
)

func TestPublish_FilterDecidesWhetherAnEventMatches(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		filter, payload string
		matches, failed bool
	}{
		"condition holds":          {`event.data.total > 10`, `{"total":11}`, true, false},
		"condition does not hold":  {`event.data.total > 10`, `{"total":10}`, false, false},
		"deep member":              {`event.data.a.b[1].c == "x"`, `{"a":{"b":[0,{"c":"x"}]}}`, true, false},
		"index out of range":       {`event.data.a[3] == 1`, `{"a":[1]}`, false, false},
		"missing field":            {`event.data.total > 10`, `{}`, false, false},
		"missing field, negated":   {`event.data.total != 10`, `{}`, false, false},
		"missing field, asked for": {`!has(event.data.total)`, `{}`, true, false},
		"null":                     {`event.data.total == null`, `{"total":null}`, true, false},
		"of another type":          {`event.data.total > 10`, `{"total":"sesame"}`, true, true},
		"not a number":             {`int(event.data.total) > 10`, `{"total":"sesame"}`, true, true},
		"not a time":               {`timestamp(event.data.total) > event.createdAt`, `{"total":"sesame"}`, true, true},
		"not a span of time":       {`duration(event.data.total) > duration("1s")`, `{"total":"sesame"}`, true, true},
		"not base64":               {`base64.decode(event.data.total) == b"1"`, `{"total":"sesame!"}`, true, true},
		"number of the event":      {`event.resourceIds.size() == 0 && !event.test`, `{}`, true, false},
		"type of the event":        {`event.type == "order.paid"`, `{}`, true, false},
		"division by zero":         {`1 / int(event.data.total) == 1`, `{"total":0}`, true, true},
		"too much work": {
			`event.data.l.all(a, event.data.l.all(b, event.data.l.all(c, a + b + c < 0)) || true)`,
			`{"l":[` + strings.Repeat("1,", 999) + `1]}`, true, true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := setup(t)
			hook := b.subscribe(t, filtered("order.paid", test.filter))
			published := b.publishInput(t, with("order.paid", test.payload))

			want := []id.ID{}
			if test.matches {
				want = append(want, hook.ID)
			}

			require.Equal(t, want, b.reached(t, published.Event))
			require.Equal(t, len(want), published.MatchedWebhookCount)
			require.Len(t, b.dispatcher.offered, len(want))

			if logged := b.logs.String(); test.failed {
				require.Contains(t, logged, "a filter failed, and the event was let through")
				require.Contains(t, logged, published.Event.ID.String())
				require.Contains(t, logged, b.log(t, published.Event)[0].SubscriptionID.String())
				require.NotContains(t, logged, "sesame", "payloads are not for the log")
			} else {
				require.NotContains(t, logged, "filter")
			}
		})
	}
}

func TestPublish_FirstSubscriptionWhoseFilterMatchesDecides(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.subscribe(t, filtered("*", "event.data.oldest == true"), filtered("item.*", "event.data.older == true"),
		filtered("item.part.added", "event.data.exact == true"), filtered("item.part.*", "event.data.newest == true"))

	for name, test := range map[string]struct{ payload, want string }{
		"all, and the exact type goes first": {`{"oldest":true,"older":true,"exact":true,"newest":true}`, "item.part.added"},
		"patterns, and the oldest goes first": {
			`{"oldest":true,"older":true,"exact":false,"newest":true}`, "*",
		},
		"the others": {`{"oldest":false,"older":true,"exact":false,"newest":true}`, "item.*"},
		"the last":   {`{"newest":true}`, "item.part.*"},
		"none":       {`{}`, ""},
	} {
		published := b.publishInput(t, with("item.part.added", test.payload))
		deliveries := b.log(t, published.Event)

		if test.want == "" {
			require.Empty(t, deliveries, name)

			continue
		}

		require.Len(t, deliveries, 1, "%s: a webhook gets an event once", name)

		subscriptions, err := b.webhooks.SubscriptionsByID(t.Context(), []id.ID{*deliveries[0].SubscriptionID})
		require.NoError(t, err)
		require.Equal(t, test.want, subscriptions[*deliveries[0].SubscriptionID].EventType, name)
	}
}

func TestSeeds_KX4_ResourceIDsDecideWhetherAnEventMatches(t *testing.T) {
	t.Parallel()

	b := setup(t)
	all := b.webhook(t, true, "*")
	some := b.subscribe(t, webhook.SubscriptionInput{EventType: "*", ResourceIDs: []string{"route a", "route-b"}, Enabled: true})
	both := b.subscribe(t, webhook.SubscriptionInput{
		EventType: "*", ResourceIDs: []string{"route-b"}, Filter: new("event.data.total > 10"), Enabled: true,
	})

	for name, test := range map[string]struct {
		ids     []string
		payload string
		want    []id.ID
	}{
		"none":                  {nil, `{"total":11}`, []id.ID{all.ID}},
		"one":                   {[]string{"route a"}, `{"total":11}`, []id.ID{all.ID, some.ID}},
		"one of several":        {[]string{"x", "route-b"}, `{"total":11}`, []id.ID{all.ID, some.ID, both.ID}},
		"one, and not filtered": {[]string{"route-b"}, `{"total":1}`, []id.ID{all.ID, some.ID}},
		"others":                {[]string{"route", "route-b ", "ROUTE-B"}, `{"total":11}`, []id.ID{all.ID}},
	} {
		in := with("order.paid", test.payload)
		in.ResourceIDs = test.ids
		published := b.publishInput(t, in)

		require.ElementsMatch(t, test.want, b.reached(t, published.Event), name)
		require.ElementsMatch(t, test.ids, b.stored(t, published.Event.ID).ResourceIDs, name)
	}
}

func TestPublish_RefusesBadResourceIDs(t *testing.T) {
	t.Parallel()

	b := setup(t)

	many := make([]string, 101)
	for n := range many {
		many[n] = fmt.Sprint(n)
	}

	for name, test := range map[string]struct {
		ids   []string
		code  problem.Code
		field []string
	}{
		"control character": {[]string{"a", "b\nc"}, problem.Invalid, []string{"resourceIds", "1"}},
		"empty":             {[]string{""}, problem.Required, []string{"resourceIds", "0"}},
		"not UTF-8":         {[]string{"\xff"}, problem.Invalid, []string{"resourceIds", "0"}},
		"NUL":               {[]string{"\x00"}, problem.Invalid, []string{"resourceIds", "0"}},
		"too long":          {[]string{strings.Repeat("ä", 256)}, problem.TooLong, []string{"resourceIds", "0"}},
		"too many":          {many, problem.LimitExceeded, []string{"resourceIds"}},
	} {
		in := input("order.paid")
		in.ResourceIDs = test.ids
		_, err := b.events.Publish(t.Context(), b.scope, b.org, in)

		wrong := problemOf(t, err)
		require.Equal(t, test.code, wrong.Code, name)
		require.Equal(t, test.field, wrong.Field, name)
	}

	require.Zero(t, b.count(t, "events"))

	in := input("order.paid")
	in.ResourceIDs = many[:100]
	in.ResourceIDs[99] = strings.Repeat("ä", 255)
	require.Equal(t, in.ResourceIDs, b.stored(t, b.publishInput(t, in).Event.ID).ResourceIDs)
}

func TestPublish_ResourceIDsArePartOfWhatAnIdempotencyKeyStandsFor(t *testing.T) {
	t.Parallel()

	b := setup(t)
	in := input("order.paid")
	in.IdempotencyKey, in.ResourceIDs = new("once"), []string{"a", "b"}
	b.publishInput(t, in)
	require.True(t, b.publishInput(t, in).Duplicate)

	for _, ids := range [][]string{nil, {"a"}, {"b", "a"}, {"ab"}} {
		in.ResourceIDs = ids
		_, err := b.events.Publish(t.Context(), b.scope, b.org, in)
		require.Equal(t, problem.IdempotencyConflict, problemOf(t, err).Code, "%q", ids)
	}
}

func TestListed_TellsWhetherOneIsAmongThoseWanted(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		wanted string
		of     []string
		want   bool
	}{
		"both none":     {"", nil, true},
		"none wanted":   {"", []string{"a"}, true},
		"none there":    {"a", nil, false},
		"one of two":    {"a\nb", []string{"c", "b"}, true},
		"only in parts": {"ab\nc", []string{"a", "b"}, false},
	} {
		require.Equal(t, test.want, event.Listed(test.wanted, test.of), name)
	}
}

func TestPublish_FiltersTogetherTakeNoMoreThanOneEventMay(t *testing.T) {
	t.Parallel()

	b := setup(t)

	// False for this event, but hard to find out.
	for range 25 {
		b.subscribe(t, filtered("order.paid", `!event.data.l.all(x, x == 1)`))
	}

	small := b.publishInput(t, with("order.paid", `{"l":[1,1,1]}`))
	require.Zero(t, small.MatchedWebhookCount)

	large := b.publishInput(t, with("order.paid", `{"l":[`+strings.Repeat("1,", 99_999)+`1]}`))
	require.Positive(t, large.MatchedWebhookCount, "those that there was no time for")
	require.Less(t, large.MatchedWebhookCount, 25)
	require.Equal(t, large.MatchedWebhookCount, strings.Count(b.logs.String(), "the event was let through"))
}
