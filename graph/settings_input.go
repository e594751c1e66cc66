package graph

import (
	"github.com/99designs/gqlgen/graphql"

	"github.com/surehook/surehook/graph/model"
	"github.com/surehook/surehook/internal/optional"
	"github.com/surehook/surehook/internal/settings"
)

// settingsChanges returns what somebody wants of a webhook's settings to be different.
func settingsChanges(input *model.WebhookSettingsInput) settings.Changes {
	if input == nil {
		return settings.Changes{}
	}

	return settings.Changes{
		Method:               optional.From(input.Method.ValueOK()),
		TimeoutSeconds:       optional.From(input.TimeoutSeconds.ValueOK()),
		Envelope:             optional.From(input.Envelope.ValueOK()),
		Query:                list(input.Query),
		Sections:             list(input.Sections),
		Signatures:           list(input.Signatures),
		RetryPolicy:          optional.From(input.RetryPolicy.ValueOK()),
		AutoDisable:          optional.From(input.AutoDisable.ValueOK()),
		SecretRotation:       optional.From(input.SecretRotation.ValueOK()),
		MaxRequestsPerSecond: optional.From(input.MaxRequestsPerSecond.ValueOK()),
		Breaker:              optional.From(input.Breaker.ValueOK()),
	}
}

// list tells a list that was given from one that was given as null.
func list[T any](given graphql.Omittable[[]T]) optional.Optional[[]T] {
	switch value, set := given.ValueOK(); {
	case !set:
		return optional.Optional[[]T]{}
	case value == nil:
		return optional.Null[[]T]()
	default:
		return optional.Of(value)
	}
}
