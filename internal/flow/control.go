package flow

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/pubsub"
	"github.com/surehook/surehook/internal/stats"
)

// dropAtOnce is how many held deliveries are given up in one transaction.
const dropAtOnce = 2_000

// Resume has what is held for a webhook sent, within the transaction that puts the webhook to use, and returns how much
// that is. What held it before is forgotten. Tend must follow the commit.
func (s *Service) Resume(
	ctx context.Context, q *dbsqlc.Queries, webhook id.ID, maxPerSecond *int,
) (int, error) {
	rows, err := q.HeldDeliveries(ctx, []uuid.UUID{webhook.UUID()})
	if err != nil {
		return 0, fmt.Errorf("count held deliveries: %w", err)
	}

	if len(rows) == 0 {
		if err := q.OpenGate(ctx, dbsqlc.OpenGateParams{WebhookID: webhook.UUID(), Now: s.now()}); err != nil {
			return 0, fmt.Errorf("open gate of %s: %w", webhook, err)
		}

		return 0, nil
	}

	params := dbsqlc.ResetGateParams{WebhookID: webhook.UUID(), Now: s.now()}
	if maxPerSecond != nil {
		params.MaxPerSecond = new(int32(*maxPerSecond))
	}

	if err := q.ResetGate(ctx, params); err != nil {
		return 0, fmt.Errorf("reset gate of %s: %w", webhook, err)
	}

	return int(rows[0].Held), nil
}

// EndRest lets what is held go although nobody knows whether the receiver is back, because its breaker was switched
// off. It runs within the transaction that does so, and tells whether there was a rest to end. Tend must follow the
// commit.
func (s *Service) EndRest(ctx context.Context, q *dbsqlc.Queries, webhook id.ID) (bool, error) {
	ended, err := q.EndRest(ctx, dbsqlc.EndRestParams{WebhookID: webhook.UUID(), Now: s.now()})
	if err != nil {
		return false, fmt.Errorf("end rest of %s: %w", webhook, err)
	}

	return ended > 0, nil
}

// DropHeld gives up what is held for a webhook by now, and returns how much that was. What comes meanwhile is kept.
func (s *Service) DropHeld(ctx context.Context, webhook id.ID) (total int, err error) {
	last := id.New(id.Delivery).UUID()

	for {
		var dropped int

		err := db.InTx(ctx, s.pool, func(q *dbsqlc.Queries) error {
			rows, err := q.DropHeld(ctx, dbsqlc.DropHeldParams{
				WebhookID: webhook.UUID(), LastID: last, AtMost: dropAtOnce, Now: new(s.now()),
			})
			if err != nil {
				return fmt.Errorf("drop held deliveries: %w", err)
			}

			dropped = len(rows)

			if err := stats.Canceled(ctx, q, s.now(), rows); err != nil {
				return err
			}

			return delivery.Announce(ctx, q, rows)
		})
		if err != nil {
			return total, err
		}

		if total += dropped; dropped < dropAtOnce {
			return total, nil
		}
	}
}

// Tend says that a gate may have to be looked after.
func (s *Service) Tend(ctx context.Context) {
	// What is lost is made up for by the next look of a keeper.
	if err := dbsqlc.New(s.pool).Notify(ctx, []string{pubsub.Tend}); err != nil {
		s.log.WarnContext(ctx, "notification not sent", "error", err)
	}
}
