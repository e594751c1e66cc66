// Package profile is about profiles: data that describes a whole webhook system, from the shape of its requests to its
// catalog of event types and its own words. A profile is a YAML file that an operator can read, copy and change. No
// code knows the name of one, but for [Default].
//
// docs/profiles.md says how to write one, and profiles/schema.json what may be in it.
package profile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/settings"
)

// Default is the profile of an organization that names none. What another profile leaves out is as it is there.
const Default = "standard"

// Profile describes a webhook system. Profiles are shared: who has one must not change what its fields point to.
type Profile struct {
	// Name is a short word of lower case: [a-z][a-z0-9_-]{0,62}.
	Name        string `json:"name"`
	Title       string `json:"title"`
	Description string `json:"description"`
	// Settings are those of a webhook that changes none. They keep to the Rules.
	Settings  settings.Settings `json:"settings"`
	Rules     settings.Rules    `json:"rules"`
	Limits    Limits            `json:"limits"`
	Roles     Roles             `json:"roles"`
	TestEvent TestEvent         `json:"testEvent"`
	// Statuses are the system's own words for the statuses of deliveries: PENDING, SENDING, RETRYING, SUCCEEDED, FAILED,
	// HELD and CANCELED. All seven are there.
	Statuses map[string]string `json:"statuses"`
	// Presentation is what pages show. It is zero for an organization that is older than it.
	Presentation Presentation `json:"presentation,omitzero"`
	Help         []Help       `json:"help"`
	EventTypes   []EventType  `json:"eventTypes"`
	Recipes      []Recipe     `json:"recipes"`
	// Document is all of this as compact JSON, for [Parse].
	Document json.RawMessage `json:"-"`
}

// Limits are what an organization gets.
type Limits struct {
	MaxWebhooks int `json:"maxWebhooks"`
	// MaxPublishPerMinute is how many publish requests are answered in a minute.
	MaxPublishPerMinute int `json:"maxPublishPerMinute"`
	// MaxPayloadBytes is the largest payload of an event, in bytes of compact JSON.
	MaxPayloadBytes int `json:"maxPayloadBytes"`
	// AllowInsecureURLs tells whether URLs may start with http://.
	AllowInsecureURLs bool `json:"allowInsecureUrls"`
}

// Roles say who may do what with webhooks. Who may manage them may also view them.
type Roles struct {
	Manage []apikey.Role `json:"manage"`
	View   []apikey.Role `json:"view"`
}

// TestEvent is what a test sends.
type TestEvent struct {
	// EventType need not be in the catalog.
	EventType string `json:"eventType"`
	// Data is a CEL expression that makes the event's data.
	Data string `json:"data"`
}

// Help is a short text for people who set up webhooks.
type Help struct {
	Title string `json:"title"`
	Text  string `json:"text"`
}

// EventType is a type in the catalog that an organization starts with.
type EventType struct {
	Name        string `json:"name"`
	Group       string `json:"group,omitempty"`
	Description string `json:"description,omitempty"`
	// Schema is a JSON Schema as compact JSON. Without one, any object will do.
	Schema  json.RawMessage    `json:"schema,omitempty"`
	Samples []eventtype.Sample `json:"samples"`
	// SchemaValidation is what happens to events that do not match: OFF, WARN, REJECT or QUARANTINE. For a derived type
	// it has no meaning, and is REJECT.
	SchemaValidation eventtype.SchemaValidation `json:"schemaValidation"`
	// Deprecation says why the type should no longer be used. Empty when it may be.
	Deprecation string `json:"deprecation,omitempty"`
	// DerivedFrom is the type that this one is made from, which is not itself derived. It is checked against the schema
	// of that one. Empty when it is published by itself.
	DerivedFrom string `json:"derivedFrom,omitempty"`
	// When is a CEL condition: from which events of that type. Empty when there is none.
	When string `json:"when,omitempty"`
}

// Recipe is a preset for new webhooks.
type Recipe struct {
	// Name is unique in the profile, and of the same form as a profile's.
	Name        string `json:"name"`
	Title       string `json:"title"`
	Description string `json:"description"`
	// URLHint is what the URL of such a webhook looks like.
	URLHint string `json:"urlHint"`
	// EventTypes are names of the catalog, or patterns. None means that it is for the user to choose.
	EventTypes []string `json:"eventTypes"`
	// Settings are complete, and keep to the rules of the profile.
	Settings settings.Settings `json:"settings"`
}

// Recipe returns the recipe of a name, and whether there is one.
func (p Profile) Recipe(name string) (Recipe, bool) {
	for _, one := range p.Recipes {
		if one.Name == name {
			return one, true
		}
	}

	return Recipe{}, false
}

// Parse reads a profile from its Document, or from JSON that says the same with other white space. It is for what a
// [Registry] has accepted before, so it does not check it again.
func Parse(document []byte) (Profile, error) {
	var text bytes.Buffer

	if err := json.Compact(&text, document); err != nil {
		return Profile{}, fmt.Errorf("read profile: %w", err)
	}

	var p Profile

	if err := json.Unmarshal(text.Bytes(), &p); err != nil {
		return Profile{}, fmt.Errorf("read profile: %w", err)
	}

	if p.Name == "" {
		return Profile{}, errors.New("read profile: it has no name")
	}

	var err error
	if p.Document, err = encode(p); err != nil {
		return Profile{}, fmt.Errorf("write profile %s: %w", p.Name, err)
	}

	return p, nil
}

// encode writes compact JSON without the escapes that are for web pages.
func encode(value any) (json.RawMessage, error) {
	var out bytes.Buffer

	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)

	if err := encoder.Encode(value); err != nil {
		return nil, err
	}

	return bytes.TrimRight(out.Bytes(), "\n"), nil
}
