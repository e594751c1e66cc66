package retention

import (
	"context"
	"fmt"

	"github.com/surehook/surehook/db/dbsqlc"
)

// forgetHistory deletes what only tells about a time of which no event is left: what subscriptions were like before
// they were changed, and bulk operations that have come to their end.
func (d *dropper) forgetHistory(ctx context.Context) error {
	known, err := read(ctx, d.conn)
	if err != nil {
		return err
	}

	parts := known[eventsTable]
	if len(parts) == 0 || timeOf(parts[0].from).IsZero() {
		return nil
	}

	q, before := dbsqlc.New(d.conn), timeOf(parts[0].from)

	versions, err := q.ForgetSubscriptionVersions(ctx, &before)
	if err != nil {
		return fmt.Errorf("forget old versions of subscriptions: %w", err)
	}

	operations, err := q.ForgetBulkOperations(ctx, &before)
	if err != nil {
		return fmt.Errorf("forget old bulk operations: %w", err)
	}

	d.result.History += versions + operations

	return nil
}
