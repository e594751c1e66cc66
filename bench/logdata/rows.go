package main

import (
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/surehook/surehook/internal/search"
)

// The tables that are filled, in the order of maker.out.
var tables = []struct {
	name, key string
	columns   []string
}{
	{"events", "id", []string{
		"id", "organization_id", "event_type", "idempotency_key", "test", "source_event_id", "quarantined_at",
		"schema_mismatch", "terms", "occurred_at", "created_at",
	}},
	{"event_payloads", "event_id", []string{"event_id", "payload"}},
	{"deliveries", "id", []string{
		"id", "organization_id", "event_id", "webhook_id", "event_type", "status", "origin", "held_reason",
		"attempt_count", "scheduled_attempt_count", "max_attempts", "next_attempt_at", "last_response_status",
		"last_error_code", "last_error_message", "created_at", "updated_at", "completed_at",
	}},
	{"delivery_attempts", "delivery_id", []string{
		"id", "organization_id", "webhook_id", "delivery_id", "event_type", "number", "trigger", "status", "started_at",
		"duration_us", "connect_us", "first_byte_us", "remote_ip", "method", "url", "request_headers", "response_status",
		"response_headers", "response_body", "error_code", "error_message",
	}},
	{"idempotency_keys", "", []string{"organization_id", "key", "event_id", "fingerprint", "created_at"}},
}

const (
	events = iota
	payloads
	deliveries
	attempts
	keys
)

// fact is an event as its deliveries need it.
type fact struct {
	id     uuid.UUID
	kind   string
	tenant *owner
	at     time.Time
	day    float64
}

// maker makes rows up, in the order of time.
type maker struct {
	world  *world
	random *rand.Rand
	// out takes rows, for each table.
	out [][][]any
	// failed are deliveries of the last outages, to be replayed.
	failed []fact
	hooks  []*hook
	number uint16
	last   *fact
}

func (m *maker) id(at time.Time) uuid.UUID {
	m.number = (m.number + 1) & 0xfff

	return uuidAt(m.random, at, m.number)
}

// event makes the event of a number with all that follows from it.
func (m *maker) event(number int) {
	day := days * float64(number) / float64(m.world.events)
	at := m.world.time(day).Truncate(time.Millisecond)
	e := fact{id: m.id(at), tenant: m.tenant(), at: at, day: day, kind: m.kind(day)}

	var source *uuid.UUID
	if m.last != nil && m.random.Float64() < 0.02 {
		e.tenant, source = m.last.tenant, &m.last.id
	}

	var key *string

	if source == nil && m.random.Float64() < 0.4 {
		key = new("key-" + strconv.Itoa(number))
		m.add(keys, e.tenant.id.UUID(), *key, e.id, fingerprint, at)
	}

	var (
		quarantined *time.Time
		mismatch    *string
	)

	if day >= 15.2 && day < 15.25 && e.kind == "order.created" || m.random.Float64() < 0.00005 {
		quarantined, mismatch = &at, new("/amount: must be a string")
	}

	test := m.random.Float64() < 0.0005
	payload := payloadOf(m.random, number, day)
	m.add(events, e.id, e.tenant.id.UUID(), e.kind, key, test, source, quarantined, mismatch,
		search.Terms(e.tenant.id, []byte(payload)), at, at)
	m.add(payloads, e.id, payload)

	if quarantined == nil {
		m.deliver(e, test)
	}

	m.last = &e
}

func (m *maker) deliver(e fact, test bool) {
	origin := "PUBLISH"
	if test {
		origin = "TEST"
	}

	for n := range e.tenant.hooks {
		if h := &e.tenant.hooks[n]; h.alive.has(e.day) && m.random.Float64() < h.share {
			m.delivery(e, h, e.at, e.day, origin)
		}
	}

	// Some hours after an outage, what failed is replayed, spread over the events that come meanwhile.
	if len(m.failed) > 0 && m.random.Float64() < 0.2 {
		if old := m.failed[0]; e.day > old.day+1 {
			m.delivery(old, m.hooks[0], e.at, e.day, "REPLAY")
			m.failed, m.hooks = m.failed[1:], m.hooks[1:]
		}
	}
}

func (m *maker) tenant() *owner {
	at := m.random.Float64()
	for n := range m.world.tenants {
		if at -= m.world.tenants[n].share; at < 0 {
			return &m.world.tenants[n]
		}
	}

	return &m.world.tenants[0]
}

func (m *maker) kind(day float64) string {
	sum := 0.0

	for _, one := range m.world.kinds {
		if one.alive.has(day) {
			sum += one.weight
		}
	}

	at := m.random.Float64() * sum

	for _, one := range m.world.kinds {
		if one.alive.has(day) {
			if at -= one.weight; at < 0 {
				return one.name
			}
		}
	}

	return m.world.kinds[0].name
}

func (m *maker) add(table int, row ...any) { m.out[table] = append(m.out[table], row) }

var fingerprint = make([]byte, 32)
