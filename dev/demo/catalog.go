package demo

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

// catalogSource holds the event types of the documentation with their
// examples.
//
//go:embed catalog.json
var catalogSource []byte

// eventType is one entry of the demonstration's catalog.
type eventType struct {
	Description string   `json:"description"`
	Group       string   `json:"group"`
	Name        string   `json:"name"`
	Samples     []sample `json:"samples"`
}

// sample is an example of a payload.
type sample struct {
	Name    string          `json:"name"`
	Payload json.RawMessage `json:"payload"`
}

// createEventTypeInput is the input of that name.
type createEventTypeInput struct {
	eventType

	OrganizationID string `json:"organizationId"`
}

// catalog returns the event types. The source is compiled in, so a mistake in
// it is one of ours.
func catalog() []eventType {
	var types []eventType
	if err := json.Unmarshal(catalogSource, &types); err != nil {
		panic(fmt.Errorf("read the catalog compiled into the program: %w", err))
	}
	return types
}
