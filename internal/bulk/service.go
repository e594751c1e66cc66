package bulk

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/expression"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/keeper"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
	"github.com/surehook/surehook/internal/webhook"
)

// dueAtOnce is how many neglected jobs one look finds; the rest is found by the next.
const dueAtOnce = 100

// Service starts jobs, steers them and runs their steps. It is safe for concurrent use.
type Service struct {
	pool       *db.Pool
	deliveries *delivery.Service
	events     *event.Service
	webhooks   *webhook.Service
	// expressions are the compiled filters.
	expressions *expression.Cache
	retention   time.Duration
	log         *slog.Logger
	now         func() time.Time
}

// Parts are what a service works with.
type Parts struct {
	Deliveries  *delivery.Service
	Events      *event.Service
	Webhooks    *webhook.Service
	Expressions *expression.Cache
	// Retention is how long the log is kept. Jobs reach no further back. 0: for ever.
	Retention time.Duration
	Log       *slog.Logger
	Now       func() time.Time
}

// NewService makes a service.
func NewService(pool *db.Pool, parts Parts) *Service {
	return &Service{
		pool: pool, deliveries: parts.Deliveries, events: parts.Events, webhooks: parts.Webhooks,
		expressions: parts.Expressions, retention: parts.Retention, log: parts.Log, now: parts.Now,
	}
}

// Get returns a job. Problem: NOT_FOUND.
func (s *Service) Get(ctx context.Context, scope tenant.Scope, operation id.ID) (Operation, error) {
	found, err := s.ByIDs(ctx, []id.ID{operation})
	if err != nil {
		return Operation{}, err
	}

	one, ok := found[operation]
	if !ok || !scope.Allows(one.OrganizationID) {
		return Operation{}, problem.Missing("bulk operation", "id")
	}

	return one, nil
}

// ByIDs returns the jobs that exist. It is for loaders and does not check whose they are.
func (s *Service) ByIDs(ctx context.Context, ids []id.ID) (map[id.ID]Operation, error) {
	rows, err := dbsqlc.New(s.pool).BulkOperationsByID(ctx, id.UUIDs(ids))
	if err != nil {
		return nil, fmt.Errorf("load bulk operations: %w", err)
	}

	out := make(map[id.ID]Operation, len(rows))

	for _, row := range rows {
		one, err := fromRow(row)
		if err != nil {
			return nil, err
		}

		out[one.ID] = one
	}

	return out, nil
}

// List returns a page of an organization's jobs. Problem: NOT_FOUND for the organization.
func (s *Service) List(
	ctx context.Context, scope tenant.Scope, organization id.ID, q page.Query,
) (page.Page[Operation], error) {
	if !scope.Allows(organization) {
		return page.Page[Operation]{}, problem.Missing("organization")
	}

	list := page.From("bulk_operations").Where("organization_id = ?", organization.UUID())

	found, err := page.Read(ctx, s.pool, list, q, fromRow)
	if err != nil {
		return found, fmt.Errorf("list bulk operations: %w", err)
	}

	return found, nil
}

// Due returns running jobs that nobody looks after: see package keeper.
func (s *Service) Due(ctx context.Context) ([]id.ID, error) {
	found, err := dbsqlc.New(s.pool).NeglectedBulkOperations(ctx, dbsqlc.NeglectedBulkOperationsParams{
		Before: s.now().Add(-keeper.Neglected), AtMost: dueAtOnce,
	})
	if err != nil {
		return nil, fmt.Errorf("find neglected bulk operations: %w", err)
	}

	out := make([]id.ID, len(found))
	for n, one := range found {
		out[n] = id.BulkOperation.From(one)
	}

	return out, nil
}
