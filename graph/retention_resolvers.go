package graph

import (
	"context"

	"github.com/surehook/surehook/graph/model"
	"github.com/surehook/surehook/internal/organization"
)

func (r mutationResolver) ExpungeEvent(
	ctx context.Context, input model.ExpungeEventInput,
) (*model.ExpungeEventPayload, error) {
	expunged, err := r.events.Expunge(ctx, scope(ctx), input.EventID)
	refused, err := outcome(err)

	return &model.ExpungeEventPayload{Event: unless(refused, expunged), UserErrors: refused}, err
}

func (r organizationLimitsResolver) RetentionDays(context.Context, *organization.Limits) (int, error) {
	return r.retention.LogDays, nil
}

func (r organizationLimitsResolver) PayloadRetentionDays(context.Context, *organization.Limits) (int, error) {
	return r.retention.PayloadDays, nil
}
