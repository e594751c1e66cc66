package delivery

import (
	"context"
	"fmt"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
)

// ByIDs returns the deliveries that exist.
func (s *Service) ByIDs(ctx context.Context, ids []id.ID) (map[id.ID]Delivery, error) {
	rows, err := dbsqlc.New(s.pool).DeliveriesByID(ctx, id.UUIDs(ids))
	if err != nil {
		return nil, fmt.Errorf("load deliveries: %w", err)
	}

	out := make(map[id.ID]Delivery, len(rows))

	for _, row := range rows {
		one := FromRow(row)
		out[one.ID] = one
	}

	return out, nil
}

// AttemptsByIDs returns the attempts that exist.
func (s *Service) AttemptsByIDs(ctx context.Context, ids []id.ID) (map[id.ID]Attempt, error) {
	rows, err := dbsqlc.New(s.pool).AttemptsByID(ctx, id.UUIDs(ids))
	if err != nil {
		return nil, fmt.Errorf("load attempts: %w", err)
	}

	return keyed(rows, func(a Attempt) id.ID { return a.ID })
}

// LastAttempts returns the last attempt of each delivery that has one.
func (s *Service) LastAttempts(ctx context.Context, deliveries []id.ID) (map[id.ID]Attempt, error) {
	rows, err := dbsqlc.New(s.pool).LastAttempts(ctx, id.UUIDs(deliveries))
	if err != nil {
		return nil, fmt.Errorf("load last attempts: %w", err)
	}

	return keyed(rows, func(a Attempt) id.ID { return a.DeliveryID })
}

// Contents returns what each delivery sends, once it has been attempted.
func (s *Service) Contents(ctx context.Context, deliveries []id.ID) (map[id.ID]Content, error) {
	rows, err := dbsqlc.New(s.pool).DeliveryContents(ctx, id.UUIDs(deliveries))
	if err != nil {
		return nil, fmt.Errorf("load delivery contents: %w", err)
	}

	out := make(map[id.ID]Content, len(rows))
	for _, row := range rows {
		out[id.Delivery.From(row.DeliveryID)] = Content{Method: row.Method, Query: row.Query, Body: row.Body}
	}

	return out, nil
}

func keyed(rows []dbsqlc.DeliveryAttempt, key func(Attempt) id.ID) (map[id.ID]Attempt, error) {
	out := make(map[id.ID]Attempt, len(rows))

	for _, row := range rows {
		one, err := AttemptFromRow(row)
		if err != nil {
			return nil, err
		}

		out[key(one)] = one
	}

	return out, nil
}
