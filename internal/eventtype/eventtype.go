// Package eventtype is about an organization's catalog of event types: their names, the JSON Schemas that payloads are
// checked against, and samples of payloads.
//
// Schemas come from tenants and are carried out here, for every event, so they are bounded in every way in which they
// could cost more than they are worth: see schema.go for what may be saved, and meter.go for what a check may take.
package eventtype

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/optional"
)

// The limits of an event type. Lengths are in characters.
const (
	MaxDeprecationLength = 1000
	MaxDescriptionLength = 1000
	MaxGroupLength       = 100
	MaxNameLength        = 128
	MaxSampleNameLength  = 100
	MaxSamples           = 20
	// MaxDerived is how many event types in use may be derived from one: each makes an event of its own.
	MaxDerived = 50
	// MaxSchemaBytes is the limit of a JSON Schema, in bytes of compact JSON.
	MaxSchemaBytes = 64 * 1024
	// MaxSchemaVersions keeps the list of versions, which is not paged, bounded.
	MaxSchemaVersions = 100
)

// ErrUnknownVersion says that an event type has no schema of a version. It is a defect of the caller: versions are
// never removed.
var ErrUnknownVersion = errors.New("event type has no schema of this version")

// SchemaValidation says what becomes of an event whose payload does not match the schema of its type.
type SchemaValidation string

// The ways to deal with a mismatch.
const (
	// Off does not look at the schema.
	Off SchemaValidation = "OFF"
	// Warn publishes the event, with a note of the mismatch.
	Warn SchemaValidation = "WARN"
	// Reject refuses the event.
	Reject SchemaValidation = "REJECT"
	// Quarantine keeps the event from being delivered until somebody releases it.
	Quarantine SchemaValidation = "QUARANTINE"
)

// EventType is a name in the catalog.
type EventType struct {
	ID             id.ID
	OrganizationID id.ID
	Name           string
	Description    *string
	// Group is the heading under which the catalog lists it.
	Group   *string
	Samples []Sample
	// DerivedFrom is the name of the event type whose events this one is made of: its source, which is not derived
	// itself, and whose schemas count for this one, too. Nil when it is published by itself.
	DerivedFrom *string
	// When is the CEL condition that an event of the source has to meet. Nil unless it is derived.
	When *string
	// SchemaValidation is of no account when it is derived, as the events of the source are checked.
	SchemaValidation SchemaValidation
	// Deprecation is why it should no longer be used. Nil means that it is not deprecated.
	Deprecation *string
	// ArchivedAt is since when its events are no longer accepted. Nil means that they are.
	ArchivedAt *time.Time
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// Deprecated tells whether it should no longer be used. Its events are accepted all the same.
func (t EventType) Deprecated() bool { return t.Deprecation != nil }

// Sample is an example of a payload.
type Sample struct {
	// Name is unique among the samples of an event type.
	Name string `json:"name"`
	// Payload is an object in compact JSON.
	Payload json.RawMessage `json:"payload"`
}

// Schema is one version of an event type's JSON Schema.
type Schema struct {
	// Version is 1 for the first, then one more each time.
	Version int
	// Schema is an object in compact JSON.
	Schema    json.RawMessage
	CreatedAt time.Time
}

// CreateInput describes a new event type.
type CreateInput struct {
	OrganizationID id.ID
	Name           string
	Description    *string
	Group          *string
	// Schema becomes version 1. Without one, also when it is the JSON value null, any object will do. A derived event
	// type has none of its own.
	Schema  json.RawMessage
	Samples []Sample
	// DerivedFrom and When are given together, for a derived event type.
	DerivedFrom *string
	When        *string
	// SchemaValidation is [Reject] when it is empty.
	SchemaValidation SchemaValidation
	Deprecation      *string
}

// UpdateInput describes changes to an event type. What was left out stays as it is.
type UpdateInput struct {
	ID          id.ID
	Description optional.Optional[string]
	Group       optional.Optional[string]
	// Samples take the place of those there are. Nil keeps them.
	Samples *[]Sample
	// When is for derived event types only. Nil keeps it.
	When *string
	// SchemaValidation stays as it is when it is nil.
	SchemaValidation *SchemaValidation
	Deprecation      optional.Optional[string]
}

func fromRow(row dbsqlc.EventType) (EventType, error) {
	samples, err := decodeSamples(row.Samples)
	if err != nil {
		return EventType{}, fmt.Errorf("read samples of event type %s: %w", id.EventType.From(row.ID), err)
	}

	return EventType{
		ID:               id.EventType.From(row.ID),
		OrganizationID:   id.Organization.From(row.OrganizationID),
		Name:             row.Name,
		Description:      row.Description,
		Group:            row.GroupName,
		Samples:          samples,
		DerivedFrom:      row.DerivedFrom,
		When:             row.DerivedWhen,
		SchemaValidation: SchemaValidation(row.SchemaValidation),
		Deprecation:      row.Deprecation,
		ArchivedAt:       row.ArchivedAt,
		CreatedAt:        row.CreatedAt,
		UpdatedAt:        row.UpdatedAt,
	}, nil
}

func schemaFromRow(row dbsqlc.EventTypeSchema) Schema {
	return Schema{Version: int(row.Version), Schema: row.Schema, CreatedAt: row.CreatedAt}
}
