package event

import (
	"context"
	"fmt"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
)

// Heads returns the events that exist, without their payloads.
func (s *Service) Heads(ctx context.Context, ids []id.ID) (map[id.ID]Event, error) {
	rows, err := dbsqlc.New(s.pool).EventHeads(ctx, id.UUIDs(ids))
	if err != nil {
		return nil, fmt.Errorf("load events without payloads: %w", err)
	}

	out := make(map[id.ID]Event, len(rows))

	for _, row := range rows {
		one := fromRow(row)
		out[one.ID] = one
	}

	return out, nil
}
