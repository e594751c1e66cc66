package event

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/expression"
	"github.com/surehook/surehook/internal/group"
	"github.com/surehook/surehook/internal/id"
)

// How publishers share commits: a few connections write, each as many calls as are waiting.
const (
	commitWriters = 4
	commitBatch   = 64
)

// Service publishes events and reads them. It is safe for concurrent use.
type Service struct {
	pool       *db.Pool
	types      *eventtype.Service
	owners     Organizations
	webhooks   Webhooks
	dispatcher delivery.Dispatcher
	// expressions are the compiled filters and conditions.
	expressions *expression.Cache
	quota       *quota
	log         *slog.Logger
	now         func() time.Time
	plans       *group.Group[planKey, plan]
	commits     *group.Group[[]*draftEvent, map[uuid.UUID]bool]
}

// Parts are what a service works with.
type Parts struct {
	Types         *eventtype.Service
	Organizations Organizations
	Webhooks      Webhooks
	Dispatcher    delivery.Dispatcher
	Expressions   *expression.Cache
	Log           *slog.Logger
	Now           func() time.Time
}

// NewService makes a service. It must be closed.
func NewService(pool *db.Pool, parts Parts) *Service {
	s := &Service{
		pool: pool, types: parts.Types, owners: parts.Organizations, webhooks: parts.Webhooks, dispatcher: parts.Dispatcher,
		expressions: parts.Expressions, quota: newQuota(pool, parts.Now), log: parts.Log, now: parts.Now,
	}
	s.plans = group.New(planReaders, planBatch, s.readPlans)
	s.commits = group.New(commitWriters, commitBatch, s.write)

	return s
}

// Close commits what is waiting.
func (s *Service) Close() {
	s.plans.Close()
	s.commits.Close()
}

// ByIDs returns the events that exist.
func (s *Service) ByIDs(ctx context.Context, ids []id.ID) (map[id.ID]Event, error) {
	rows, err := dbsqlc.New(s.pool).EventsByID(ctx, id.UUIDs(ids))
	if err != nil {
		return nil, fmt.Errorf("load events: %w", err)
	}

	out := make(map[id.ID]Event, len(rows))

	for _, row := range rows {
		one := withPayload(row)
		out[one.ID] = one
	}

	return out, nil
}

// Derived returns the events that were derived from each of the events, the oldest first, without their payloads.
func (s *Service) Derived(ctx context.Context, sources []id.ID) (map[id.ID][]Event, error) {
	rows, err := dbsqlc.New(s.pool).EventsDerivedFrom(ctx, id.UUIDs(sources))
	if err != nil {
		return nil, fmt.Errorf("load derived events: %w", err)
	}

	out := make(map[id.ID][]Event, len(sources))

	for _, row := range rows {
		one := fromRow(row)
		out[*one.SourceEventID] = append(out[*one.SourceEventID], one)
	}

	return out, nil
}
