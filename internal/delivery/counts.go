package delivery

import (
	"context"
	"fmt"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
)

// Counts are how many deliveries of an organization stand where. Tests count while they are under way only.
type Counts struct {
	// Pending wait for a process to take them on.
	Pending int
	// InProgress are being attempted, or wait for another attempt.
	InProgress int
	Held       int
	Succeeded  int
	Failed     int
}

// Counts returns how many deliveries of an organization stand where. What is under way is counted, what is over was
// counted when it ended: so it takes no longer when the log grows.
func (s *Service) Counts(ctx context.Context, scope tenant.Scope, organization id.ID) (Counts, error) {
	if !scope.Allows(organization) {
		return Counts{}, problem.Missing("organization")
	}

	q := dbsqlc.New(s.pool)

	open, err := q.CountOpenDeliveries(ctx, organization.UUID())
	if err != nil {
		return Counts{}, fmt.Errorf("count open deliveries: %w", err)
	}

	held, err := q.CountHeldOfOrganization(ctx, organization.UUID())
	if err != nil {
		return Counts{}, fmt.Errorf("count held deliveries: %w", err)
	}

	finished, err := q.CountFinishedDeliveries(ctx, organization.UUID())
	if err != nil {
		return Counts{}, fmt.Errorf("count finished deliveries: %w", err)
	}

	out := Counts{Held: int(held), Succeeded: int(finished.Succeeded), Failed: int(finished.Failed)}

	for _, one := range open {
		if Status(one.Status) == Pending {
			out.Pending = int(one.Unclaimed)
		}

		out.InProgress += int(one.Total)
	}

	out.InProgress -= out.Pending

	return out, nil
}
