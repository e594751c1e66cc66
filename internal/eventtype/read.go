package eventtype

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
)

// Get returns an event type, archived or not. Problem: NOT_FOUND.
func (s *Service) Get(ctx context.Context, scope tenant.Scope, eventType id.ID) (EventType, error) {
	return s.find(ctx, scope, eventType)
}

// GetByName returns the event type of that name in the organization's catalog, archived or not. Problem: NOT_FOUND.
func (s *Service) GetByName(
	ctx context.Context, scope tenant.Scope, organization id.ID, name string,
) (EventType, error) {
	// A text that cannot be a name may be one that Postgres does not take either.
	if !organization.Is(id.Organization) || !scope.Allows(organization) || !ValidName(name) {
		return EventType{}, problem.Missing("event type")
	}

	row, err := dbsqlc.New(s.pool).EventTypeByName(ctx, dbsqlc.EventTypeByNameParams{
		OrganizationID: organization.UUID(), Name: name,
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return EventType{}, problem.Missing("event type")
	}

	if err != nil {
		return EventType{}, fmt.Errorf("look up event type: %w", err)
	}

	return fromRow(row)
}

// ByIDs returns those of the event types that exist, archived ones included. It is for loaders and does not check whose
// they are.
func (s *Service) ByIDs(ctx context.Context, ids []id.ID) (map[id.ID]EventType, error) {
	rows, err := dbsqlc.New(s.pool).EventTypesByID(ctx, id.UUIDs(ids))
	if err != nil {
		return nil, fmt.Errorf("load event types: %w", err)
	}

	found := make(map[id.ID]EventType, len(rows))

	for _, row := range rows {
		one, err := fromRow(row)
		if err != nil {
			return nil, err
		}

		found[one.ID] = one
	}

	return found, nil
}

// Filter says which event types to list.
type Filter struct {
	IncludeArchived bool
	// Search is in the name, in capitals or not. Nil does not matter.
	Search *string
}

// List returns a page of an organization's catalog. Problem: NOT_FOUND for the organization.
func (s *Service) List(
	ctx context.Context, scope tenant.Scope, organization id.ID, f Filter, q page.Query,
) (page.Page[EventType], error) {
	if !organization.Is(id.Organization) || !scope.Allows(organization) {
		return page.Page[EventType]{}, problem.Missing("organization")
	}

	list := page.From("event_types").Where("organization_id = ?", organization.UUID())
	if !f.IncludeArchived {
		list.Where("archived_at IS NULL")
	}

	switch {
	case f.Search == nil:
	case len(page.Storable([]string{*f.Search})) == 0:
		list.Where("false")
	default:
		list.Where("strpos(lower(name), lower(?)) > 0", *f.Search)
	}

	found, err := page.Read(ctx, s.pool, list, q, fromRow)
	if err != nil {
		return found, fmt.Errorf("list event types: %w", err)
	}

	return found, nil
}

func (s *Service) find(
	ctx context.Context, scope tenant.Scope, eventType id.ID, field ...string,
) (EventType, error) {
	missing := problem.Missing("event type", field...)

	if !eventType.Is(id.EventType) {
		return EventType{}, missing
	}

	row, err := dbsqlc.New(s.pool).EventTypeByID(ctx, eventType.UUID())
	if errors.Is(err, pgx.ErrNoRows) {
		return EventType{}, missing
	}

	if err != nil {
		return EventType{}, fmt.Errorf("look up event type: %w", err)
	}

	if !scope.Allows(id.Organization.From(row.OrganizationID)) {
		return EventType{}, missing
	}

	return fromRow(row)
}
