package profile

import (
	"encoding/json"

	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/optional"
	"github.com/surehook/surehook/internal/settings"
	"github.com/surehook/surehook/internal/signing"
)

// source is a profile as it is written. Its settings are laid over those of another, and everything else over what the
// embedded profile has already.
type source struct {
	*Profile

	Settings layer          `json:"settings"`
	Recipes  []recipeSource `json:"recipes"`
}

type recipeSource struct {
	Recipe

	Settings layer `json:"settings"`
}

// layer is settings of which some are left out. Its names are those of [settings.Settings] in JSON, for which
// encoding/json does not mind upper and lower case.
type layer struct {
	Method               *settings.Method
	TimeoutSeconds       *int
	Envelope             *string
	Query                *[]settings.Parameter
	Sections             *[]settings.SectionChange
	Signatures           *[]signing.Profile
	RetryPolicy          *settings.RetryChanges
	AutoDisable          *settings.AutoDisableChanges
	SecretRotation       *settings.RotationChanges
	MaxRequestsPerSecond *int
	Breaker              *settings.BreakerChanges
}

// over returns the settings with those of the layer in their places.
func (l layer) over(base settings.Settings) settings.Settings {
	return base.With(base, settings.Changes{
		Method:               given(l.Method),
		TimeoutSeconds:       given(l.TimeoutSeconds),
		Envelope:             given(l.Envelope),
		Query:                given(l.Query),
		Sections:             given(l.Sections),
		Signatures:           given(l.Signatures),
		RetryPolicy:          given(l.RetryPolicy),
		AutoDisable:          given(l.AutoDisable),
		SecretRotation:       given(l.SecretRotation),
		MaxRequestsPerSecond: given(l.MaxRequestsPerSecond),
		Breaker:              given(l.Breaker),
	})
}

func given[T any](value *T) optional.Optional[T] { return optional.From(value, value != nil) }

// resolve makes a whole profile of a document in the right format. The base fills in what it leaves out; the zero
// Profile is no base.
func resolve(document []byte, base Profile) (Profile, error) {
	p := Profile{}

	if base.Name != "" {
		var err error
		if p, err = Parse(base.Document); err != nil { // a copy, to write into
			return Profile{}, err
		}
	}

	// These are a profile's own.
	p.Description, p.Help, p.EventTypes, p.Recipes = "", nil, nil, nil

	from := source{Profile: &p}
	if err := json.Unmarshal(document, &from); err != nil {
		return Profile{}, err
	}

	p.Settings = tidy(from.Settings.over(p.Settings))

	for _, one := range from.Recipes {
		recipe := one.Recipe
		recipe.Settings = tidy(one.Settings.over(p.Settings))
		recipe.EventTypes = list(recipe.EventTypes)
		p.Recipes = append(p.Recipes, recipe)
	}

	for n := range p.EventTypes {
		one := &p.EventTypes[n]
		one.Samples = list(one.Samples)

		if one.SchemaValidation == "" {
			one.SchemaValidation = eventtype.Reject
		}
	}

	p.Help, p.EventTypes, p.Recipes = list(p.Help), list(p.EventTypes), list(p.Recipes)
	p.Presentation = p.Presentation.tidy()

	whole, err := encode(p)
	if err != nil {
		return Profile{}, err
	}

	return Parse(whole)
}

// tidy writes every list that is empty as a list.
func tidy(s settings.Settings) settings.Settings {
	s.Query, s.Sections, s.Signatures = list(s.Query), list(s.Sections), list(s.Signatures)
	s.RetryPolicy.DelaysSeconds, s.RetryPolicy.RetryOn = list(s.RetryPolicy.DelaysSeconds), list(s.RetryPolicy.RetryOn)

	return s
}

func list[T any](items []T) []T {
	if items == nil {
		return []T{}
	}

	return items
}
