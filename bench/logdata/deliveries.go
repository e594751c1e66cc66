package main

import (
	"time"

	"github.com/google/uuid"
)

// replayable is how many failed deliveries of an outage wait to be replayed at most.
const replayable = 60_000

// maxAttempts is what every webhook's schedule comes to.
const maxAttempts = 4

// fate is what becomes of a delivery.
type fate struct {
	status   string
	held     *string
	attempts int
	next     *time.Time
	// code is that of the last response. 0: there was none.
	code int
}

func (m *maker) delivery(e fact, h *hook, at time.Time, day float64, origin string) {
	one := m.fate(h, at, day)
	delivery := m.id(at)

	var (
		code               *int
		wrong, says        *string
		completed, updated = (*time.Time)(nil), at
	)

	if one.attempts > 0 {
		updated = m.attempts(e, h, delivery, at, one)

		if code = &one.code; one.code == 0 {
			code, wrong, says = nil, new("TIMEOUT"), new("no answer within 15 seconds")
		} else if one.code >= 300 {
			wrong, says = new("HTTP_STATUS"), new("the receiver answered with a failure")
		}
	}

	switch one.status {
	case "SUCCEEDED", "FAILED", "CANCELED":
		completed = &updated
	}

	m.add(deliveries, delivery, e.tenant.id.UUID(), e.id, h.id.UUID(), e.kind, one.status, origin, one.held,
		one.attempts, one.attempts, maxAttempts, one.next, code, wrong, says, at, updated, completed)

	if one.status == "FAILED" && h.down.has(day) && len(m.failed) < replayable && m.random.Float64() < 0.5 {
		m.failed, m.hooks = append(m.failed, e), append(m.hooks, h)
	}
}

func (m *maker) fate(h *hook, at time.Time, day float64) fate {
	p := m.random.Float64()

	switch {
	case h.held.has(day):
		return fate{status: "HELD", held: &h.why}
	case m.world.end.Sub(at) < 2*time.Second:
		return fate{status: "PENDING", next: &at}
	case h.down.has(day) && h.down.to > days:
		return fate{status: "RETRYING", attempts: 2, code: 503, next: new(m.world.end.Add(time.Hour))}
	case h.down.has(day):
		return fate{status: "FAILED", attempts: maxAttempts, code: pick(m.random, []int{503, 503, 504, 0})}
	case p < h.fails:
		return fate{status: "FAILED", attempts: maxAttempts, code: pick(m.random, []int{400, 404, 404, 410, 422, 500, 0})}
	case p < h.fails+0.00002:
		return fate{status: "FAILED", attempts: maxAttempts, code: 418}
	case p < h.fails+0.0001:
		return fate{status: "CANCELED", attempts: 1, code: 429}
	case p < h.fails+0.01:
		return fate{status: "SUCCEEDED", attempts: 2, code: 200}
	default:
		return fate{status: "SUCCEEDED", attempts: 1, code: pick(m.random, successes)}
	}
}

var (
	successes       = []int{200, 200, 200, 200, 200, 200, 200, 202, 204, 201}
	waits           = []time.Duration{0, 5 * time.Second, 5 * time.Minute, 30 * time.Minute}
	requestHeaders  = `[{"name":"content-type","value":"application/json"},{"name":"webhook-id","value":"msg_2b"}]`
	responseHeaders = `[{"name":"content-type","value":"text/plain"}]`
	responseBody    = []byte("ok")
)

// attempts makes the attempts of a delivery, and returns when the last one ended.
func (m *maker) attempts(e fact, h *hook, delivery uuid.UUID, at time.Time, of fate) time.Time {
	for n := range of.attempts {
		at = at.Add(waits[n] + 3*time.Millisecond)
		took := 5_000 + m.random.IntN(200_000)
		status, code, headers, body := "FAILED", &of.code, &responseHeaders, responseBody

		var wrong, says *string

		switch {
		case n == of.attempts-1 && of.status == "SUCCEEDED":
			status = "SUCCEEDED"
		case n < of.attempts-1 && of.status == "SUCCEEDED":
			code, wrong, says = new(pick(m.random, []int{500, 502, 429})), new("HTTP_STATUS"), new("the receiver failed")
		case of.code == 0:
			code, headers, body, wrong, says = nil, nil, nil, new("TIMEOUT"), new("no answer within 15 seconds")
		default:
			wrong, says = new("HTTP_STATUS"), new("the receiver failed")
		}

		m.add(attempts, m.id(at), e.tenant.id.UUID(), h.id.UUID(), delivery, e.kind, n+1, "AUTOMATIC", status, at,
			took, 800, took-100, "192.0.2.7", "POST", "https://hooks.example.com/in/7f3a", requestHeaders, code, headers,
			body, wrong, says)
	}

	return at
}
