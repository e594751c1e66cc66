package main

import (
	"math/rand/v2"
	"time"

	"github.com/google/uuid"

	"github.com/surehook/surehook/internal/id"
)

const (
	// days is how long the log is.
	days = 30
	// deliveriesPerEvent is what the shares of the webhooks come to.
	deliveriesPerEvent = 2.01
)

// span is a part of the log, in days from its beginning.
type span struct{ from, to float64 }

func (s span) has(day float64) bool { return s.from <= day && day < s.to }

// hook is a webhook. Of all events of its organization it gets a share.
type hook struct {
	id    id.ID
	share float64
	// alive is when it gets anything, down when its receiver fails, and held when its deliveries are held, and why.
	alive, down, held span
	why               string
	// fails is how often a delivery fails for good all the same.
	fails float64
}

// owner is an organization.
type owner struct {
	id    id.ID
	share float64
	hooks []hook
}

// kind is an event type. Its weight is relative to the others.
type kind struct {
	name   string
	weight float64
	alive  span
}

// world is all that events are made up from.
type world struct {
	start, end time.Time
	events     int
	tenants    []owner
	kinds      []kind
}

var always = span{0, days + 1}

// shares of the 25 webhooks of the large organization.
var shares = []float64{
	0.62, 0.41, 0.27, 0.19, 0.14, 0.1, 0.075, 0.06, 0.045, 0.035, 0.025, 0.02, 0.015, 0.01, 0.007, 0.005, 0.003, 0.002,
	0.001, 0.0006, 0.0003, 0.0001, 0.00005, 0.00002, 0.00001,
}

func newWorld(end time.Time, deliveries int) *world {
	// The same ids each time, so that what is measured can be repeated.
	seed := rand.New(rand.NewPCG(1, 2))
	w := &world{start: end.Add(-days * 24 * time.Hour), end: end, events: int(float64(deliveries) / deliveriesPerEvent)}
	named := func(kind id.Kind) id.ID { return kind.From(uuidAt(seed, w.start.Add(-time.Hour), 0)) }

	large := owner{id: named(id.Organization), share: 0.9}
	for _, share := range shares {
		large.hooks = append(large.hooks, hook{id: named(id.Webhook), share: share, alive: always, fails: 0.002})
	}

	large.hooks[0].down = span{12.3, 12.45}
	large.hooks[1].down = span{20.1, 20.9}
	large.hooks[2].fails = 0.03
	large.hooks[3].down = span{29.9, always.to}
	large.hooks[5].down = span{3.2, 5.8}
	large.hooks[7].held, large.hooks[7].why = span{29.7, always.to}, "WEBHOOK_PAUSED"
	large.hooks[9].held, large.hooks[9].why = span{29.96, always.to}, "BREAKER_OPEN"
	large.hooks[10].alive = span{0, 9.5}
	large.hooks[12].held, large.hooks[12].why = span{17, 18.2}, "WEBHOOK_DISABLED"
	large.hooks[13].alive = span{14, 15}
	large.hooks[4].held, large.hooks[4].why = span{29.9995, always.to}, "RATE_LIMITED"

	w.tenants = []owner{large}

	for _, share := range []float64{0.05, 0.025, 0.012, 0.006, 0.003, 0.002, 0.001, 0.0007, 0.0003} {
		small := owner{id: named(id.Organization), share: share}
		for _, part := range []float64{1, 0.8, 0.23} {
			small.hooks = append(small.hooks, hook{id: named(id.Webhook), share: part, alive: always, fails: 0.01})
		}

		w.tenants = append(w.tenants, small)
	}

	for n, name := range []string{
		"order.created", "order.updated", "order.paid", "order.shipped", "order.delivered", "order.canceled",
		"customer.created", "customer.updated", "customer.deleted", "invoice.created", "invoice.paid", "invoice.overdue",
		"payment.succeeded", "payment.failed", "payment.refunded", "item.created", "item.updated", "item.deleted",
		"inspection.started", "inspection.completed", "report.ready", "user.invited", "user.joined", "user.left",
	} {
		w.kinds = append(w.kinds, kind{name: name, weight: 1 / float64(n+1), alive: always})
	}

	w.kinds = append(w.kinds,
		kind{name: "dispute.opened", weight: 0.00005, alive: always},
		kind{name: "migration.step", weight: 1.2, alive: span{7, 8.5}},
		kind{name: "legacy.ping", weight: 0.05, alive: span{0, 2}})

	return w
}

func (w *world) time(day float64) time.Time {
	return w.start.Add(time.Duration(day * float64(24*time.Hour)))
}

// uuidAt returns a UUIDv7 of a time. Those of one millisecond sort by their number.
func uuidAt(r *rand.Rand, at time.Time, number uint16) uuid.UUID {
	out := id.Floor(at)
	out[6] |= byte(number>>8) & 0x0f
	out[7] = byte(number)

	for n, bits := 8, r.Uint64(); n < len(out); n++ {
		out[n] = byte(bits)
		bits >>= 8
	}

	out[8] = out[8]&0x3f | 0x80

	return out
}
