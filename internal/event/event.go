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
	// Payload is nil in lists, and when it is gone: expunged, or older than payloads are kept.
	Payload        json.RawMessage
	IdempotencyKey *string
	Test           bool
	// ResourceIDs are the resources that it is about, which subscriptions may ask for.
	ResourceIDs []string
	// TargetWebhookIDs are the only webhooks that were to get it. Nil: all that match.
	TargetWebhookIDs []id.ID
	// SourceEventID is the event that it was derived from.
	SourceEventID *id.ID
	// QuarantinedAt is since when it waits for its payload to match the schema. Nothing is sent meanwhile.
	QuarantinedAt *time.Time
	// ReleasedAt is when it was released from there, and decided who gets it. Nil: that was when it was published.
	ReleasedAt *time.Time
	// SchemaMismatch says how the payload did not match the schema of its type when it was published.
	SchemaMismatch *string
	// ExpungedAt is when somebody had the payload erased.
	ExpungedAt *time.Time
	OccurredAt time.Time
	CreatedAt  time.Time
}

// Input is an event to be published.
type Input struct {
	EventType string
	Payload   json.RawMessage
	// OccurredAt is when it happened. Nil means now.
	OccurredAt *time.Time
	// IdempotencyKey makes publishing it again harmless.
	IdempotencyKey *string
	ResourceIDs    []string
	// WebhookIDs are the only webhooks that get it, those of them that match. Nil: all that match.
	WebhookIDs []id.ID
}

// Published is what came of an event.
type Published struct {
	Event Event
	// Derived are the events that were made from it.
	Derived []Event
	// Duplicate says that the idempotency key was known, and Event is the one published then.
	Duplicate bool
	// MatchedWebhookCount is how many webhooks get it, and how many get what was derived from it.
	MatchedWebhookCount int
}

// Result is what came of one of several events: Err is a problem.List when it was refused.
type Result struct {
	Published

	Err error
}

// withPayload converts a row with its payload.
func withPayload(row dbsqlc.EventsByIDRow) Event {
	out := fromRow(row.Event)
	out.Payload = row.Payload

	return out
}

func fromRow(row dbsqlc.Event) Event {
	return Event{
		TargetWebhookIDs: targetsFrom(row.TargetWebhookIds),
		ID:               id.Event.From(row.ID),
		OrganizationID:   id.Organization.From(row.OrganizationID),
		Type:             row.EventType,
		IdempotencyKey:   row.IdempotencyKey,
		Test:             row.Test,
		ResourceIDs:      row.ResourceIds,
		SourceEventID:    id.Event.FromPtr(row.SourceEventID),
		QuarantinedAt:    row.QuarantinedAt,
		ReleasedAt:       row.ReleasedAt,
		SchemaMismatch:   row.SchemaMismatch,
		ExpungedAt:       row.ExpungedAt,
		OccurredAt:       row.OccurredAt,
		CreatedAt:        row.CreatedAt,
	}
}
