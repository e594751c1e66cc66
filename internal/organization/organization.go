// Package organization is about tenants: who they are and what they may use.
package organization

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
)

// MaxNameLength is the limit of a name, in characters.
const MaxNameLength = 100

// Organization is a tenant.
type Organization struct {
	ID   id.ID
	Name string
	// Slug is the name used in addresses, unique on the platform.
	Slug string
	// MaxPayloadBytes is the largest payload of an event, in bytes of compact JSON.
	MaxPayloadBytes int
	CreatedAt       time.Time
	UpdatedAt       time.Time
}

// CreateInput describes a new tenant.
type CreateInput struct {
	Name string
	// Slug is made from the name when it is nil.
	Slug *string
}

// UpdateInput describes changes to a tenant. What is nil stays as it is.
type UpdateInput struct {
	ID   id.ID
	Name *string
}

// Service keeps the tenants. It is safe for concurrent use.
type Service struct {
	pool *db.Pool
	now  func() time.Time
}

// NewService returns a service that reads the time from now.
func NewService(pool *db.Pool, now func() time.Time) *Service { return &Service{pool: pool, now: now} }

// Create adds a tenant. Problems: REQUIRED, TOO_LONG and INVALID with the input, ALREADY_EXISTS when the slug is taken.
// A slug made from the name is never taken: it gets a suffix when it would be.
func (s *Service) Create(ctx context.Context, in CreateInput) (Organization, error) {
	var problems problem.List

	problems.Text(in.Name, MaxNameLength, "name")

	if in.Slug != nil {
		checkSlug(&problems, *in.Slug)
	}

	if err := problems.Err(); err != nil {
		return Organization{}, err
	}

	params := dbsqlc.InsertOrganizationParams{ID: id.New(id.Organization).UUID(), Name: in.Name, Now: s.now()}

	if in.Slug != nil {
		params.Slug = *in.Slug

		created, taken, err := s.insert(ctx, params)
		if taken {
			return Organization{}, problem.New(problem.AlreadyExists, "this slug is taken", "slug")
		}

		return created, err
	}

	for _, slug := range slugsOf(in.Name) {
		params.Slug = slug

		created, taken, err := s.insert(ctx, params)
		if !taken {
			return created, err
		}
	}

	return Organization{}, errors.New("insert organization: every slug tried is taken")
}

// Update changes a tenant. Problems: NOT_FOUND, and REQUIRED, TOO_LONG and INVALID with the input.
func (s *Service) Update(ctx context.Context, scope tenant.Scope, in UpdateInput) (Organization, error) {
	if !in.ID.Is(id.Organization) || !scope.Allows(in.ID) {
		return Organization{}, problem.Missing("organization", "id")
	}

	var problems problem.List

	if in.Name != nil {
		problems.Text(*in.Name, MaxNameLength, "name")
	}

	if err := problems.Err(); err != nil {
		return Organization{}, err
	}

	if in.Name == nil {
		return s.find(ctx, in.ID, "id")
	}

	row, err := dbsqlc.New(s.pool).UpdateOrganization(ctx, dbsqlc.UpdateOrganizationParams{
		ID: in.ID.UUID(), Name: in.Name, Now: s.now(),
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return Organization{}, problem.Missing("organization", "id")
	}

	if err != nil {
		return Organization{}, fmt.Errorf("update organization: %w", err)
	}

	return fromRow(row), nil
}

// Get returns a tenant. Problem: NOT_FOUND.
func (s *Service) Get(ctx context.Context, scope tenant.Scope, organization id.ID) (Organization, error) {
	if !scope.Allows(organization) {
		return Organization{}, problem.Missing("organization")
	}

	return s.find(ctx, organization)
}

// ByIDs returns those of the tenants that exist. It is for loaders and does not check whose they are.
func (s *Service) ByIDs(ctx context.Context, ids []id.ID) (map[id.ID]Organization, error) {
	rows, err := dbsqlc.New(s.pool).OrganizationsByID(ctx, id.UUIDs(ids))
	if err != nil {
		return nil, fmt.Errorf("load organizations: %w", err)
	}

	found := make(map[id.ID]Organization, len(rows))

	for _, row := range rows {
		one := fromRow(row)
		found[one.ID] = one
	}

	return found, nil
}

// List returns a page of all tenants. Only an operator may see it.
func (s *Service) List(ctx context.Context, q page.Query) (page.Page[Organization], error) {
	found, err := page.Read(ctx, s.pool, page.From("organizations"), q, page.Sure(fromRow))
	if err != nil {
		return found, fmt.Errorf("list organizations: %w", err)
	}

	return found, nil
}

func (s *Service) find(ctx context.Context, organization id.ID, field ...string) (Organization, error) {
	found, err := s.ByIDs(ctx, []id.ID{organization})
	if err != nil {
		return Organization{}, err
	}

	one, ok := found[organization]
	if !ok {
		return Organization{}, problem.Missing("organization", field...)
	}

	return one, nil
}

// insert reports whether the slug was taken, in which case nothing was written.
func (s *Service) insert(ctx context.Context, params dbsqlc.InsertOrganizationParams) (Organization, bool, error) {
	row, err := dbsqlc.New(s.pool).InsertOrganization(ctx, params)
	if errors.Is(err, pgx.ErrNoRows) {
		return Organization{}, true, nil
	}

	if err != nil {
		return Organization{}, false, fmt.Errorf("insert organization: %w", err)
	}

	return fromRow(row), false, nil
}

func fromRow(row dbsqlc.Organization) Organization {
	return Organization{
		ID:              id.Organization.From(row.ID),
		Name:            row.Name,
		Slug:            row.Slug,
		MaxPayloadBytes: int(row.MaxPayloadBytes),
		CreatedAt:       row.CreatedAt,
		UpdatedAt:       row.UpdatedAt,
	}
}
