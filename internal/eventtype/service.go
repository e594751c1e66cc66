package eventtype

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
)

// Service keeps the catalogs. It is safe for concurrent use.
type Service struct {
	pool  *db.Pool
	now   func() time.Time
	cache *cache
}

// NewService returns a service that reads the time from now.
func NewService(pool *db.Pool, now func() time.Time) *Service {
	return &Service{pool: pool, now: now, cache: newCache()}
}

// locked runs do in a transaction in which nobody else changes the event type.
func (s *Service) locked(
	ctx context.Context, found EventType, do func(q *dbsqlc.Queries, row dbsqlc.EventType) error,
) error {
	return db.InTx(ctx, s.pool, func(q *dbsqlc.Queries) error {
		row, err := q.LockEventType(ctx, dbsqlc.LockEventTypeParams{
			OrganizationID: found.OrganizationID.UUID(), ID: found.ID.UUID(),
		})
		if err != nil {
			return fmt.Errorf("lock event type: %w", err)
		}

		return do(q, row)
	})
}

func (s *Service) organization(
	ctx context.Context, scope tenant.Scope, organization id.ID,
) (dbsqlc.Organization, error) {
	missing := problem.Missing("organization", "organizationId")

	if !organization.Is(id.Organization) || !scope.Allows(organization) {
		return dbsqlc.Organization{}, missing
	}

	found, err := dbsqlc.New(s.pool).OrganizationsByID(ctx, []uuid.UUID{organization.UUID()})
	if err != nil {
		return dbsqlc.Organization{}, fmt.Errorf("look up organization: %w", err)
	}

	if len(found) == 0 {
		return dbsqlc.Organization{}, missing
	}

	return found[0], nil
}
