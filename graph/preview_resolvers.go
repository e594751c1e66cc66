package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/uuid"

	"github.com/surehook/surehook/graph/model"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/optional"
	"github.com/surehook/surehook/internal/preview"
	"github.com/surehook/surehook/internal/webhook"
)

func (r queryResolver) WebhookPreview(
	ctx context.Context, input model.WebhookPreviewInput,
) (*model.WebhookPreviewPayload, error) {
	result, err := r.previews.Preview(ctx, scope(ctx), preview.Input{
		Draft: webhook.DraftInput{
			UpdateInput: webhook.UpdateInput{
				ID:            given(input.WebhookID, id.Webhook),
				URL:           input.URL.Value(),
				CustomHeaders: items(input.CustomHeaders),
				Settings:      settingsChanges(input.Settings.Value()),
				Auth:          optional.From(input.Auth.ValueOK()),
			},
			OrganizationID: given(input.OrganizationID, id.Organization),
			Recipe:         input.Recipe.Value(),
			Subscriptions:  items(input.Subscriptions),
		},
		Event:    input.Event.Value(),
		EventIDs: input.EventIds.Value(),
		Last:     input.Last.Value(),
	})

	payload := model.WebhookPreviewPayload{Previews: result.Previews, Changes: result.Changes}
	if payload.UserErrors, err = outcome(err); err == nil && len(payload.UserErrors) == 0 {
		payload.Settings = &result.Settings
	}

	return &payload, err
}

// given returns the zero id for one that was left out, and an unknown one for one that is malformed, so that a draft of
// a webhook that is not there does not become one of a new webhook.
func given(one graphql.Omittable[*id.ID], kind id.Kind) id.ID {
	switch value := one.Value(); {
	case value == nil:
		return id.ID{}
	case value.IsZero():
		return kind.From(uuid.Nil)
	default:
		return *value
	}
}

func (r previewRequestResolver) Body(_ context.Context, obj *preview.Request) (string, error) {
	return string(obj.Body), nil
}
