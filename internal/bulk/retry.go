package bulk

import (
	"context"
	"fmt"
	"time"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
)

// endsFor is how long after a delivery has failed its workflow has ended for certain: it has nothing left to do but to
// say so, and a worker that died over it was replaced.
const endsFor = 2 * time.Minute

// retry asks for one more attempt of deliveries. What somebody else has retried meanwhile is skipped.
func retry(ctx context.Context, q *dbsqlc.Queries, o Operation, items []id.ID, now time.Time) (result, error) {
	if _, err := q.ShareWebhooksOfDeliveries(ctx, id.UUIDs(items)); err != nil {
		return result{}, fmt.Errorf("lock webhooks: %w", err)
	}

	rows, err := q.RetryMany(ctx, dbsqlc.RetryManyParams{
		Ids: id.UUIDs(items), OrganizationID: o.OrganizationID.UUID(), OperationID: o.ID.UUID(), Now: &now,
		EndedBefore: now.Add(-endsFor),
	})
	if err != nil {
		return result{}, fmt.Errorf("retry deliveries: %w", err)
	}

	out := result{skipped: len(items) - len(rows)}

	for _, row := range rows {
		if row.Problem != "" {
			out.note(id.Delivery.From(row.ID), FailureCode(row.Problem))
		} else {
			out.add(o, row.EventID, row.WebhookID, row.ID, row.Held)
		}
	}

	return out, nil
}
