package delivery

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
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/stats"
	"github.com/surehook/surehook/internal/tenant"
)

// MaxPostpone is how far from now an attempt can be put off.
const MaxPostpone = 30 * 24 * time.Hour

// Cancel gives a delivery up that has not come to its end. Its workflow ends when it next looks, which is at once if
// this process can tell it.
func (s *Service) Cancel(ctx context.Context, scope tenant.Scope, delivery id.ID) (Delivery, error) {
	before, err := s.Get(ctx, scope, delivery)
	if err != nil {
		return Delivery{}, err
	}

	var out Delivery

	err = db.InTx(ctx, s.pool, func(q *dbsqlc.Queries) error {
		row, err := q.CancelDelivery(ctx, dbsqlc.CancelDeliveryParams{
			OrganizationID: before.OrganizationID.UUID(), ID: delivery.UUID(), Now: new(s.now()),
		})
		if errors.Is(err, pgx.ErrNoRows) {
			return problem.New(problem.Conflict, "the delivery has come to its end already", "deliveryId")
		}

		if err != nil {
			return fmt.Errorf("cancel delivery: %w", err)
		}

		out = FromRow(row)
		rows := []dbsqlc.Delivery{row}

		if err := stats.Canceled(ctx, q, s.now(), rows); err != nil {
			return err
		}

		return Announce(ctx, q, rows)
	})
	if err != nil {
		return Delivery{}, err
	}

	// One that was never attempted has no workflow that waits.
	if out.AttemptCount > 0 && s.dispatcher.Reserve(1) != nil {
		s.dispatcher.Offer(out.Job())
	}

	return out, nil
}

// Postpone moves the next attempt of a delivery that waits for it. When it returns the wish is committed, so it is
// carried out even if Temporal is down at the moment.
func (s *Service) Postpone(
	ctx context.Context, scope tenant.Scope, delivery id.ID, until time.Time,
) (Delivery, error) {
	before, err := s.Get(ctx, scope, delivery)
	if err != nil {
		return Delivery{}, err
	}

	now := s.now()
	if !until.After(now) || until.After(now.Add(MaxPostpone)) {
		return Delivery{}, problem.New(problem.Invalid, "must be after now and within 30 days", "until")
	}

	claim := s.dispatcher.Reserve(1)

	out, err := s.steer(ctx, claim, func(q *dbsqlc.Queries) (dbsqlc.Delivery, error) {
		return q.PostponeDelivery(ctx, dbsqlc.PostponeDeliveryParams{
			OrganizationID: before.OrganizationID.UUID(), ID: delivery.UUID(), Until: until, ClaimedBy: claim, Now: &now,
		})
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return Delivery{}, problem.New(problem.Conflict,
			"only a delivery that waits for another attempt can be postponed", "deliveryId")
	}

	if err != nil {
		return Delivery{}, fmt.Errorf("postpone delivery: %w", err)
	}

	return out, nil
}

// steer commits a change together with the hint at it, and then has it carried out: by this process if it has claimed
// the delivery, or else by any.
func (s *Service) steer(
	ctx context.Context, claim *uuid.UUID, change func(*dbsqlc.Queries) (dbsqlc.Delivery, error),
) (out Delivery, err error) {
	err = db.InTx(ctx, s.pool, func(q *dbsqlc.Queries) error {
		row, err := change(q)
		if err != nil {
			return err
		}

		out = FromRow(row)

		return Announce(ctx, q, []dbsqlc.Delivery{row})
	})

	switch {
	case err != nil:
		return Delivery{}, err
	case claim != nil:
		s.dispatcher.Offer(out.Job())
	default:
		s.Wake(ctx)
	}

	return out, nil
}
