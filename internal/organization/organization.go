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
	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/profile"
	"github.com/surehook/surehook/internal/tenant"
)

// MaxNameLength is the limit of a name, in characters.
const MaxNameLength = 100

// Organization is a tenant.
type Organization struct {
	ID   id.ID
	Name string
	// Slug is the name used in addresses, unique on the platform.
	Slug   string
	Limits Limits
	// ManageRoles are those that may manage webhooks, ViewRoles those that may see them and the delivery log.
	ManageRoles []apikey.Role
	ViewRoles   []apikey.Role
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Limits are what an organization may use.
type Limits struct {
	MaxWebhooks int
	// MaxPublishPerMinute is how many calls of publishEvent or publishEvents are answered in a minute of the clock.
	MaxPublishPerMinute int
	// MaxPayloadBytes is the largest payload of an event, in bytes of compact JSON.
	MaxPayloadBytes int
	// AllowInsecureURLs tells whether webhooks may have URLs that start with http://.
	AllowInsecureURLs bool
}

// CreateInput describes a new tenant.
type CreateInput struct {
	Name string
	// Slug is made from the name when it is nil.
	Slug *string
	// Profile is that of the name [profile.Default] when it is nil.
	Profile *string
}

// Catalog adds event types to an organization.
type Catalog interface {
	CreateAll(
		ctx context.Context, q *dbsqlc.Queries, organization id.ID, maxPayloadBytes int, types []eventtype.CreateInput,
	) error
}

// Service keeps the tenants. It is safe for concurrent use.
type Service struct {
	pool     *db.Pool
	catalog  Catalog
	profiles *profile.Registry
	now      func() time.Time
}

// NewService returns a service that reads the time from now.
func NewService(pool *db.Pool, catalog Catalog, profiles *profile.Registry, now func() time.Time) *Service {
	return &Service{pool: pool, catalog: catalog, profiles: profiles, now: now}
}

// Create adds a tenant with everything that its profile brings along. Problems: REQUIRED, TOO_LONG and INVALID with the
// input, NOT_FOUND for the profile, ALREADY_EXISTS when the slug is taken. A slug made from the name is never taken: it
// gets a suffix when it would be.
func (s *Service) Create(ctx context.Context, in CreateInput) (Organization, error) {
	var problems problem.List

	problems.Text(in.Name, MaxNameLength, "name")

	if in.Slug != nil {
		checkSlug(&problems, *in.Slug)
	}

	name := profile.Default
	if in.Profile != nil {
		name = *in.Profile
	}

	chosen, ok := s.profiles.Get(name)
	if !ok {
		problems.Addf(problem.NotFound, "profile", "there is no profile %q", name)
	}

	if err := problems.Err(); err != nil {
		return Organization{}, err
	}

	if in.Slug != nil {
		created, taken, err := s.insert(ctx, in.Name, *in.Slug, chosen)
		if taken {
			return Organization{}, problem.New(problem.AlreadyExists, "this slug is taken", "slug")
		}

		return created, err
	}

	for _, slug := range slugsOf(in.Name) {
		created, taken, err := s.insert(ctx, in.Name, slug, chosen)
		if !taken {
			return created, err
		}
	}

	return Organization{}, errors.New("insert organization: every slug tried is taken")
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

// Filter says which tenants to list. What is nil does not matter.
type Filter struct {
	// Search is in the name or in the slug, in capitals or not, or is the id.
	Search *string
}

// List returns a page of all tenants. Only an operator may see it.
func (s *Service) List(ctx context.Context, f Filter, q page.Query) (page.Page[Organization], error) {
	list := page.From("organizations")

	if f.Search != nil {
		search(list, *f.Search)
	}

	found, err := page.Read(ctx, s.pool, list, q, page.Sure(fromRow))
	if err != nil {
		return found, fmt.Errorf("list organizations: %w", err)
	}

	return found, nil
}

func search(list *page.Select, text string) {
	if one, err := id.Parse(text); err == nil && one.Is(id.Organization) {
		list.Where("id = ?", one.UUID())

		return
	}

	if len(page.Storable([]string{text})) == 0 {
		list.Where("false")

		return
	}

	list.Where("(strpos(lower(name), lower(?)) > 0 OR strpos(slug, lower(?)) > 0)", text, text)
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

// errTaken says that a slug is taken.
var errTaken = errors.New("slug is taken")

// insert reports whether the slug was taken, in which case nothing was written.
func (s *Service) insert(
	ctx context.Context, name, slug string, of profile.Profile,
) (out Organization, taken bool, err error) {
	err = db.InTx(ctx, s.pool, func(q *dbsqlc.Queries) error {
		row, err := q.InsertOrganization(ctx, dbsqlc.InsertOrganizationParams{
			ID: id.New(id.Organization).UUID(), Name: name, Slug: slug, MaxWebhooks: int32(of.Limits.MaxWebhooks),
			MaxPublishPerMinute: int32(of.Limits.MaxPublishPerMinute), MaxPayloadBytes: int32(of.Limits.MaxPayloadBytes),
			AllowInsecureUrls: of.Limits.AllowInsecureURLs, ManageRoles: texts(of.Roles.Manage),
			ViewRoles: texts(of.Roles.View), Now: s.now(),
		})
		if errors.Is(err, pgx.ErrNoRows) {
			return errTaken
		}

		if err != nil {
			return fmt.Errorf("insert organization: %w", err)
		}

		out = fromRow(row)

		return s.adopt(ctx, q, out.ID, of)
	})
	if errors.Is(err, errTaken) {
		return Organization{}, true, nil
	}

	return out, false, err
}

func fromRow(row dbsqlc.Organization) Organization {
	return Organization{
		ID:   id.Organization.From(row.ID),
		Name: row.Name,
		Slug: row.Slug,
		Limits: Limits{
			MaxWebhooks:         int(row.MaxWebhooks),
			MaxPublishPerMinute: int(row.MaxPublishPerMinute),
			MaxPayloadBytes:     int(row.MaxPayloadBytes),
			AllowInsecureURLs:   row.AllowInsecureUrls,
		},
		ManageRoles: roles(row.ManageRoles),
		ViewRoles:   roles(row.ViewRoles),
		CreatedAt:   row.CreatedAt,
		UpdatedAt:   row.UpdatedAt,
	}
}
