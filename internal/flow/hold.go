package flow

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/group"
	"github.com/surehook/surehook/internal/id"
)

type hold struct {
	delivery id.ID
	reason   delivery.HeldReason
}

// Hold puts a delivery aside that waits to be attempted. When it returns that is committed.
func (s *Service) Hold(ctx context.Context, one id.ID, reason delivery.HeldReason) error {
	_, err := s.holds.Do(ctx, hold{delivery: one, reason: reason})

	return err
}

// writeHolds puts many aside at once: a receiver that is down is met by all that were about to be sent.
func (s *Service) writeHolds(ctx context.Context, batch []hold) []group.Result[struct{}] {
	out := make([]group.Result[struct{}], len(batch))
	ids, reasons := make([]uuid.UUID, len(batch)), make([]string, len(batch))

	for n, one := range batch {
		ids[n], reasons[n] = one.delivery.UUID(), string(one.reason)
	}

	err := db.InTx(ctx, s.pool, func(q *dbsqlc.Queries) error {
		rows, err := q.HoldDeliveries(ctx, dbsqlc.HoldDeliveriesParams{Ids: ids, Reasons: reasons, Now: s.now()})
		if err != nil {
			return fmt.Errorf("hold deliveries: %w", err)
		}

		return delivery.Announce(ctx, q, rows)
	})
	for n := range out {
		out[n].Err = err
	}

	return out
}
