package bulk

import (
	"context"
	"fmt"
	"time"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
)

// retry asks for one more attempt of deliveries. What somebody else has retried meanwhile is skipped.
func retry(ctx context.Context, q *dbsqlc.Queries, o Operation, items []id.ID, now time.Time) (result, error) {
	if _, err := q.ShareWebhooksOfDeliveries(ctx, id.UUIDs(items)); err != nil {
		return result{}, fmt.Errorf("lock webhooks: %w", err)
	}

	rows, err := q.RetryMany(ctx, dbsqlc.RetryManyParams{
		Ids: id.UUIDs(items), OrganizationID: o.OrganizationID.UUID(), OperationID: o.ID.UUID(), Now: &now,
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
