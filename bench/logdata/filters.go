package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/search"
)

// values makes one of each of the given things.
func values[T any](from []T, of func(T) list) []value {
	out := make([]value, len(from))
	for n, one := range from {
		out[n] = value{says: fmt.Sprint(one), list: of(one)}
	}

	return out
}

// ranges are spans of the log, short and long, everywhere.
func (l *logs) ranges() []delivery.TimeRange {
	var out []delivery.TimeRange

	for n := range 10 {
		from := l.time(float64(3 * n))

		for _, length := range []time.Duration{time.Minute, time.Hour, 48 * time.Hour} {
			to := from.Add(length)
			out = append(out, delivery.TimeRange{From: &from, To: &to})
		}
	}

	return out
}

// webhooks are each by itself, and some together.
func (l *logs) webhooks() [][]id.ID {
	var out [][]id.ID

	hooks := l.tenants[0].hooks
	for n := range hooks {
		out = append(out, []id.ID{hooks[n].id}, []id.ID{hooks[n].id, hooks[(n+7)%len(hooks)].id, hooks[(n+11)%len(hooks)].id})
	}

	var all []id.ID
	for _, one := range hooks {
		all = append(all, one.id)
	}

	return append(out, all)
}

// eventTypes are each by itself, and some together.
func (l *logs) eventTypes() [][]string {
	var out [][]string

	for n, one := range l.kinds {
		out = append(out, []string{one.name}, []string{one.name, l.kinds[(n+5)%len(l.kinds)].name, "no.such"})
	}

	return out
}

func (l *logs) owners() []id.ID {
	var out []id.ID
	for _, one := range l.tenants {
		out = append(out, one.id)
	}

	return out
}

func some[T any](from []T) [][]T {
	var out [][]T
	for n := range from {
		out = append(out, []T{from[n]}, []T{from[n], from[(n+3)%len(from)], from[(n+8)%len(from)]})
	}

	return append(out, from)
}

var (
	statuses  = []delivery.Status{"SUCCEEDED", "FAILED", "CANCELED", "HELD", "PENDING", "RETRYING"}
	responses = []int{200, 201, 202, 204, 400, 404, 410, 418, 422, 429, 500, 502, 503, 504, 599}
)

// matches are values in payloads: of one, of some from all over the log, of most, and of some that are close together.
func (l *logs) matches() [][]search.Match {
	one := func(path, value string) search.Match {
		return search.Match{Path: path, Value: json.RawMessage(value)}
	}

	var out [][]search.Match

	for n := range 10 {
		number := l.world.events * (2*n + 1) / 20
		out = append(out,
			[]search.Match{one("id", fmt.Sprintf(`"ord_%08x"`, number))},
			[]search.Match{one("$.number", strconv.Itoa(number+1))},
			[]search.Match{one("customer.id", fmt.Sprintf(`"cus_%06d"`, 19_000*n))},
			[]search.Match{one("items[*].sku", fmt.Sprintf(`"sku-%05d"`, 1_900*n))},
			[]search.Match{one("items.sku", fmt.Sprintf(`"sku-%05d"`, 1_900*n+1)), one("customer.country", `"FR"`)})
	}

	for _, values := range [][2]string{
		{"customer.country", `"DE"`},
		{"customer.country", `"IS"`},
		{"customer.country", `"US"`},
		{"currency", `"EUR"`},
		{"customer.plan", `"pro"`},
		{"customer.plan", `"business"`},
		{"customer.plan", `"enterprise"`},
		{"paid", "false"},
		{"campaign", "null"},
		{"campaign", `"newsletter"`},
		{"campaign", `"autumn"`},
		{"campaign", `"flash"`},
	} {
		out = append(out, []search.Match{one(values[0], values[1])})
	}

	return out
}

// found makes a value of each list of matches.
func found(matches [][]search.Match, of func([]search.Match) list) []value {
	out := values(matches, of)

	for n, all := range matches {
		out[n].says = ""
		for _, one := range all {
			out[n].says += one.Path + "=" + string(one.Value) + " "
		}
	}

	return out
}

func (l *logs) deliveryTrials() []trial {
	by := func(filter string, values []value) trial {
		return trial{list: "deliveries", filter: filter, values: values}
	}
	large := func(f delivery.Filter) list { return l.listDeliveries(l.large, f) }

	return []trial{
		by("nothing", values(l.owners(), func(of id.ID) list { return l.listDeliveries(of, delivery.Filter{}) })),
		by("createdAt", values(l.ranges(), func(r delivery.TimeRange) list {
			return large(delivery.Filter{CreatedAt: r})
		})),
		by("webhookIds", values(l.webhooks(), func(v []id.ID) list { return large(delivery.Filter{WebhookIDs: v}) })),
		by("eventIds", values(some(l.eventIDs), func(v []id.ID) list { return large(delivery.Filter{EventIDs: v}) })),
		by("eventTypes", values(l.eventTypes(), func(v []string) list { return large(delivery.Filter{EventTypes: v}) })),
		by("statuses", values(some(statuses), func(v []delivery.Status) list {
			return large(delivery.Filter{Statuses: v})
		})),
		by("stages", values(some(delivery.Stages()), func(v []delivery.Stage) list {
			return large(delivery.Filter{Stages: v})
		})),
		by("heldReasons", values(some([]delivery.HeldReason{
			delivery.WebhookDisabled, delivery.WebhookPaused, delivery.BreakerOpen, delivery.RateLimited, delivery.Backlog,
		}), func(v []delivery.HeldReason) list { return large(delivery.Filter{HeldReasons: v}) })),
		by("origins", values(some([]delivery.Origin{
			delivery.OriginPublish, delivery.OriginReplay, delivery.OriginTest,
		}), func(v []delivery.Origin) list { return large(delivery.Filter{Origins: v}) })),
		by("responseStatuses", values(some(responses), func(v []int) list {
			return large(delivery.Filter{ResponseStatuses: v})
		})),
		by("idempotencyKey", values(l.keys, func(v string) list { return large(delivery.Filter{IdempotencyKey: &v}) })),
		by("payload", found(l.matches(), func(v []search.Match) list { return large(delivery.Filter{Payload: v}) })),
		by("webhookIds, statuses", values(l.webhooks(), func(v []id.ID) list {
			return large(delivery.Filter{WebhookIDs: v, Statuses: []delivery.Status{delivery.Failed, delivery.Retrying}})
		})),
		by("statuses, eventTypes", values(l.eventTypes(), func(v []string) list {
			return large(delivery.Filter{EventTypes: v, Statuses: []delivery.Status{delivery.Failed}})
		})),
	}
}

func (l *logs) attemptTrials() []trial {
	by := func(filter string, values []value) trial {
		return trial{list: "attempts", filter: filter, values: values}
	}
	large := func(f delivery.AttemptFilter) list { return l.listAttempts(l.large, f) }

	return []trial{
		by("nothing", values(l.owners(), func(of id.ID) list { return l.listAttempts(of, delivery.AttemptFilter{}) })),
		by("startedAt", values(l.ranges(), func(r delivery.TimeRange) list {
			return large(delivery.AttemptFilter{StartedAt: r})
		})),
		by("webhookIds", values(l.webhooks(), func(v []id.ID) list {
			return large(delivery.AttemptFilter{WebhookIDs: v})
		})),
		by("deliveryIds", values(some(l.deliveryIDs), func(v []id.ID) list {
			return large(delivery.AttemptFilter{DeliveryIDs: v})
		})),
		by("eventIds", values(some(l.eventIDs), func(v []id.ID) list {
			return large(delivery.AttemptFilter{EventIDs: v})
		})),
		by("eventTypes", values(l.eventTypes(), func(v []string) list {
			return large(delivery.AttemptFilter{EventTypes: v})
		})),
		by("statuses", values(some([]delivery.AttemptStatus{delivery.AttemptFailed, delivery.AttemptSucceeded}),
			func(v []delivery.AttemptStatus) list { return large(delivery.AttemptFilter{Statuses: v}) })),
		by("responseStatuses", values(some(responses), func(v []int) list {
			return large(delivery.AttemptFilter{ResponseStatuses: v})
		})),
	}
}

func (l *logs) eventTrials() []trial {
	by := func(filter string, values []value) trial {
		return trial{list: "events", filter: filter, values: values}
	}
	large := func(f event.Filter) list { return l.listEvents(l.large, f) }
	both := []bool{true, false}

	return []trial{
		by("nothing", values(l.owners(), func(of id.ID) list { return l.listEvents(of, event.Filter{}) })),
		by("createdAt", values(l.ranges(), func(r delivery.TimeRange) list { return large(event.Filter{CreatedAt: r}) })),
		by("ids", values(some(l.eventIDs), func(v []id.ID) list { return large(event.Filter{IDs: v}) })),
		by("eventTypes", values(l.eventTypes(), func(v []string) list { return large(event.Filter{EventTypes: v}) })),
		by("idempotencyKey", values(l.keys, func(v string) list { return large(event.Filter{IdempotencyKey: &v}) })),
		by("sourceEventIds", values(some(l.sources), func(v []id.ID) list {
			return large(event.Filter{SourceEventIDs: v})
		})),
		by("quarantined", values(both, func(v bool) list { return large(event.Filter{Quarantined: &v}) })),
		by("testEvents", values(both, func(v bool) list { return large(event.Filter{TestEvents: &v}) })),
		by("webhookIds", values(l.webhooks(), func(v []id.ID) list { return large(event.Filter{WebhookIDs: v}) })),
		by("deliveryStatuses", values(some(statuses), func(v []delivery.Status) list {
			return large(event.Filter{DeliveryStatuses: v})
		})),
		by("payload", found(l.matches(), func(v []search.Match) list { return large(event.Filter{Payload: v}) })),
		by("webhookIds, deliveryStatuses", values(l.webhooks(), func(v []id.ID) list {
			return large(event.Filter{WebhookIDs: v, DeliveryStatuses: []delivery.Status{delivery.Failed}})
		})),
	}
}
