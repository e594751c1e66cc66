package apikey

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
)

// operatorKeyName is what people see of a key that came from the configuration.
const operatorKeyName = "Operator key of the configuration"

// Service keeps the keys. It is safe for concurrent use.
type Service struct {
	pool  *db.Pool
	now   func() time.Time
	cache *cache
}

// NewService returns a service that reads the time from now.
func NewService(pool *db.Pool, now func() time.Time) *Service {
	return &Service{pool: pool, now: now, cache: newCache()}
}

// Create makes a key and returns it with its token, which cannot be had again. Only [tenant.All] can make a platform
// key. Problems: NOT_FOUND for the organization, and REQUIRED, TOO_LONG and INVALID with the input.
func (s *Service) Create(ctx context.Context, scope tenant.Scope, in CreateInput) (Key, string, error) {
	now := s.now()

	problems, err := s.check(ctx, scope, in, now)
	if err != nil {
		return Key{}, "", err
	}

	if err := problems.Err(); err != nil {
		return Key{}, "", err
	}

	key := id.New(id.APIKey)
	token := newToken(key)

	_, secretHash, err := Parse(token)
	if err != nil {
		return Key{}, "", fmt.Errorf("read the token just made: %w", err)
	}

	params := dbsqlc.InsertAPIKeyParams{
		ID: key.UUID(), Name: in.Name, Role: string(in.Role), Prefix: publicPart(key), SecretHash: secretHash[:],
		Now: now, ExpiresAt: in.ExpiresAt,
	}

	if in.OrganizationID != nil {
		owner := in.OrganizationID.UUID()
		params.OrganizationID = &owner
	}

	row, err := dbsqlc.New(s.pool).InsertAPIKey(ctx, params)
	if err != nil {
		return Key{}, "", fmt.Errorf("insert API key: %w", err)
	}

	return fromRow(row), token, nil
}

// EnsureOperator makes the token that of a platform key with the role OPERATOR, unless it is one already. It does not
// bring back a key that was revoked: look at RevokedAt of what it returns. Errors: [ErrMalformed], [ErrTaken].
func (s *Service) EnsureOperator(ctx context.Context, token string) (Key, error) {
	key, secretHash, err := Parse(token)
	if err != nil {
		return Key{}, err
	}

	queries := dbsqlc.New(s.pool)

	err = queries.InsertAPIKeyIfNew(ctx, dbsqlc.InsertAPIKeyIfNewParams{
		ID: key.UUID(), Name: operatorKeyName, Role: string(Operator), Prefix: publicPart(key),
		SecretHash: secretHash[:], Now: s.now(),
	})
	if err != nil {
		return Key{}, fmt.Errorf("insert operator key: %w", err)
	}

	row, err := queries.APIKeyByID(ctx, key.UUID())
	if err != nil {
		return Key{}, fmt.Errorf("read operator key: %w", err)
	}

	if !sameHash(row.SecretHash, secretHash) || Role(row.Role) != Operator {
		return Key{}, ErrTaken
	}

	return fromRow(row), nil
}

// Revoke makes a key useless: in this process at once, in others within two seconds. To revoke a revoked key changes
// nothing. Problem: NOT_FOUND, also for a platform key that the scope does not cover.
func (s *Service) Revoke(ctx context.Context, scope tenant.Scope, key id.ID) (Key, error) {
	if _, err := s.find(ctx, scope, key, "id"); err != nil {
		return Key{}, err
	}

	now := s.now()

	row, err := dbsqlc.New(s.pool).RevokeAPIKey(ctx, dbsqlc.RevokeAPIKeyParams{ID: key.UUID(), Now: &now})
	// Also after a failure: the statement may have been carried out and only its answer lost.
	s.cache.drop(key.UUID())

	if err != nil {
		return Key{}, fmt.Errorf("revoke API key: %w", err)
	}

	return fromRow(row), nil
}

// Get returns a key. Problem: NOT_FOUND, also for a platform key that the scope does not cover.
func (s *Service) Get(ctx context.Context, scope tenant.Scope, key id.ID) (Key, error) {
	return s.find(ctx, scope, key)
}

// ByIDs returns those of the keys that exist, revoked ones included. It is for loaders and does not check whose they
// are.
func (s *Service) ByIDs(ctx context.Context, ids []id.ID) (map[id.ID]Key, error) {
	rows, err := dbsqlc.New(s.pool).APIKeysByID(ctx, id.UUIDs(ids))
	if err != nil {
		return nil, fmt.Errorf("load API keys: %w", err)
	}

	found := make(map[id.ID]Key, len(rows))

	for _, row := range rows {
		one := fromRow(row)
		found[one.ID] = one
	}

	return found, nil
}

// List returns a page of an organization's keys, revoked ones included. Problem: NOT_FOUND for the organization.
func (s *Service) List(
	ctx context.Context, scope tenant.Scope, organization id.ID, q page.Query,
) (page.Page[Key], error) {
	if !organization.Is(id.Organization) || !scope.Allows(organization) {
		return page.Page[Key]{}, problem.Missing("organization")
	}

	list := page.From("api_keys").Where("organization_id = ?", organization.UUID())

	found, err := page.Read(ctx, s.pool, list, q, page.Sure(fromRow))
	if err != nil {
		return found, fmt.Errorf("list API keys: %w", err)
	}

	return found, nil
}

func (s *Service) check(
	ctx context.Context, scope tenant.Scope, in CreateInput, now time.Time,
) (problem.List, error) {
	var problems problem.List

	platform := in.OrganizationID == nil

	problems.Text(in.Name, MaxNameLength, "name")

	switch {
	case isRole(in.Role, platform):
	case platform:
		problems.Add(problem.Invalid, "must be OPERATOR for a platform key", "role")
	default:
		problems.Add(problem.Invalid, "must be ADMIN, DEVELOPER, PUBLISHER or VIEWER for an organization's key", "role")
	}

	if in.ExpiresAt != nil && !in.ExpiresAt.After(now) {
		problems.Add(problem.Invalid, "must be in the future", "expiresAt")
	}

	if platform {
		if scope != tenant.All() {
			problems.Add(problem.Required, "must be given: only an operator may make a platform key", "organizationId")
		}

		return problems, nil
	}

	there, err := s.organizationExists(ctx, scope, *in.OrganizationID)
	if err != nil {
		return nil, err
	}

	if !there {
		problems.Add(problem.NotFound, "there is no such organization", "organizationId")
	}

	return problems, nil
}

func (s *Service) organizationExists(ctx context.Context, scope tenant.Scope, organization id.ID) (bool, error) {
	if !organization.Is(id.Organization) || !scope.Allows(organization) {
		return false, nil
	}

	found, err := dbsqlc.New(s.pool).OrganizationsByID(ctx, []uuid.UUID{organization.UUID()})
	if err != nil {
		return false, fmt.Errorf("look up organization: %w", err)
	}

	return len(found) > 0, nil
}

func (s *Service) find(ctx context.Context, scope tenant.Scope, key id.ID, field ...string) (Key, error) {
	missing := problem.Missing("API key", field...)

	if !key.Is(id.APIKey) {
		return Key{}, missing
	}

	row, err := dbsqlc.New(s.pool).APIKeyByID(ctx, key.UUID())
	if errors.Is(err, pgx.ErrNoRows) {
		return Key{}, missing
	}

	if err != nil {
		return Key{}, fmt.Errorf("look up API key: %w", err)
	}

	one := fromRow(row)
	if !visible(scope, one) {
		return Key{}, missing
	}

	return one, nil
}
