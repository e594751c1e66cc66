// Package event publishes: it checks what an application has to say, works out who wants to hear it, and commits the
// event together with its deliveries before it answers.
package event

import (
	"encoding/json"
	"time"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
)

// Event is one fact that was published. It never changes.
type Event struct {
	ID             id.ID
	OrganizationID id.ID
	Type           string
	Payload        json.RawMessage
	IdempotencyKey *string
	Test           bool
	OccurredAt     time.Time
	CreatedAt      time.Time
}

// Input is an event to be published.
type Input struct {
	EventType string
	Payload   json.RawMessage
	// OccurredAt is when it happened. Nil means now.
	OccurredAt *time.Time
	// IdempotencyKey makes publishing it again harmless.
	IdempotencyKey *string
}

// Published is what came of an event.
type Published struct {
	Event Event
	// Duplicate says that the idempotency key was known, and Event is the one published then.
	Duplicate bool
	// MatchedWebhookCount is how many webhooks get it.
	MatchedWebhookCount int
}

// Result is what came of one of several events: Err is a problem.List when it was refused.
type Result struct {
	Published

	Err error
}

func fromRow(row dbsqlc.Event) Event {
	return Event{
		ID:             id.Event.From(row.ID),
		OrganizationID: id.Organization.From(row.OrganizationID),
		Type:           row.EventType,
		Payload:        row.Payload,
		IdempotencyKey: row.IdempotencyKey,
		Test:           row.Test,
		OccurredAt:     row.OccurredAt,
		CreatedAt:      row.CreatedAt,
	}
}
