package graph

import (
	"context"

	"github.com/surehook/surehook/graph/model"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/optional"
	"github.com/surehook/surehook/internal/organization"
)

func (r queryResolver) EventType(
	ctx context.Context, organizationID id.ID, name string,
) (*eventtype.EventType, error) {
	return found(r.types.GetByName(ctx, scope(ctx), organizationID, name))
}

func (r mutationResolver) CreateEventType(
	ctx context.Context, input eventtype.CreateInput,
) (*model.CreateEventTypePayload, error) {
	created, err := r.types.Create(ctx, scope(ctx), input)
	refused, err := outcome(err)

	return &model.CreateEventTypePayload{EventType: unless(refused, created), UserErrors: refused}, err
}

func (r mutationResolver) UpdateEventType(
	ctx context.Context, input model.UpdateEventTypeInput,
) (*model.UpdateEventTypePayload, error) {
	updated, err := r.types.Update(ctx, scope(ctx), eventtype.UpdateInput{
		ID:          input.ID,
		Description: optional.From(input.Description.ValueOK()),
		Group:       optional.From(input.Group.ValueOK()),
		Samples:     items(input.Samples),
		When:        input.When.Value(), SchemaValidation: input.SchemaValidation.Value(),
		Deprecation: optional.From(input.Deprecation.ValueOK()),
	})
	refused, err := outcome(err)

	return &model.UpdateEventTypePayload{EventType: unless(refused, updated), UserErrors: refused}, err
}

func (r mutationResolver) AddEventTypeSchema(
	ctx context.Context, input model.AddEventTypeSchemaInput,
) (*model.AddEventTypeSchemaPayload, error) {
	updated, incompatible, err := r.types.AddSchema(ctx, scope(ctx), input.EventTypeID, input.Schema)
	refused, err := outcome(err)

	return &model.AddEventTypeSchemaPayload{
		EventType: unless(refused, updated), IncompatibleSamples: incompatible, UserErrors: refused,
	}, err
}

func (r mutationResolver) ArchiveEventType(
	ctx context.Context, input model.ArchiveEventTypeInput,
) (*model.ArchiveEventTypePayload, error) {
	archived, err := r.types.Archive(ctx, scope(ctx), input.ID, input.Archived)
	refused, err := outcome(err)

	return &model.ArchiveEventTypePayload{EventType: unless(refused, archived), UserErrors: refused}, err
}

func (r eventTypeResolver) Organization(
	ctx context.Context, obj *eventtype.EventType,
) (*organization.Organization, error) {
	return load(ctx, loadersOf(ctx).organizations, obj.OrganizationID)
}

// Schema returns the newest, which is the first of all.
func (r eventTypeResolver) Schema(ctx context.Context, obj *eventtype.EventType) (*eventtype.Schema, error) {
	all, err := r.Schemas(ctx, obj)
	if err != nil || len(all) == 0 {
		return nil, err
	}

	return &all[0], nil
}

func (r eventTypeResolver) Schemas(ctx context.Context, obj *eventtype.EventType) ([]eventtype.Schema, error) {
	return loadOr(ctx, loadersOf(ctx).schemas, obj.ID, []eventtype.Schema{})
}

func (r queryResolver) OperationalEventTypes(context.Context) ([]eventtype.Operational, error) {
	return eventtype.Operationals(), nil
}
