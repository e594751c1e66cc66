package event

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/group"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
)

// How publishers share what they look up: a few connections read, each for as many calls as are waiting.
const (
	planReaders = 4
	planBatch   = 64
)

// plan is what has to be known to publish an event of a type: the type, the limits, and who wants to hear of it.
type plan = dbsqlc.PlanPublishRow

// planKey is what a plan is for.
type planKey struct {
	organization id.ID
	eventType    string
}

// plan looks up what has to be known now. Calls that ask for the same at the same time share the answer, which is never
// older than any of them.
func (s *Service) plan(ctx context.Context, organization id.ID, eventType string) (plan, error) {
	if !eventtype.ValidName(eventType) {
		eventType = "" // It cannot be in any catalog, and may hold what Postgres does not take.
	}

	return s.plans.Do(ctx, planKey{organization, eventType})
}

// readPlans reads each plan of a batch once.
func (s *Service) readPlans(ctx context.Context, batch []planKey) []group.Result[plan] {
	out := make([]group.Result[plan], len(batch))
	known := make(map[planKey]group.Result[plan], len(batch))

	for n, key := range batch {
		one, ok := known[key]
		if !ok {
			one.Value, one.Err = s.readPlan(ctx, key)
			known[key] = one
		}

		out[n] = one
	}

	return out
}

func (s *Service) readPlan(ctx context.Context, key planKey) (plan, error) {
	out, err := dbsqlc.New(s.pool).PlanPublish(ctx, dbsqlc.PlanPublishParams{
		OrganizationID: key.organization.UUID(), EventType: key.eventType, Patterns: eventtype.Patterns(key.eventType),
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return out, problem.Missing("organization", "organizationId")
	}

	if err != nil {
		return out, fmt.Errorf("plan publishing: %w", err)
	}

	return out, nil
}
