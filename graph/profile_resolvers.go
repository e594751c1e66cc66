package graph

import (
	"context"

	"github.com/surehook/surehook/graph/model"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/profile"
	"github.com/surehook/surehook/internal/settings"
)

func (r queryResolver) Profiles(context.Context) ([]profile.Profile, error) {
	return r.organizations.Profiles(), nil
}

func (r queryResolver) SourceRanges(context.Context) ([]string, error) { return r.sourceRanges, nil }

func (r organizationResolver) Profile(
	ctx context.Context, obj *organization.Organization,
) (*profile.Profile, error) {
	return load(ctx, loadersOf(ctx).profiles, obj.ID)
}

func (r profileResolver) TestEventType(_ context.Context, obj *profile.Profile) (string, error) {
	return obj.TestEvent.EventType, nil
}

func (r profileResolver) Statuses(_ context.Context, obj *profile.Profile) ([]model.ProfileStatus, error) {
	out := make([]model.ProfileStatus, 0, len(obj.Statuses))
	for _, stage := range delivery.Stages() {
		out = append(out, model.ProfileStatus{Stage: stage, Name: obj.Statuses[string(stage)]})
	}

	return out, nil
}

func (r profileRulesResolver) Methods(_ context.Context, obj *settings.Rules) ([]settings.Method, error) {
	return obj.AllowedMethods(), nil
}

func (r profilePresentationResolver) StatusFilters(
	_ context.Context, obj *profile.Presentation,
) ([]delivery.Stage, error) {
	out := make([]delivery.Stage, len(obj.StatusFilters))
	for n, one := range obj.StatusFilters {
		out[n] = delivery.Stage(one)
	}

	return out, nil
}
