package delivery

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
)

// Exhausted is a delivery that failed for good without its owner having been told. Tests and operational events are
// never among them.
type Exhausted struct {
	Delivery

	WebhookName string
	// Wanted tells whether the organization has a webhook that wants to hear of it.
	Wanted bool
}

// exhaustedAtOnce is how many deliveries one call of ExhaustedDue returns.
const exhaustedAtOnce = 200

// ExhaustedDue returns deliveries that failed for good without their owners having been told, the oldest first: some of
// those that follow a delivery, or some of all after the zero id.
func (s *Service) ExhaustedDue(ctx context.Context, after id.ID) ([]Exhausted, error) {
	return s.exhausted(ctx, next(after.UUID()), uuid.Max)
}

// ExhaustedNow returns a delivery if it failed for good and its owner has not been told yet.
func (s *Service) ExhaustedNow(ctx context.Context, delivery id.ID) ([]Exhausted, error) {
	return s.exhausted(ctx, delivery.UUID(), delivery.UUID())
}

func (s *Service) exhausted(ctx context.Context, first, last uuid.UUID) ([]Exhausted, error) {
	rows, err := dbsqlc.New(s.pool).DeliveriesWithNotice(ctx, dbsqlc.DeliveriesWithNoticeParams{
		FirstID: first, LastID: last, AtMost: exhaustedAtOnce,
	})
	if err != nil {
		return nil, fmt.Errorf("load exhausted deliveries: %w", err)
	}

	out := make([]Exhausted, len(rows))
	for n, row := range rows {
		out[n] = Exhausted{Delivery: FromRow(row.Delivery), WebhookName: row.WebhookName, Wanted: row.Wanted}
	}

	return out, nil
}

// next returns the least UUID that is greater.
func next(u uuid.UUID) uuid.UUID {
	for n := len(u) - 1; n >= 0; n-- {
		if u[n]++; u[n] != 0 {
			break
		}
	}

	return u
}

// ExhaustedTold notes that the owners of deliveries were told.
func (s *Service) ExhaustedTold(ctx context.Context, told []Exhausted) error {
	var params dbsqlc.DeliveryNoticesGivenParams

	for _, one := range told {
		params.Ids = append(params.Ids, one.ID.UUID())
		params.AttemptCounts = append(params.AttemptCounts, int32(one.AttemptCount))
	}

	if err := dbsqlc.New(s.pool).DeliveryNoticesGiven(ctx, params); err != nil {
		return fmt.Errorf("note that owners were told: %w", err)
	}

	return nil
}
