package graph

import (
	"context"

	"github.com/surehook/surehook/graph/model"
	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/organization"
)

func (r mutationResolver) CreateAPIKey(
	ctx context.Context, input apikey.CreateInput,
) (*model.CreateAPIKeyPayload, error) {
	created, token, err := r.keys.Create(ctx, scope(ctx), input)
	refused, err := outcome(err)

	return &model.CreateAPIKeyPayload{
		APIKey: unless(refused, created), Token: unless(refused, token), UserErrors: refused,
	}, err
}

func (r mutationResolver) RevokeAPIKey(
	ctx context.Context, input model.RevokeAPIKeyInput,
) (*model.RevokeAPIKeyPayload, error) {
	revoked, err := r.keys.Revoke(ctx, scope(ctx), input.ID)
	refused, err := outcome(err)

	return &model.RevokeAPIKeyPayload{APIKey: unless(refused, revoked), UserErrors: refused}, err
}

func (r apiKeyResolver) Organization(ctx context.Context, obj *apikey.Key) (*organization.Organization, error) {
	return organizationOfKey(ctx, *obj)
}

// organizationOfKey returns nil for a platform key.
func organizationOfKey(ctx context.Context, key apikey.Key) (*organization.Organization, error) {
	if key.OrganizationID == nil {
		return nil, nil
	}

	return load(ctx, loadersOf(ctx).organizations, *key.OrganizationID)
}
